'use strict'

const native = require('./addon')
const { forgetRefusals } = require('./token-slot')

/** @type {typeof import('..').clearTokenCache} */
function clearTokenCache() {
  native.clearTokenCache()
  forgetRefusals()
}

/** @type {typeof import('..').cacheStats} */
function cacheStats() {
  return native.cacheStats()
}

module.exports = { clearTokenCache, cacheStats }
