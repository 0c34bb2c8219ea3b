'use strict'

/** Where Azure OpenAI, and gateways before it, take a key or a token in the query, in lower case. */
const NAMES = new Set(['api-key', 'authorization', 'x-api-key'])

/**
 * A path and query, or an address, without the parameters that hold a key, whatever their values are. The others stay letter by
 * letter.
 *
 * @param {string} target
 */
function withoutQueryKeys(target) {
  const at = target.indexOf('?')
  // Most addresses have no key, and are not taken apart.
  if (at < 0 || !/key|auth|%/i.test(target.slice(at))) return target
  const parameters = target.slice(at + 1).split('&')
  const kept = parameters.filter((parameter) => !NAMES.has(nameOf(parameter)))
  if (kept.length === parameters.length) return target
  return [target.slice(0, at), ...(kept.length > 0 ? [kept.join('&')] : [])].join('?')
}

/**
 * The name of a parameter as servers read it.
 *
 * @param {string} parameter
 */
function nameOf(parameter) {
  // Behind a separator, because the parser drops a question mark at the start.
  const [name = ''] = new URLSearchParams(`&${parameter}`).keys()
  return name.toLowerCase()
}

module.exports = { withoutQueryKeys }
