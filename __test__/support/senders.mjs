import https from 'node:https'
import { isIP } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'

/**
 * @typedef {import('./internet.mjs').Internet & {
 *   placeholder: string, proxy: Awaited<ReturnType<typeof startProxy>>, agent: https.Agent, tunnel: https.Agent,
 *   dispatcherOf: (undici: any, how: { proxied: boolean }) => any,
 * }} Hooked any, because the undici packages of several versions are driven
 *
 * @typedef {{ method?: string, headers: Record<string, string>, body?: string, signal?: AbortSignal }} Sent
 * @typedef {(fixture: any, url: string, sent: Sent) => Promise<{ status?: number, body: string }>} Sender any, because
 *   each takes of it what it needs
 */

import { UNDICI_NAMES, client, urlOf, versionOf } from './clients.mjs'
import { onInternet } from './internet.mjs'
import { startProxy } from '../../testkit/forward.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { tls } from '../../testkit/tls.mjs'

/**
 * Runs `act` as `onInternet` does, with Entra ID on and a placeholder of the operator's, and what each sender reaches
 * that internet by: agents that keep connections alive, and a CONNECT proxy.
 *
 * @param {Parameters<typeof onInternet>[0]} setting
 * @param {(hooked: Hooked) => unknown} act
 */
export const onHookedInternet = ({ variables, ...setting }, act) => {
  const placeholder = secret('placeholder')
  const on = { AZURE_OPENAI_USE_ENTRA_ID: 'true', AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder }
  return onInternet({ ...setting, variables: { ...on, ...variables } }, async (fixture) => {
    const { ca } = await tls()
    const proxy = await startProxy(fixture.azure.port)
    /** @type {(() => unknown)[]} */
    const closing = []
    const agent = new https.Agent({ keepAlive: true })
    agent.createConnection = (options) =>
      connectTls({
        .../** @type {import('node:tls').ConnectionOptions} */ (options),
        ca,
        host: '127.0.0.1',
        port: fixture.azure.port,
      })
    /** @type {Hooked['dispatcherOf']} */
    const dispatcherOf = (undici, { proxied }) => {
      const connect = undici.buildConnector({ ca })
      const dispatcher = proxied
        ? new undici.ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}`, requestTls: { ca } })
        : new undici.Agent({
            connect: (
              /** @type {any} undici's */ { hostname, servername, ...rest },
              /** @type {any} undici's */ done,
            ) =>
              connect(
                {
                  ...rest,
                  hostname: '127.0.0.1',
                  servername: isIP(hostname) ? undefined : servername || hostname,
                  port: rest.protocol === 'https:' ? fixture.azure.port : fixture.plain.port,
                },
                done,
              ),
          })
      closing.push(() => dispatcher.destroy())
      return dispatcher
    }
    const { HttpsProxyAgent } = client('https-proxy-agent')
    const tunnel = new HttpsProxyAgent(`http://127.0.0.1:${proxy.port}`, { keepAlive: true })
    // Its constructor keeps none of those that are meant for the far end.
    tunnel.options.ca = ca
    try {
      await act({ ...fixture, placeholder, proxy, agent, tunnel, dispatcherOf })
    } finally {
      agent.destroy()
      tunnel.destroy()
      await Promise.all(closing.map((close) => close()))
      await proxy.close()
    }
  })
}

/** @param {{ status: number, text: () => Promise<string> }} response */
const answerOf = async (response) => ({ status: response.status, body: await response.text() })

const noOptions = (/** @type {Record<string, string>} */ _headers) => ({})
/** @type {(request: import('node:http').ClientRequest, headers: Record<string, string>, body?: string) => void} */
const asItIs = () => {}

/**
 * Sends by node:https itself; `prepare` sets the headers in the form under test.
 *
 * @param {(fixture: Hooked) => https.Agent} agentOf
 * @param {{ options?: (headers: Record<string, string>) => https.RequestOptions, prepare?: typeof asItIs }} [form]
 * @returns {Sender}
 */
const byHttps =
  (agentOf, { options = noOptions, prepare = asItIs } = {}) =>
  (fixture, url, /** @type {Sent} */ { method = 'POST', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const request = https.request(url, { method, signal, agent: agentOf(fixture), ...options(headers) })
      request.once('error', reject)
      request.once('response', async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }),
      )
      prepare(request, headers, body)
      request.end(body)
    })
/** @type {typeof asItIs} */
const asSet = (request, headers) => {
  for (const [name, value] of Object.entries(headers)) request.setHeader(name, value)
}
const direct = (/** @type {Hooked} */ { agent }) => agent

/** @param {string} name @param {boolean} proxied @returns {Sender} */
const byUndici =
  (name, proxied) =>
  async (fixture, url, { method = 'POST', ...rest }) => {
    const undici = client(name)
    const { statusCode, body } = await undici.request(url, {
      method,
      ...rest,
      dispatcher: fixture.dispatcherOf(undici, { proxied }),
    })
    return { status: statusCode, body: await body.text() }
  }

/** @param {(fixture: Hooked) => object} [options] @returns {Sender} */
const byAxios =
  (options) =>
  async (fixture, url, /** @type {Sent} */ { headers, body, signal }) => {
    const { status, data } = await client('axios').request({
      method: 'POST',
      url,
      data: body,
      headers,
      signal,
      proxy: false,
      httpsAgent: fixture.agent,
      validateStatus: () => true,
      responseType: 'text',
      ...options?.(fixture),
    })
    return { status, body: data }
  }

/** @param {() => any} load any, because two versions of node-fetch are driven @returns {Sender} */
const byNodeFetch =
  (load) =>
  async ({ agent }, url, init) =>
    answerOf(await (await load())(url, { method: 'POST', agent, ...init }))

/** The senders that can wait for a first token. @type {Record<string, Sender>} */
export const PATIENT = {
  'the global fetch': async ({ fetch }, url, init) => answerOf(await fetch(url, { method: 'POST', ...init })),
  'the global fetch with a Request': async ({ fetch }, url, init) =>
    answerOf(await fetch(new Request(url, { method: 'POST', ...init }))),
  'https.request, an object of headers': byHttps(direct, { options: (headers) => ({ headers }) }),
  'https.request, an array of headers': byHttps(direct, {
    options: (headers) => ({
      headers: Object.entries({
        host: 'my-resource.openai.azure.com',
        connection: 'keep-alive',
        ...headers,
      }).flat(),
    }),
  }),
  'https.request, setHeader': byHttps(direct, { prepare: asSet }),
  'https.request, flushHeaders': byHttps(direct, {
    prepare: (request, headers) => {
      asSet(request, headers)
      request.flushHeaders()
    },
  }),
  'https.request, a body in pieces': byHttps(direct, {
    options: (headers) => ({ headers }),
    prepare: (request, _, body) => {
      // Spaces before JSON are not part of its content.
      if (body) request.write(Buffer.from('  '))
      if (body) request.write(' ')
    },
  }),
  'https.request through a CONNECT proxy': byHttps(({ tunnel }) => tunnel, {
    options: (headers) => ({ headers }),
  }),
  [`axios ${versionOf('axios')}`]: byAxios(),
  [`axios ${versionOf('axios')}, no redirects`]: byAxios(() => ({ maxRedirects: 0 })),
  [`axios ${versionOf('axios')} through a CONNECT proxy`]: byAxios(({ tunnel }) => ({ httpsAgent: tunnel })),
  [`node-fetch ${versionOf('node-fetch')}`]: byNodeFetch(() => client('node-fetch')),
  [`node-fetch ${versionOf('node-fetch-3')}`]: byNodeFetch(
    async () => (await import(urlOf('node-fetch-3'))).default,
  ),
}

/** Undici, whose requests cannot wait. @type {Record<string, Sender>} */
export const UNDICI = Object.fromEntries(
  UNDICI_NAMES.flatMap((name) => [
    [`undici ${versionOf(name)}`, byUndici(name, false)],
    [`undici ${versionOf(name)}, ProxyAgent`, byUndici(name, true)],
    [
      `fetch of undici ${versionOf(name)}`,
      async (fixture, url, init) => {
        const undici = client(name)
        const dispatcher = fixture.dispatcherOf(undici, { proxied: false })
        return answerOf(await undici.fetch(url, { method: 'POST', ...init, dispatcher }))
      },
    ],
  ]),
)
