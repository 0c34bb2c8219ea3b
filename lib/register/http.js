'use strict'

const { withToken } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { mayHold, refuse, shut } = require('./guard')
const { placeholderInForce } = require('./placeholder')
const { noteToken } = require('./refusals')
const { isHeld } = require('./search')

/** @typedef {import('./guard').Outgoing} Outgoing */
/** @typedef {{ method: string, target: string, version: string, headers: [string, string][] }} Head */

/**
 * Exchanges the placeholder in a request whose head is written and not sent.
 *
 * @param {Outgoing} request
 */
function exchangeIn(request) {
  const placeholder = placeholderInForce()
  if (placeholder !== undefined && mayHold(request._header, placeholder)) exchange(request, placeholder)
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
    if (token === undefined) waitForToken(request, head, slot).catch((error) => request.destroy(error))
    else authenticate(request, head, slot, token)
  } catch (error) {
    // Refused, or the addon cannot be loaded.
    refuse(request, /** @type {Error} */ (error))
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

module.exports = { exchangeIn }
