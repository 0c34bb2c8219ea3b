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
 * `origin` with the path of a request's target. As a path, the target cannot name another host.
 *
 * @template {URL | undefined} T
 * @param {T} origin
 * @param {string} [target]
 * @returns {T}
 */
function ofTarget(origin, target = '/') {
  if (origin !== undefined) origin.pathname = target.replace(/[?#].*/s, '')
  return origin
}

module.exports = { ofTarget, parseUrl }
