/** What the instrumented proxy serves: the requests of a busy proxy, on loopback. */

import http from 'node:http'
import http2 from 'node:http2'

import { chatCompletion, chatCompletionEvents } from '../../testkit/chat-completions.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { startProxyProgram } from '../../testkit/proxy-program.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'
import { StepFailed } from '../support/run.mjs'

const TARGET = '/openai/v1/chat/completions'
const TEXT = 'The token was good, so here is your answer. '.repeat(10)
const ANSWER = JSON.stringify(chatCompletion(TEXT))
/** How many requests are under way at once. */
const CLIENTS = 16
const LIMIT_MS = 600_000

/** @typedef {{ stream?: boolean, bytes?: number, key?: string }} Kind of chat. It is refused if it has a key of its own */
/** @typedef {(kind: Kind) => Promise<number>} Send sends a chat, reads its answer to the end and gives the status */

/**
 * Mostly chats, as in use: the more often something runs, the more the compiler does for it.
 *
 * @type {{ over: 'http1' | 'http2', count: number, kind: Kind }[]}
 */
export const LOAD = [
  { over: 'http1', count: 20_000, kind: {} },
  { over: 'http1', count: 1000, kind: { stream: true } },
  { over: 'http1', count: 500, kind: { key: secret('wrong-key') } },
  { over: 'http1', count: 20, kind: { bytes: 4e6 } },
  { over: 'http2', count: 4000, kind: {} },
  { over: 'http2', count: 1000, kind: { stream: true } },
]

/**
 * Has a proxy serve all of that, and ends it in good order, because it writes its profile then.
 *
 * @param {string} program
 * @param {Record<string, string | undefined>} variables
 * @param {{ load?: typeof LOAD, limitMs?: number }} [options]
 */
export async function train(program, variables, { load = LOAD, limitMs = LIMIT_MS } = {}) {
  const { caFile, ...certificate } = await tls()
  const identity = await startIdentity()
  const upstream = await startStandIn({ tls: certificate, respond })
  try {
    const proxy = await startProxyProgram({
      program,
      upstream: upstream.origin,
      variables: { ...identity.environment, SSL_CERT_FILE: caFile, ...variables },
      flags: ['--log-level', 'warn'],
    })
    let [timer, code] = [
      /** @type {NodeJS.Timeout | undefined} */ (undefined),
      /** @type {number | null} */ (null),
    ]
    const limit = new Promise((_, reject) => {
      const late = () => reject(new StepFailed(`the load took more than ${limitMs / 60_000} minutes`))
      timer = setTimeout(late, limitMs)
    })
    try {
      await Promise.race([limit, serve(proxy, load)])
    } finally {
      clearTimeout(timer)
      code = await proxy.stop()
    }
    if (code !== 0) throw new StepFailed(`the instrumented proxy ended with ${code}`)
  } finally {
    await Promise.all([identity.close(), upstream.close()])
  }
}

/** @param {import('../../testkit/stand-in.mjs').Request} request */
const respond = ({ body }) =>
  JSON.parse(body).stream
    ? { chunks: chatCompletionEvents(TEXT) }
    : { body: ANSWER, headers: { 'content-length': String(Buffer.byteLength(ANSWER)) } }

/** @param {{ origin: string, key: string }} proxy @param {typeof LOAD} load */
const serve = async (proxy, load) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS })
  /** @type {http2.ClientHttp2Session | undefined} */
  let session
  // Made when it is needed: the proxy ends a connection that brings no key for a while.
  const connected = () => {
    if (session !== undefined) return session
    // A request of it fails then, which tells.
    return (session = http2.connect(proxy.origin).on('error', () => {}))
  }
  const ways = { http1: () => overHttp1(proxy, agent), http2: () => overHttp2(proxy, connected()) }
  try {
    for (const { over, count, kind } of load) {
      const send = ways[over]()
      let left = count
      const expected = kind.key === undefined ? 200 : 401
      const client = async () => {
        while (left-- > 0) {
          const status = await send(kind)
          if (status !== expected) throw new StepFailed(`a chat was answered ${status}, not ${expected}`)
        }
      }
      await Promise.all(Array.from({ length: CLIENTS }, client))
    }
  } finally {
    agent.destroy()
    session?.destroy()
  }
}

/** @param {string} ownKey @param {Kind} kind */
const request = (ownKey, { stream = false, bytes = 1000, key = ownKey }) => ({
  body: JSON.stringify({ model: 'chat', stream, messages: [{ role: 'user', content: 'x'.repeat(bytes) }] }),
  headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
})

/** @param {{ origin: string, key: string }} proxy @param {http.Agent} agent @returns {Send} */
const overHttp1 = (proxy, agent) => (kind) =>
  new Promise((resolve, reject) => {
    const { body, headers } = request(proxy.key, kind)
    const sent = http.request(proxy.origin + TARGET, { method: 'POST', agent, headers })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const end = () => resolve(/** @type {number} */ (response.statusCode))
      response.on('error', reject).on('end', end).resume()
    })
    // At once, so that its length is known.
    sent.end(body)
  })

/** @param {{ key: string }} proxy @param {http2.ClientHttp2Session} session @returns {Send} */
const overHttp2 = (proxy, session) => (kind) =>
  new Promise((resolve, reject) => {
    const { body, headers } = request(proxy.key, kind)
    const sent = session.request({ ':method': 'POST', ':path': TARGET, ...headers })
    let status = 0
    sent.on('response', (answer) => (status = Number(answer[':status'])))
    sent
      .on('error', reject)
      .on('end', () => resolve(status))
      .resume()
    sent.end(body)
  })
