'use strict'

const { shouldUseEntraId } = require('./lib/environment')
const { EntraIdError } = require('./lib/error')
const { setLogger } = require('./lib/logger')
const { DefaultAzureCredential } = require('./lib/credential')
const { getAzureOpenAIToken, getBearerTokenProvider } = require('./lib/provider')
const { cacheStats, clearTokenCache } = require('./lib/cache')
const { ENTRA_ID_PLACEHOLDER } = require('./lib/auth-headers')

// What looks at requests is loaded by its first use: an app that takes tokens alone does not pay for it.

/** @type {typeof import('.').entraIdFetch} */
const entraIdFetch = (inner, options) => require('./lib/fetch').entraIdFetch(inner, options)
/** @type {typeof import('.').applyEntraIdAuth} */
const applyEntraIdAuth = (result, options) => require('./lib/librechat').applyEntraIdAuth(result, options)
/** @type {typeof import('.').getAzureOpenAIAuthHeaders} */
const getAzureOpenAIAuthHeaders = (options) => require('./lib/librechat').getAzureOpenAIAuthHeaders(options)

module.exports = {
  shouldUseEntraId,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  DefaultAzureCredential,
  entraIdFetch,
  applyEntraIdAuth,
  getAzureOpenAIAuthHeaders,
  ENTRA_ID_PLACEHOLDER,
  clearTokenCache,
  cacheStats,
  setLogger,
  EntraIdError,
}
