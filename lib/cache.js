'use strict'

const { nativeIfPresent } = require('./addon')

/** @type {typeof import('..').clearTokenCache} */
function clearTokenCache() {
  nativeIfPresent()?.clearTokenCache()
}

/** @type {typeof import('..').cacheStats} */
function cacheStats() {
  // Without a core there is no cache: nothing was fetched, and nothing is held.
  return nativeIfPresent()?.cacheStats() ?? { fetches: 0, failures: 0, fallbacks: 0, inFlight: 0, tokens: [] }
}

module.exports = { clearTokenCache, cacheStats }
