'use strict'

const { shouldUseEntraId } = require('./lib/environment')
const { EntraIdError } = require('./lib/error')
const { setLogger } = require('./lib/logger')
const { DefaultAzureCredential } = require('./lib/credential')
const { getAzureOpenAIToken, getBearerTokenProvider } = require('./lib/provider')
const { cacheStats, clearTokenCache } = require('./lib/cache')
const { entraIdFetch } = require('./lib/fetch')
const { applyEntraIdAuth, getAzureOpenAIAuthHeaders } = require('./lib/librechat')
const { ENTRA_ID_PLACEHOLDER } = require('./lib/auth-headers')

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
