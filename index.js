'use strict'

const { ENTRA_ID_PLACEHOLDER, shouldUseEntraId } = require('./lib/environment')
const { EntraIdError } = require('./lib/error')
const { atFirstUse } = require('./lib/first-use')
const { setLogger } = require('./lib/logger')
const { DefaultAzureCredential } = require('./lib/credential')
const { getAzureOpenAIToken, getBearerTokenProvider } = require('./lib/provider')

// Features that not every app uses load on first use, so that an app that only gets tokens does not pay for them.

/** @type {typeof import('.').clearTokenCache} */
const clearTokenCache = () => atFirstUse(() => require('./lib/cache')).clearTokenCache()
/** @type {typeof import('.').cacheStats} */
const cacheStats = () => atFirstUse(() => require('./lib/cache')).cacheStats()
/** @type {typeof import('.').entraIdFetch} */
const entraIdFetch = (inner, options) => atFirstUse(() => require('./lib/fetch')).entraIdFetch(inner, options)
/** @type {typeof import('.').applyEntraIdAuth} */
const applyEntraIdAuth = (result, options) =>
  atFirstUse(() => require('./lib/librechat')).applyEntraIdAuth(result, options)
/** @type {typeof import('.').getAzureOpenAIAuthHeaders} */
const getAzureOpenAIAuthHeaders = (options) =>
  atFirstUse(() => require('./lib/librechat')).getAzureOpenAIAuthHeaders(options)
/** @type {typeof import('.').checkHealth} */
const checkHealth = (options) => atFirstUse(() => require('./lib/health')).checkHealth(options)
/** @type {typeof import('.').healthHandler} */
const healthHandler = (options) => atFirstUse(() => require('./lib/health')).healthHandler(options)
/** @type {typeof import('.').prometheusMetrics} */
const prometheusMetrics = () => atFirstUse(() => require('./lib/metrics')).prometheusMetrics()
/** @type {typeof import('.').openTelemetryMetrics} */
const openTelemetryMetrics = (meter) => atFirstUse(() => require('./lib/metrics')).openTelemetryMetrics(meter)

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
  checkHealth,
  healthHandler,
  prometheusMetrics,
  openTelemetryMetrics,
  setLogger,
  EntraIdError,
}
