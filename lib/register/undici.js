'use strict'

const { subscribe } = require('node:diagnostics_channel')

const { placeholderInForce } = require('./placeholder')

/**
 * A request of the undici package before it is queued; `headers` are names and values in turn.
 *
 * @typedef {{ origin: string | URL, path: string, headers: (string | string[])[] }} UndiciRequest
 */

/** Has the undici package, in whatever version an app brings it, exchange the placeholder. */
function hookUndici() {
  subscribe('undici:request:create', (message) => {
    const placeholder = placeholderInForce()
    const { request } = /** @type {{ request: UndiciRequest }} */ (message)
    if (placeholder !== undefined && Array.isArray(request.headers)) exchange(request, placeholder)
  })
}

/**
 * Undici waits for nobody here, and nothing here can stop a request: one that gets no token goes out without any
 * credential.
 *
 * @param {UndiciRequest} request
 * @param {string} placeholder
 */
function exchange(request, placeholder) {
  const headers = pairs(request.headers)
  const { parseUrl } = require('../hosts')
  const { slotOfAudience, verdictOn, warnSometimes } = require('./exchange')
  const url = parseUrl(String(request.origin))
  const verdict = verdictOn({ url, address: request.path, headers }, placeholder)
  if (verdict === undefined) return
  const token = verdict.audience && slotOfAudience(verdict.audience).tokenOrStart()
  if (token === undefined) {
    const why = verdict.refusal?.message ?? `No token is held yet for ${url?.origin}; one is being fetched.`
    warnSometimes(`${why} The request went out without a key, for undici cannot be stopped.`)
    request.path = request.path.replaceAll(placeholder, '')
  }
  const kept = headers.filter((header) => !header.some((part) => String(part).includes(placeholder)))
  const authenticated = token === undefined ? kept : require('../auth-headers').withToken(kept, token)
  request.headers.splice(0, request.headers.length, .../** @type {any} */ (authenticated).flat(1))
}

/**
 * @param {UndiciRequest['headers']} flat
 * @returns {[string, any][]}
 */
function pairs(flat) {
  /** @type {[string, any][]} */
  const headers = []
  for (let i = 0; i < flat.length; i += 2) headers.push([String(flat[i]), flat[i + 1]])
  return headers
}

module.exports = { hookUndici }
