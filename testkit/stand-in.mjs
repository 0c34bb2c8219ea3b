import http from 'node:http'
import https from 'node:https'
import { setImmediate, setTimeout } from 'node:timers/promises'

import { close, listen } from './listen.mjs'
import { until } from './until.mjs'

/**
 * @typedef {{
 *   method: string, path: string, query: Record<string, string>, headers: Record<string, string>,
 *   rawHeaders: string[], body: string,
 * }} Request
 *
 * @typedef {Awaited<ReturnType<typeof startStandIn>>} StandIn
 *
 * @typedef {Answer | ((request: Request) => Answer | Promise<Answer>)} Planned
 *
 * @typedef {{
 *   status?: number, headers?: Record<string, string>, body?: unknown, chunks?: string[],
 *   delayMs?: number, pauseMs?: number, silent?: boolean, reset?: boolean, cut?: boolean,
 * }} Answer see answers.mjs
 */

/**
 * A server on loopback that records what it is asked and can be told what to answer.
 *
 * @param {{
 *   respond: (request: Request) => Answer | Promise<Answer>, tls?: https.ServerOptions,
 *   aside?: (request: Request) => Answer | undefined, prepare?: (server: http.Server) => unknown,
 * }} options `aside` answers what the script is not about: it is neither recorded nor held; `prepare` gets the server
 *   before it listens
 */
export const startStandIn = async ({ respond, tls, aside, prepare }) => {
  /** @type {Request[]} */
  const requests = []
  const script = new Script(respond)

  /** @param {http.IncomingMessage} incoming @param {http.ServerResponse} outgoing */
  const serve = async (incoming, outgoing) => {
    const request = await read(incoming)
    const answerAside = aside?.(request)
    if (answerAside) return send(outgoing, answerAside)
    requests.push(request)
    const answer = await script.answerTo(request)
    await send(outgoing, answer)
  }
  /** @param {http.IncomingMessage} incoming @param {http.ServerResponse} outgoing */
  const onRequest = (incoming, outgoing) => serve(incoming, outgoing).catch(() => outgoing.destroy())
  const server = tls ? https.createServer(tls, onRequest) : http.createServer(onRequest)
  prepare?.(server)
  let connections = 0
  server.on('connection', () => connections++)
  const port = await listen(server)

  return {
    origin: `${tls ? 'https' : 'http'}://${tls ? 'localhost' : '127.0.0.1'}:${port}`,
    port,
    requests,
    /** How many connections there have been. */
    connections: () => connections,
    /**
     * The next requests get these answers, one each; a function is given the request.
     *
     * @param {Planned[]} answers
     */
    next: (...answers) => script.next(...answers),
    /**
     * Every request gets this answer from now on; `undefined` for the usual one.
     *
     * @param {Planned} [answer]
     */
    always: (answer) => script.always(answer),
    /** Takes requests but lets no answer out until the function that it returns is called. */
    hold: () => script.hold(),
    /** When `count` requests in all have come in. @param {number} count */
    arrived: async (count) => {
      const state = () => `${count} requests to the stand-in; ${requests.length} came`
      await until(() => requests.length >= count, state)
    },
    /** New connections are refused from now on; those that are open go on. */
    stopListening: () => void server.close(),
    close: () => {
      script.release()
      return close(server)
    },
  }
}

/** What to answer, and when. */
class Script {
  #usual
  /** @type {Planned | undefined} */
  #always
  /** @type {Planned[]} */
  #queue = []
  /** @type {Promise<unknown>} */
  #gate = Promise.resolve()
  /** @type {(value?: unknown) => void} */
  release = () => {}

  /** @param {Planned} usual */
  constructor(usual) {
    this.#usual = usual
  }

  /** @param {Planned[]} answers */
  next(...answers) {
    this.#queue.push(...answers)
  }

  /** @param {Planned} [answer] */
  always(answer) {
    this.#always = answer
  }

  hold() {
    this.#gate = new Promise((resolve) => {
      this.release = resolve
    })
    return this.release
  }

  /** @param {Request} request */
  async answerTo(request) {
    const planned = this.#queue.shift() ?? this.#always ?? this.#usual
    await this.#gate
    const answer = typeof planned === 'function' ? await planned(request) : planned
    if (answer.delayMs) await setTimeout(answer.delayMs, undefined, { ref: false })
    return answer
  }
}

/**
 * @param {http.IncomingMessage} incoming
 * @returns {Promise<Request>}
 */
const read = async (incoming) => {
  const parts = []
  for await (const part of incoming) parts.push(part)
  const url = new URL(incoming.url ?? '', 'http://stand-in')
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: /** @type {Record<string, string>} */ (incoming.headers),
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(parts).toString(),
  }
}

/** @param {import('node:http').ServerResponse} outgoing @param {Answer} answer */
const send = async (
  outgoing,
  { status = 200, headers = {}, body = '', chunks, pauseMs, silent, reset, cut },
) => {
  if (silent) return
  if (reset) {
    outgoing.destroy()
    return
  }
  if (chunks) {
    outgoing.writeHead(status, { 'content-type': 'text/event-stream', ...headers })
    for (const chunk of chunks) {
      outgoing.write(chunk)
      // A turn of the event loop between them, so that the client gets them one by one.
      await (pauseMs ? setTimeout(pauseMs) : setImmediate())
    }
    outgoing.end()
    return
  }
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  if (cut) {
    outgoing.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text) + 1,
      ...headers,
    })
    outgoing.write(text, () => outgoing.destroy())
    return
  }
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
  outgoing.end(text)
}

/**
 * Every value that a request carries under `name`, as it came over the wire.
 *
 * @param {Pick<Request, 'rawHeaders'>} request
 * @param {string} name
 */
export const valuesOf = (request, name) =>
  request.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1].toLowerCase() === name)
