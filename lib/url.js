'use strict'

/**
 * @param {string} text
 * @param {URL} [base]
 * @returns {URL | undefined}
 */
function parseUrl(text, base) {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/**
 * `origin` with the path of a request's target; undefined for a target that is no path: a server takes the host of a whole
 * address (RFC 9112, section 3.2.2), whatever the connection's is.
 *
 * @param {URL | undefined} origin
 * @param {string} [target]
 */
function ofTarget(origin, target = '/') {
  if (!target.startsWith('/')) return undefined
  if (origin !== undefined) origin.pathname = target.replace(/[?#].*/s, '')
  return origin
}

module.exports = { ofTarget, parseUrl }
