import assert from 'node:assert/strict'
import https from 'node:https'
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { Agent, buildConnector } from 'undici'

import { ENTRA_ID_PLACEHOLDER } from 'azure-openai-entra'

import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { onSource } from './fixture.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'

/** One of Azure OpenAI's own names, so that what is tried is the list of allowed hosts as it is. */
export const HOST = 'my-resource.openai.azure.com'
export const ORIGIN = `https://${HOST}`
export const CHAT = `${ORIGIN}/openai/deployments/chat/chat/completions?api-version=2024-10-21`
export const BODY = JSON.stringify({ messages: [{ role: 'user', content: 'Is the token good?' }] })

/**
 * @typedef {{
 *   source: import('./fixture.mjs').Source,
 *   azure: Awaited<ReturnType<typeof startAzureOpenAI>>, plain: Awaited<ReturnType<typeof startStandIn>>,
 *   fetch: typeof globalThis.fetch, dispatcher: import('undici').Dispatcher, agent: https.Agent,
 * }} Internet
 */

/**
 * Runs `act` as `onSource` does, with a fetch whose every name leads to loopback: over https to an Azure OpenAI, on
 * whatever port, over http to a server that says OK.
 *
 * @param {{
 *   start: import('./fixture.mjs').Start, variables?: Record<string, string | undefined>, names?: string[], isRealtime?: boolean,
 * }} setting `names` are the hosts, beside {@link HOST}, that have a certificate; `isRealtime` takes upgrades to
 *   WebSocket
 * @param {(fixture: Internet) => unknown} act
 */
export const onInternet = ({ start, variables, names = [], isRealtime }, act) =>
  onSource({ start, variables }, async (source) => {
    const certificate = await tls([HOST, ...names])
    const azure = await startAzureOpenAI({ knows: source.knows, tls: certificate, isRealtime })
    const plain = await startStandIn({ respond: () => ({ body: 'plain' }) })
    const connect = buildConnector({ ca: certificate.ca })
    /** @type {Record<string, string>} */
    const ports = { 'https:': String(azure.port), 'http:': String(plain.port) }
    const dispatcher = new Agent({
      connect: ({ hostname, servername, protocol, ...rest }, done) =>
        connect(
          {
            ...rest,
            protocol,
            hostname: '127.0.0.1',
            // An address has none.
            servername: isIP(hostname) ? undefined : servername || hostname,
            port: ports[protocol],
          },
          done,
        ),
    })
    // The same for node:https.
    const agent = new https.Agent()
    agent.createConnection = (options) =>
      connectTls({
        .../** @type {import('node:tls').ConnectionOptions} */ (options),
        ca: certificate.ca,
        host: '127.0.0.1',
        port: azure.port,
      })
    // The undici package's dispatcher, and not that of Node's own types.
    const options = /** @type {RequestInit} */ (/** @type {unknown} */ ({ dispatcher }))
    /** @type {typeof globalThis.fetch} */
    const fetch = (input, init) => globalThis.fetch(input, { ...init, ...options })
    try {
      await act({ source, azure, plain, fetch, dispatcher, agent })
    } finally {
      agent.destroy()
      await dispatcher.destroy()
      await Promise.all([azure.close(), plain.close()])
    }
  })

/**
 * That no request to whichever server holds a token, nor a placeholder.
 *
 * @param {import('../../testkit/stand-in.mjs').Request[]} requests
 * @param {string[]} tokens
 */
export const assertNothingLeft = (requests, tokens) => {
  for (const request of requests) {
    const all = JSON.stringify([request.path, request.query, request.rawHeaders, request.body])
    for (const token of tokens) assert.ok(!all.includes(token), 'a token left')
    assert.ok(!all.includes(ENTRA_ID_PLACEHOLDER), 'the placeholder left')
  }
}
