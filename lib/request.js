'use strict'

const { KEYS } = require('./auth-headers')
const { members, own } = require('./own')
const { parseUrl } = require('./url')

/** @typedef {Parameters<typeof fetch>[0]} Input */

/**
 * fetch's first argument if it is a Request, of any implementation. If it reads as an address, it is one to fetch.
 *
 * @param {Input} input
 * @returns {Request | undefined}
 */
function requestOf(input) {
  const isRequest = typeof input === 'object' && input !== null && 'url' in input
  return isRequest && !URL.canParse(String(input)) ? input : undefined
}

/**
 * The address that a Request goes to, whatever `url` of a class of its own says.
 *
 * @param {Request} request
 * @returns {string}
 */
function urlOf(request) {
  try {
    return /** @type {any} Node has it */ (
      Object.getOwnPropertyDescriptor(Request.prototype, 'url')
    ).get.call(request)
  } catch {
    // Of another implementation than the global one.
    return request.url
  }
}

/**
 * The URL of a request; undefined if it is not absolute, in which case the inner fetch reports it.
 *
 * @param {Input} input
 */
function addressOf(input) {
  const request = requestOf(input)
  return parseUrl(request === undefined ? String(input) : urlOf(request))
}

/**
 * What the inner fetch gets for its first argument: the address as it was judged, whatever another parser would read
 * in it, and without the key that Azure OpenAI's WebSockets take in the query.
 *
 * @param {Input} input
 * @param {URL} url
 * @returns {Input}
 */
function withoutKey(input, url) {
  const request = requestOf(input)
  const search = url.search.toLowerCase()
  // Most addresses have no key, and are not taken apart.
  const keys =
    search.includes('key') || search.includes('%')
      ? [...new Set(url.searchParams.keys())].filter((name) => KEYS.includes(name.toLowerCase()))
      : []
  for (const name of keys) url.searchParams.delete(name)
  if (request === undefined) return url.href
  if (keys.length === 0) return request
  return new /** @type {typeof Request} */ (request.constructor)(url.href, request)
}

/**
 * A RequestInit with headers that can be read again: an iterator gives them once.
 *
 * @param {RequestInit | undefined} init
 * @returns {RequestInit | undefined}
 */
function readable(init) {
  const headers = /** @type {any} an iterator too */ (init?.headers)
  return typeof headers?.next === 'function' ? own({ ...members(init), headers: [...headers] }) : init
}

/**
 * A body that its caller cannot change any more, as fetch takes it when it is called: the bytes of a buffer, and the pairs of a form.
 *
 * @template T
 * @param {T} body
 */
function bodyOf(body) {
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body))
    return Buffer.concat([new Uint8Array(body.buffer, body.byteOffset, body.byteLength)])
  return body instanceof URLSearchParams ? new URLSearchParams(body) : body
}

/**
 * Whether the body, if there is one, can be sent once more.
 *
 * @param {unknown} given of the RequestInit
 * @param {Request | undefined} request
 */
function isReplayable(given, request) {
  const body = given === undefined ? request?.body : given
  if (body === undefined || body === null || typeof body === 'string') return true
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true
  if (typeof (/** @type {{ pipe?: unknown }} */ (body).pipe) === 'function') return false
  const tag = Object.prototype.toString.call(body)
  return /^\[object (?:Blob|File|FormData|URLSearchParams)\]$/.test(tag)
}

/**
 * Releases a response that will not be read.
 *
 * @param {Response} response
 */
function discard(response) {
  const body = /** @type {any} Node's streams too */ (response.body)
  body?.cancel?.()?.catch?.(() => {})
  body?.resume?.()
}

module.exports = { addressOf, bodyOf, discard, isReplayable, readable, requestOf, withoutKey }
