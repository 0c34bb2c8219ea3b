'use strict'

const { ClientRequest } = require('node:http')

const { withToken } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { placeholderInForce } = require('./placeholder')
const { noteToken } = require('./refusals')
const { isHeld } = require('./search')

/**
 * What is used of a request, in every Node from 20 on. `_header` is the head as it will go out; it stands before what
 * is written first in `outputData`, if that waits for a socket.
 *
 * @typedef {import('node:http').ClientRequest & {
 *   _header: string, _headerSent: boolean, _flush: () => void, _storeHeader: (...args: unknown[]) => void,
 *   _send: (...args: unknown[]) => unknown,
 *   _writeRaw: (data: string | Buffer, encoding?: unknown, callback?: unknown) => boolean,
 *   outputData: { data: string | Buffer, encoding?: unknown, callback?: unknown }[], outputSize: number, socketPath?: string,
 * }} Outgoing
 * @typedef {{ method: string, target: string, version: string, headers: [string, string][] }} Head
 */

/** Replaces the placeholder for every client of node:https, when the head of a request is written. */
function hookHttp() {
  const prototype = /** @type {Outgoing} */ (ClientRequest.prototype)
  const store = prototype._storeHeader
  prototype._storeHeader = function _storeHeader(...args) {
    const placeholder = placeholderInForce()
    if (placeholder === undefined) {
      store.apply(this, args)
      return
    }
    const send = storeUnsent(this, () => store.apply(this, args))
    if (mayHold(this._header, placeholder)) exchange(this, placeholder)
    send()
  }
}

/**
 * Creates the head without sending it, although Node sends it at once for `Expect: 100-continue`.
 *
 * @param {Outgoing} request
 * @param {() => void} store
 * @returns a function that sends it, where Node wants that
 */
function storeUnsent(request, store) {
  /** @type {unknown[][]} */
  const sent = []
  request._send = (...args) => sent.push(args)
  try {
    store()
  } finally {
    // From now on the prototype's again.
    Reflect.deleteProperty(request, '_send')
  }
  return () => {
    for (const args of sent) request._send(...args)
  }
}

/**
 * A quick look, which lets other requests pass.
 *
 * @param {string} header
 * @param {string} placeholder
 */
function mayHold(header, placeholder) {
  return header.includes(placeholder) || /: *basic /i.test(header)
}

/**
 * @param {Outgoing} request
 * @param {string} placeholder
 */
function exchange(request, placeholder) {
  const head = parse(request._header)
  const { target, headers } = head
  if (!isHeld(target, headers, placeholder)) return
  try {
    const { slotOfAudience, verdictOn } = atFirstUse(() => require('./exchange'))
    const sent = { url: urlOf(request, target), target, headers, isWebSocket: isWebSocket(headers) }
    const verdict = verdictOn(sent, placeholder)
    if (verdict.refusal) throw verdict.refusal
    head.target = verdict.target
    head.headers = /** @type {Head['headers']} */ (verdict.headers)
    const slot = slotOfAudience(verdict.audience)
    const token = slot.tokenOrStart()
    if (token === undefined) waitForToken(request, head, slot)
    else authenticate(request, head, slot, token)
  } catch (error) {
    // Refused, or the addon cannot be loaded.
    shut(request)
    // Not before the app has written what it has at hand: that would be an error of its own, and come first.
    process.nextTick(() => request.destroy(/** @type {Error} */ (error)))
  }
}

/**
 * The URL of a request; undefined if it goes to a Unix socket, or its host is not that of a URL.
 *
 * @param {Outgoing} request
 * @param {string} target
 */
function urlOf({ protocol, host, socketPath }, target) {
  const { ofTarget, parseUrl } = atFirstUse(() => require('../url'))
  const url = socketPath ? undefined : parseUrl(`${protocol}//${host}`)
  return url?.hostname === host.toLowerCase() ? ofTarget(url, target) : undefined
}

/** @param {[string, string][]} headers */
function isWebSocket(headers) {
  return headers.some(([name, value]) => /^upgrade$/i.test(name) && /^websocket$/i.test(value.trim()))
}

/**
 * @param {Outgoing} request
 * @param {Head} head
 * @param {InstanceType<typeof import('../token-slot').Slot>} slot
 */
async function waitForToken(request, head, slot) {
  const open = shut(request)
  const gone = new AbortController()
  request.once('close', () => gone.abort())
  try {
    const { own } = atFirstUse(() => require('../own'))
    authenticate(request, head, slot, await slot.getToken(own({ signal: gone.signal })))
  } catch (error) {
    if (request.destroyed) return
    const keyed = keyedInstead(/** @type {Error} */ (error), head)
    if (keyed === undefined) {
      request.destroy(/** @type {Error} */ (error))
      return
    }
    replace(request, { ...head, headers: /** @type {Head['headers']} */ (keyed) })
  }
  open()
}

/**
 * The headers with the operator's own key, if a failure of Entra ID may fall back on it.
 *
 * @param {Error} error
 * @param {Head} head
 */
function keyedInstead(error, { headers }) {
  try {
    return require('../failure-response').fallbackHeaders(error, headers)
  } catch {
    // It cannot be loaded now: the request ends with the first error.
    return undefined
  }
}

/**
 * Holds back what a request writes, even if it has a socket: all else about it, such as its abort and its timeouts,
 * goes on.
 *
 * @param {Outgoing} request
 * @returns a function that ends that
 */
function shut(request) {
  request._flush = () => {}
  request._writeRaw = (data, encoding, callback) => {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    request.outputData.push({ data, encoding, callback })
    request.outputSize += data.length
    return false
  }
  return () => {
    // From now on the prototype's again.
    Reflect.deleteProperty(request, '_flush')
    Reflect.deleteProperty(request, '_writeRaw')
    request._flush()
  }
}

/**
 * @param {Outgoing} request
 * @param {Head} head
 * @param {InstanceType<typeof import('../token-slot').Slot>} slot
 * @param {string} token of the slot
 */
function authenticate(request, head, slot, token) {
  noteToken(request, slot, token)
  replace(request, { ...head, headers: /** @type {Head['headers']} */ (withToken(head.headers, token)) })
}

/**
 * @param {Outgoing} request
 * @param {Head} head
 */
function replace(request, { method, target, version, headers }) {
  const written = request._header
  request._header = [
    `${method} ${target} ${version}`,
    ...headers.map((header) => header.join(': ')),
    '',
    '',
  ].join('\r\n')
  if (!request._headerSent) return
  const [first] = request.outputData
  first.data = request._header + first.data.slice(written.length)
  request.outputSize += request._header.length - written.length
}

/**
 * @param {string} header
 * @returns {Head}
 */
function parse(header) {
  const [firstLine, ...lines] = header.trimEnd().split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return /** @type {[string, string]} */ ([line.slice(0, colon), line.slice(colon + 1).trimStart()])
  })
  const [method, target, version] = firstLine.split(' ')
  return { method, target, version, headers }
}

module.exports = { hookHttp }
