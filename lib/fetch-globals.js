'use strict'

const { configurationError } = require('./error')

/** Node has them with fetch, and without it none. */
const CLASSES = /** @type {const} */ (['Headers', 'Response'])

/**
 * Fails, with an error that says so, if this process has no fetch. An app may set another one at any time before its first request.
 *
 * @param {unknown} [send] the function that the app has in place of fetch
 */
function checkFetchGlobals(send) {
  const needed = send === undefined ? /** @type {const} */ (['fetch', ...CLASSES]) : CLASSES
  const missing = needed.filter((name) => typeof globalThis[name] !== 'function')
  if (missing.length === 0) return
  throw configurationError(
    `entraIdFetch needs ${missing.join(', ')} on globalThis. Start Node without --no-experimental-fetch, or set what the package undici exports.`,
  )
}

module.exports = { checkFetchGlobals }
