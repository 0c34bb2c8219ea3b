'use strict'

const { initOf } = require('./at-call')
const { handed, own } = require('./own')
const { withoutQueryKeys } = require('./query-keys')
const { parseUrl } = require('./url')

/** @typedef {Parameters<typeof fetch>[0]} Input */

/**
 * The address that a Request goes to, whatever `url` of a class of its own says. A Request is fetch's first argument, of any
 * implementation, if it does not read as an address.
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
 * What a request goes to; `url` is undefined if it is not absolute, in which case the inner fetch reports it. An object's text is
 * read once: it can be another one the next time.
 *
 * @param {Input} input
 * @returns {{ request: Request | undefined, url: URL | undefined }}
 */
function targetOf(input) {
  const isObject = typeof input === 'object' && input !== null
  const text = String(input)
  const request = isObject && 'url' in input && !URL.canParse(text) ? input : undefined
  return own({ request, url: parseUrl(request === undefined ? text : urlOf(request)) })
}

/**
 * What the inner fetch gets for its first argument: the address as it was judged, whatever another parser would read
 * in it, and without the keys in its query.
 *
 * @param {Request | undefined} request
 * @param {URL} url
 * @returns {Input}
 */
function withoutKey(request, url) {
  const search = withoutQueryKeys(url.search)
  const hasKey = search !== url.search
  if (hasKey) url.search = search
  if (request === undefined) return url.href
  if (!hasKey) return request
  return new /** @type {typeof Request} */ (request.constructor)(url.href, handed(initOf(request)))
}

module.exports = { targetOf, urlOf, withoutKey }
