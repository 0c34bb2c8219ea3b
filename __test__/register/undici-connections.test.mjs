import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { getAzureOpenAIToken } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { tls } from '../../testkit/tls.mjs'
import { UNDICI_NAMES, client, versionOf } from '../support/clients.mjs'
import { HOST } from '../support/internet.mjs'
import { onHookedInternet } from '../support/senders.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {{ key: string, token: string, seen: string[], originOf: (host: string) => string, connect: object }} Fixture */

const FOREIGN = 'foreign.example'

/** Runs `act` with a server of both hosts, by either version of HTTP, that leads from /start to Azure OpenAI. @param {(fixture: Fixture) => unknown} act */
const onServer = (act) =>
  onHookedInternet({ start: startIdentity }, async ({ placeholder }) => {
    const { key, cert, ca } = await tls([HOST, FOREIGN])
    const server = http2.createSecureServer({ key, cert, allowHTTP1: true })
    /** @type {string[]} */
    const seen = []
    server.on('request', (request, response) => {
      seen.push(JSON.stringify([request.url, request.headers]))
      if (request.url === '/start') response.writeHead(302, { location: `https://${HOST}/openai/v1/models` })
      response.end('{}')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    /** @type {(host: string, options: unknown, done: Function) => void} */
    const lookup = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
    const connect = { ca, lookup, autoSelectFamily: true }
    const token = await getAzureOpenAIToken()
    try {
      const originOf = (/** @type {string} */ host) => `https://${host}:${port}`
      await act({ key: placeholder, token, seen, originOf, connect })
    } finally {
      server.close()
    }
  })

/**
 * How a request comes to another origin than its client's.
 *
 * @type {Record<string, (undici: Driven, dispatcher: Driven, request: Driven) => Promise<Driven> | undefined>}
 */
const WAYS = {
  'a redirect that the client follows': (undici, dispatcher, request) =>
    undici.RedirectHandler && !undici.interceptors?.dump
      ? dispatcher.request({ ...request, path: '/start', maxRedirections: 2 })
      : undefined,
  'a redirect that an interceptor follows': (undici, dispatcher, request) =>
    undici.interceptors?.redirect &&
    dispatcher
      .compose(undici.interceptors.redirect({ maxRedirections: 2 }))
      .request({ ...request, path: '/start' }),
  'an origin of its own': (_, dispatcher, request) =>
    dispatcher.request({ ...request, origin: `https://${HOST}`, path: '/own' }),
  'a dispatcher of the call': (undici, dispatcher, { headers, signal }) =>
    undici.request(`https://${HOST}/call`, { dispatcher, headers, signal }),
  'a redirect that fetch follows': (undici, dispatcher, { origin, headers, signal }) =>
    undici.fetch(`${origin}/start`, { dispatcher, headers, signal }),
}

for (const name of UNDICI_NAMES) {
  const undici = client(name)
  for (const type of ['Client', 'Pool', 'BalancedPool', 'RoundRobinPool'].filter((it) => undici[it]))
    for (const allowH2 of [false, true])
      describe(`${type} of undici ${versionOf(name)}, HTTP/2 ${allowH2 ? 'on' : 'off'}`, () => {
        for (const [way, send] of Object.entries(WAYS)) {
          // Its fetch ends the process if it follows a redirect over HTTP/2.
          if (name === 'undici-5' && allowH2 && way.includes('fetch')) continue
          test(`${way}: no token goes to the client's own host`, () =>
            onServer(async ({ key, token, seen, originOf, connect }) => {
              const origin = originOf(FOREIGN)
              const dispatcher = new undici[type](origin, { connect, allowH2 })
              // Old ones wait for ever for a stream that is aborted.
              const signal = AbortSignal.timeout(1000)
              const request = { origin, method: 'GET', headers: { 'api-key': key }, signal }
              const sent = send(undici, dispatcher, request)
              const answered = sent?.then((/** @type {Driven} */ { body }) => body.text?.() ?? body.cancel())
              await Promise.race([answered?.catch(() => {}), once(signal, 'abort')])
              dispatcher.destroy().catch(() => {})
              assert.ok(!seen.join().includes(token) && !seen.join().includes(key), seen.join('\n'))
            }))
        }

        // It takes the client's own origin for that of the request, and sends it without a key.
        const skip = name === 'undici-7'
        test('the error names the origin', { skip }, () =>
          onServer(async ({ key, seen, originOf, connect }) => {
            const dispatcher = new undici[type](originOf(FOREIGN), { connect, allowH2 })
            const signal = AbortSignal.timeout(1000)
            const request = {
              origin: `https://${HOST}`,
              path: '/',
              method: 'GET',
              headers: { 'api-key': key },
              signal,
            }
            const error = await dispatcher.request(request).catch((/** @type {unknown} */ reason) => reason)
            assert.match(error.message, allowH2 ? /No token is sent to|abort/i : /No token is sent for/)
            assert.ok(!error.message.includes(key))
            assert.deepEqual(seen, [])
            dispatcher.destroy().catch(() => {})
          }),
        )

        test('the client of Azure OpenAI, twice: the token', () =>
          onServer(async ({ key, token, seen, originOf, connect }) => {
            const dispatcher = new undici[type](originOf(HOST), { connect, allowH2 })
            for (const path of ['/first', '/second']) {
              const { body } = await dispatcher.request({ method: 'GET', path, headers: { 'api-key': key } })
              await body.text()
            }
            await dispatcher.destroy()
            assert.deepEqual(
              seen.map((it) => it.includes(`Bearer ${token}`)),
              [true, true],
            )
          }))
      })
}
