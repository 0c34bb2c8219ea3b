'use strict'

const { shouldUseEntraId } = require('./lib/environment')
const { EntraIdError } = require('./lib/error')
const { setLogger } = require('./lib/logger')
const { DefaultAzureCredential } = require('./lib/credential')
const { getAzureOpenAIToken, getBearerTokenProvider } = require('./lib/provider')
const { cacheStats, clearTokenCache } = require('./lib/cache')

module.exports = {
  shouldUseEntraId,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  DefaultAzureCredential,
  clearTokenCache,
  cacheStats,
  setLogger,
  EntraIdError,
}
