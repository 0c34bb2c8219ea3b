'use strict'

const native = require('./addon')

/** @type {typeof import('..').clearTokenCache} */
function clearTokenCache() {
  native.clearTokenCache()
}

/** @type {typeof import('..').cacheStats} */
function cacheStats() {
  return native.cacheStats()
}

module.exports = { clearTokenCache, cacheStats }
