'use strict'

const { withToken, withoutCredentials } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { placeholderInForce } = require('./placeholder')
const { noteToken } = require('./refusals')
const { isHeld, isHeldBy } = require('./search')
const { bind } = require('./undici-connections')
const { warnSometimes } = require('./warning')

/**
 * A request of undici, Node's or a package, before it is queued; `headers` are names and values in turn, or in undici 5 and
 * 6.0 to 6.6 the lines of the head as text; `host` is what a Host header said.
 *
 * @typedef {{
 *   origin: string | URL, path: string, host?: string | null, servername?: string | null, upgrade?: string | null,
 *   headers: (string | string[])[] | string,
 * }} UndiciRequest
 * @typedef {[string, any][]} Pairs any, because a value may be a list too, which HeadersInit does not have
 */

/**
 * Exchanges the placeholder in a request of undici: Node's own, which fetch uses, or a package's in whatever version.
 *
 * @param {unknown} message of the channel `undici:request:create`
 */
function onRequest(message) {
  const placeholder = placeholderInForce()
  const { request } = /** @type {{ request: UndiciRequest }} */ (message)
  if (placeholder !== undefined) exchange(request, placeholder)
}

/**
 * Undici cannot wait here, and this code cannot stop a request: a request without a token is sent without any
 * credential, or without the placeholder if its target is another host.
 *
 * @param {UndiciRequest} request
 * @param {string} placeholder
 */
function exchange(request, placeholder) {
  const headers = pairs(request.headers)
  const host = request.host ?? ''
  if (!isHeld(request.path, headers, placeholder) && !isHeldBy(['host', host], placeholder)) return
  // Without it, whatever happens next: an error here would end the process, and not the request.
  replace(
    request,
    headers.filter((header) => !isHeldBy(header, placeholder)),
  )
  try {
    const why = authenticate(request, headers, placeholder)
    if (why === undefined) return
    warn(why)
  } catch (error) {
    warn(/** @type {Error} */ (error).message)
  }
  request.path = request.path.replaceAll(placeholder, '')
  if (isHeldBy(['host', host], placeholder)) Object.assign(request, { host: null, servername: null })
}

/**
 * Puts the token into the request.
 *
 * @param {UndiciRequest} request
 * @param {Pairs} headers as they were
 * @param {string} placeholder
 * @returns {string | undefined} why it has no token
 */
function authenticate(request, headers, placeholder) {
  const { shownOrigin } = atFirstUse(() => require('../allowed-hosts'))
  const { hold, slotOfAudience, verdictOn } = atFirstUse(() => require('./exchange'))
  const { ofTarget, parseUrl } = atFirstUse(() => require('../url'))
  const url = ofTarget(parseUrl(String(request.origin)), request.path)
  /** @type {Pairs} */
  const named = request.host ? [['host', request.host], ...headers] : headers
  const isWebSocket = request.upgrade === 'websocket'
  const verdict = verdictOn({ url, target: request.path, headers: named, isWebSocket }, placeholder)
  if (verdict.refusal) return verdict.refusal.message
  request.path = verdict.target
  const rest = verdict.headers.slice(named.length - headers.length)
  const slot = slotOfAudience(verdict.audience)
  hold(slot)
  const token = slot.tokenOrStart()
  if (token === undefined) {
    replace(request, withoutCredentials(/** @type {Pairs} */ (rest)))
    const where = url === undefined ? 'it' : shownOrigin(url)
    return `No token is held yet for ${where}; one is being fetched.`
  }
  bind(request, /** @type {URL} as it is allowed */ (url).origin, token)
  replace(request, withToken(/** @type {Pairs} */ (rest), token))
  noteToken(request, slot, token)
  return undefined
}

/**
 * @param {UndiciRequest} request
 * @param {unknown} headers pairs, whose values are texts if the request has its headers as text
 */
function replace(request, headers) {
  const list = /** @type {string[][]} */ (headers)
  if (typeof request.headers === 'string') {
    request.headers = list.map((pair) => `${pair.join(': ')}\r\n`).join('')
  } else {
    request.headers.splice(0, request.headers.length, ...list.flat(1))
  }
}

/** @param {string} why */
function warn(why) {
  warnSometimes(`${why} The request was sent without a key, because undici cannot be stopped.`)
}

/**
 * @param {UndiciRequest['headers']} given
 * @returns {Pairs}
 */
function pairs(given) {
  /** @type {Pairs} */
  const headers = []
  if (typeof given === 'string') {
    for (const line of given.split('\r\n').slice(0, -1)) {
      const [name] = line.split(': ', 1)
      headers.push([name, line.slice(name.length + 2)])
    }
  } else {
    for (let i = 0; i < given.length; i += 2) headers.push([String(given[i]), given[i + 1]])
  }
  return headers
}

module.exports = { onRequest }
