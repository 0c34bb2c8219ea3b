import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { randomBytes, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { makeCertificates } from '../../../testkit/certificates.mjs'
import { startProxy } from '../../../testkit/forward.mjs'
import { chatCompletion } from '../../../testkit/chat-completions.mjs'
import { close, listen } from '../../../testkit/listen.mjs'

/** As long as Entra's are. */
const TOKEN = randomBytes(1200).toString('base64url')
const HOUR_S = 3600

/**
 * The servers that every row asks, in this process, which has nothing else to do meanwhile. They only count requests:
 * a stand-in that records them would be part of what is measured.
 */
export const startTestbed = async () => {
  const identity = await startIdentity()
  const authority = await startAuthority()
  const azureOpenAI = await startServer(http.createServer(), () => chatCompletion('Hello.'))
  return {
    identity,
    authority,
    azureOpenAI,
    close: () => Promise.all([identity.close(), authority.close(), azureOpenAI.close()]),
  }
}

/**
 * @param {import('node:http').Server} server
 * @param {(request: import('node:http').IncomingMessage) => object | Promise<object>} answer
 */
const startServer = async (server, answer) => {
  let requests = 0
  server.on('request', async (incoming, outgoing) => {
    requests += 1
    incoming.resume()
    const body = JSON.stringify(await answer(incoming))
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  const port = await listen(server)
  return { port, requests: () => requests, close: () => close(server) }
}

/** App Service's managed identity endpoint. */
const startIdentity = async () => {
  const usual = { lifetimeS: HOUR_S, delayMs: 0, isGrowing: false }
  let manner = usual
  let answered = 0
  const server = await startServer(http.createServer(), async ({ url }) => {
    // The baseline caches under the resource that the answer names.
    const resource = new URL(url ?? '', 'http://identity').searchParams.get('resource')
    const { lifetimeS, delayMs, isGrowing } = manner
    if (delayMs > 0) await sleep(delayMs)
    const expiresOn = Math.floor(Date.now() / 1000) + lifetimeS + (isGrowing ? answered++ : 0)
    return { access_token: TOKEN, expires_on: String(expiresOn), resource, token_type: 'Bearer' }
  })
  return {
    ...server,
    variables: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${server.port}/msi/token`,
      IDENTITY_HEADER: randomUUID(),
    },
    /** How it answers from now on; a growing one gives each token a second more than the one before. */
    answer: (wanted = {}) => {
      manner = { ...usual, ...wanted }
    },
  }
}

/**
 * The public cloud's authority over TLS, by its own name: a proxy leads there, and a certificate of its own vouches
 * for it. Both implementations know this cloud, so that neither needs to discover anything.
 */
const startAuthority = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-bench-'))
  await makeCertificates(folder)
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name))
  const server = https.createServer({ key: read('server.key'), cert: read('server.pem') })
  const authority = await startServer(server, () => ({
    token_type: 'Bearer',
    expires_in: HOUR_S,
    ext_expires_in: HOUR_S,
    access_token: TOKEN,
  }))
  const proxy = await startProxy(authority.port)
  return {
    ...authority,
    caFile: join(folder, 'ca.pem'),
    variables: {
      AZURE_TENANT_ID: randomUUID(),
      AZURE_CLIENT_ID: randomUUID(),
      AZURE_CLIENT_SECRET: randomUUID(),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    },
    close: async () => {
      await Promise.all([authority.close(), proxy.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Runs `use` with a server of this manner.
 *
 * @template T
 * @param {http.RequestListener} manner
 * @param {(url: string) => Promise<T>} use
 */
export const withServer = async (manner, use) => {
  const server = http.createServer(manner)
  const port = await listen(server)
  try {
    return await use(`http://127.0.0.1:${port}`)
  } finally {
    server.closeAllConnections()
    await close(server)
  }
}
