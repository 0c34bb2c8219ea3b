import { setTimeout as sleep } from 'node:timers/promises'

import { empty, failing, html, huge, redirect, throttled, truncated } from '../../testkit/answers.mjs'

/**
 * What can be wrong. One of: `network`, what the testbed does to the way there; `connection`, what becomes of an
 * accepted connection; `answer`, what a request gets, from `{ origin, grant }`; `respond`, the same by hand.
 *
 * @typedef {import('../../testkit/stand-in.mjs').Answer} Answer
 * @typedef {{ origin: string, grant: (seconds?: number) => object }} Given
 *
 * @typedef {{
 *   id: string, what: string, network?: 'shut' | 'blackhole' | 'tls' | 'dns' | 'proxy', hangs?: boolean,
 *   connection?: (socket: import('node:net').Socket) => void, answer?: (given: Given) => Answer,
 *   respond?: (outgoing: import('node:http').ServerResponse, given: Pick<Given, 'grant'>) => void,
 *   asked?: number, isUpdate?: boolean, needsNamespace?: boolean,
 * }} Fault
 */

/** RFC 8446 section 6: a fatal handshake_failure, to a client that spoke plain HTTP. */
const TLS_ALERT = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])
const MINUTE = 60
/** Three million years. */
const ABSURD = 1e14

/** @param {object} grant */
const json = (grant) => Buffer.from(JSON.stringify(grant))
/** @param {number} status */
const refused = (status) => ({
  id: String(status),
  what: String(status),
  answer: () => ({
    status,
    body: {
      error: 'invalid_request',
      error_description: `Told to refuse with ${status}.`,
      message: 'Told to refuse',
    },
  }),
})
/** @param {number} status */
const failed = (status) => ({ id: String(status), what: String(status), answer: () => failing(status) })
/**
 * @param {string} id
 * @param {string} what
 * @param {string | number | (() => string)} value
 * @param {number} [asked]
 */
const retryAfter = (id, what, value, asked) => ({
  id: `429-${id}`,
  what: `429, ${what}`,
  asked,
  answer: () => throttled(typeof value === 'function' ? value() : value),
})

/** @type {Fault[]} */
export const FAULTS = [
  { id: 'refused', what: 'connection refused', network: 'shut' },
  {
    id: 'reset',
    what: 'connection reset',
    connection: (socket) => socket.once('data', () => socket.resetAndDestroy()),
  },
  { id: 'blackhole', what: 'SYN into a black hole', network: 'blackhole' },
  { id: 'tls', what: 'TLS failure', network: 'tls', connection: (socket) => socket.end(TLS_ALERT) },
  { id: 'silence', what: 'accepts and is silent', hangs: true, connection: (socket) => socket.resume() },
  {
    id: 'headers',
    what: 'headers, then silence',
    hangs: true,
    respond: (outgoing, { grant }) => {
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': json(grant()).length })
      outgoing.flushHeaders()
    },
  },
  {
    id: 'drip',
    what: 'body of 1 byte/s',
    hangs: true,
    respond: async (outgoing, { grant }) => {
      const body = json(grant())
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      for (const byte of body) {
        if (outgoing.destroyed) return
        outgoing.write(Buffer.of(byte))
        await sleep(1000, undefined, { ref: false })
      }
    },
  },
  { id: 'truncated', what: 'truncated body', answer: () => truncated },
  { id: 'huge', what: 'body of 10 MB', answer: () => huge() },
  { id: 'redirect', what: 'redirect', answer: ({ origin }) => redirect(`${origin}/elsewhere`) },
  ...[400, 401, 403, 404].map(refused),
  { ...refused(410), isUpdate: true },
  { id: '429', what: '429', answer: () => throttled() },
  retryAfter('1', 'Retry-After: 1', 1, 1),
  retryAfter('30', 'Retry-After: 30', 30, 30),
  retryAfter('garbage', 'Retry-After: garbage', 'presently'),
  retryAfter('date', 'Retry-After: a date', () => new Date(Date.now() + 2000).toUTCString(), 3),
  ...[500, 502, 503].map(failed),
  { id: 'html', what: 'HTML', answer: () => html },
  { id: 'empty', what: 'empty body', answer: () => empty },
  { id: 'wrong-json', what: 'JSON without a token', answer: () => ({ body: { hello: 'world' } }) },
  { id: 'expired', what: 'a token that has expired', answer: ({ grant }) => ({ body: grant(-MINUTE) }) },
  { id: 'absurd', what: 'an absurd expiry', answer: ({ grant }) => ({ body: grant(ABSURD) }) },
  { id: 'dns', what: 'DNS failure', network: 'dns', needsNamespace: true },
  { id: 'proxy', what: 'proxy down', network: 'proxy' },
]
