'use strict'

const { headerOf, statusOf } = require('./any-response')
const { KEYS, without } = require('./auth-headers')
const { own } = require('./own')
const { parseUrl } = require('./url')

const STATUSES = new Set([301, 302, 303, 307, 308])
/** Headers that describe a body. */
const OF_BODY = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
])
/** Headers that belong to one origin only; the key of API Management is one, although it stays beside a token. */
const OF_ORIGIN = new Set([
  ...KEYS,
  'authorization',
  'cookie',
  'host',
  'ocp-apim-subscription-key',
  'proxy-authorization',
])

/** @param {Response} response */
function isRedirect(response) {
  return STATUSES.has(/** @type {number} */ (statusOf(response)))
}

/**
 * The request that a redirect asks for; undefined if the caller must handle it.
 *
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 *
 * @param {Response} response
 * @param {URL} url whose answer it is
 * @param {Record<string, any>} init the whole of the request, with its `headers`
 * @param {boolean} isReplayable whether its body can be sent again
 * @returns {[string, RequestInit, isElsewhere: boolean] | undefined} whether it leads to another origin
 */
function redirected(response, url, init, isReplayable) {
  const status = /** @type {number} */ (statusOf(response))
  const location = headerOf(response, 'location')
  const next = location === undefined ? undefined : parseUrl(location, url)
  if (next === undefined || !/^https?:$/.test(next.protocol)) return undefined

  const method = String(init.method ?? 'GET').toUpperCase()
  const becomesGet =
    status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST'
  if (!becomesGet && !isReplayable) return undefined

  const dropped = new Set()
  if (becomesGet) for (const name of OF_BODY) dropped.add(name)
  const isElsewhere = next.origin !== url.origin
  if (isElsewhere) for (const name of OF_ORIGIN) dropped.add(name)
  const changed = becomesGet ? { method: 'GET', body: undefined, duplex: undefined } : {}
  return [next.href, own({ ...init, ...changed, headers: without(init.headers, dropped) }), isElsewhere]
}

module.exports = { isRedirect, redirected }
