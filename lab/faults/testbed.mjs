import https from 'node:https'
import net from 'node:net'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { openIdConfiguration } from '../../testkit/answers.mjs'
import { join as connect, startProxy } from '../../testkit/forward.mjs'
import { startEndpoint } from './endpoint.mjs'

const HOSTS = 'login.microsoftonline.com identity.host.example localhost'
/** Below the ports that the system gives to clients, of which one could be met by accident. */
const PORTS = { entra: 443, identity: 8041, proxy: 8042 }

/**
 * @typedef {import('./sources.mjs').Source} Source
 * @typedef {import('./faults.mjs').Fault} Fault
 * @typedef {import('node:net').Socket} Socket
 *
 * @typedef {{ certificates: string, isolated: boolean, hosts?: string }} Setting `hosts` is the file of known names
 *
 * @typedef {{ name: string, issuedAt: number, expiresAt: number, isGood: boolean, deliveredAt?: number }} Token
 *
 * @typedef {Awaited<ReturnType<typeof setUp>>} Testbed
 */

/**
 * What one cell runs on: the source's endpoint and the way there, its tokens, and what the process is told.
 *
 * @param {import('./cells.mjs').Cell} cell
 * @param {Setting & { folder: string }} setting
 */
export const setUp = async ({ source, fault }, { certificates, isolated, hosts, folder }) => {
  const read = (/** @type {string} */ name) => readFileSync(join(certificates, name))
  const tls = source.tls ? { key: read('server.key'), cert: read('server.pem') } : undefined
  /** @type {Token[]} */
  const tokens = []
  let isBroken = false
  let life = 3600
  /** @type {number | undefined} */
  let refreshIn

  const issue = (seconds = life) => {
    const issuedAt = Date.now()
    const expiresOn = Math.floor(issuedAt / 1000) + seconds
    const expiresAt = expiresOn * 1000
    const name = `token-${tokens.length + 1}`
    tokens.push({ name, issuedAt, expiresAt, isGood: !isBroken })
    return source.grant({ token: `${name}.${expiresAt}`, life: seconds, expiresOn, refreshIn })
  }
  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} outgoing */
  const respond = (request, outgoing) => {
    if (isBroken && fault.respond) return fault.respond(outgoing, { grant: issue })
    if (isBroken && fault.answer) return send(outgoing, fault.answer({ origin, grant: issue }))
    const aside = source.before?.(request)
    if (aside) return send(outgoing, aside)
    if (request.method === 'GET' && source.kind === 'entra')
      return send(outgoing, openIdConfiguration(origin, request.url?.split('/')[1] ?? ''))
    send(outgoing, { body: issue() })
    const token = tokens[tokens.length - 1]
    outgoing.once('finish', () => (token.deliveredAt = Date.now()))
  }

  const { address = '127.0.0.1', port = isolated ? PORTS[source.kind] : 0 } = source
  const endpoint = await startEndpoint({ address, port, tls, respond })
  const origin = originOf(source, fault, { isolated, port: endpoint.port })
  const impostor = https
    .createServer({ key: read('app.key'), cert: read('app.crt') })
    .on('tlsClientError', () => {})
  const proxy = fault.network === 'proxy' ? await startGate(endpoint.port, isolated) : undefined
  const resolve = (/** @type {boolean} */ isKnown) =>
    hosts && writeFileSync(hosts, `127.0.0.1 ${isKnown ? HOSTS : 'localhost'}\n`)
  resolve(true)

  const NETWORK = {
    shut: { breaks: endpoint.shut, mends: endpoint.open },
    blackhole: { breaks: endpoint.vanish, mends: endpoint.open },
    tls: {
      breaks: () =>
        endpoint.onConnection(
          tls ? (/** @type {Socket} */ socket) => impostor.emit('connection', socket) : fault.connection,
        ),
      mends: () => endpoint.onConnection(undefined),
    },
    dns: {
      breaks: () => {
        resolve(false)
        // A connected client looks up no address.
        endpoint.disconnect()
      },
      mends: () => resolve(true),
    },
    proxy: { breaks: () => proxy?.shut(), mends: () => proxy?.open() },
  }
  const network = (fault.network && NETWORK[fault.network]) ?? {
    breaks: () => fault.connection && endpoint.onConnection(fault.connection),
    mends: () => endpoint.onConnection(undefined),
  }
  return {
    tokens,
    attempts: endpoint.attempts,
    env: environment(source, { origin, port: endpoint.port, certificates, isolated, folder, proxy }),
    /** The tokens from now on live so long. */
    grants: (/** @type {number} */ seconds, /** @type {number | undefined} */ refresh = undefined) =>
      ([life, refreshIn] = [seconds, refresh]),
    breaks: async () => {
      isBroken = true
      await network.breaks()
    },
    mends: async () => {
      isBroken = false
      await network.mends()
    },
    close: async () => {
      await endpoint.close()
      await proxy?.close()
    },
  }
}

/** @param {Source} source @param {Fault} fault @param {{ isolated: boolean, port: number }} place */
const originOf = (source, fault, { isolated, port }) => {
  if (source.address) return `http://${source.address}`
  if (source.kind === 'entra')
    return isolated ? 'https://login.microsoftonline.com' : `https://localhost:${port}`
  const host = fault.network === 'dns' ? 'identity.host.example' : '127.0.0.1'
  return `http${source.tls ? 's' : ''}://${host}:${port}`
}

/** A proxy that can be taken away and put back at the same port. @param {number} targetPort @param {boolean} isolated */
const startGate = async (targetPort, isolated) => {
  const proxy = await startProxy(targetPort)
  const gate = await startEndpoint({ port: isolated ? PORTS.proxy : 0 })
  gate.onConnection((socket) => connect(socket, net.connect(proxy.port, '127.0.0.1')))
  return { ...gate, close: () => Promise.all([gate.close(), proxy.close()]) }
}

/**
 * @param {import('node:http').ServerResponse} outgoing
 * @param {import('../../testkit/stand-in.mjs').Answer} answer
 */
const send = (outgoing, { status = 200, headers = {}, body, cut }) => {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body)
  const announced = { 'content-type': 'application/json', ...headers }
  if (!cut) return outgoing.writeHead(status, announced).end(bytes)
  outgoing.writeHead(status, { ...announced, 'content-length': bytes.length + 1 })
  outgoing.write(bytes, () => outgoing.destroy())
}

/**
 * Nothing of this process's own environment but what Node needs.
 *
 * @param {Source} source
 * @param {Setting & { origin: string, port: number, folder: string, proxy?: { port: number } }} setting
 */
const environment = (source, { origin, port, certificates, isolated, folder, proxy }) => {
  const certificate = new X509Certificate(readFileSync(join(certificates, 'server.pem')))
  const places = {
    '{origin}': origin,
    '{address}': `${new URL(origin).hostname}:${port}`,
    '{files}': folder,
    '{certificates}': certificates,
    '{thumbprint}': certificate.fingerprint.replaceAll(':', ''),
  }
  const fill = (/** @type {string} */ text) =>
    Object.entries(places).reduce((filled, [name, to]) => filled.replaceAll(name, to), text)
  const files = Object.entries(source.files ?? {})
  for (const [name, text] of files) {
    const path = fill(name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const filled = Object.entries(source.env).map(([name, value]) => [name, fill(value)])
  const address = proxy && `http://127.0.0.1:${proxy.port}`
  return {
    PATH: '',
    HOME: folder,
    NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem'),
    ...(source.kind === 'entra' && { AZURE_AUTHORITY_HOST: origin, FAULTS_OWN_AUTHORITY: String(!isolated) }),
    // Outside the namespace the real address must not be met by accident.
    ...(!isolated && { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' }),
    ...(address && { HTTPS_PROXY: address, HTTP_PROXY: address, ALL_PROXY: address }),
    ...Object.fromEntries(filled),
  }
}
