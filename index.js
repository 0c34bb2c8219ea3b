'use strict'

const { ChainedTokenCredential, DefaultAzureCredential } = require('./lib/credential')
const { ENTRA_ID_PLACEHOLDER, shouldUseEntraId } = require('./lib/environment')
const { atFirstUse, rejecting } = require('./lib/first-use')
const { own } = require('./lib/own')

// oxlint-disable-next-line import/no-unassigned-import -- it keeps the context of this moment
require('./lib/load-context')

// The first use of a part loads it. An app that leaves Entra ID off loads nothing more.

/** @type {typeof import('.').getAzureOpenAIToken | undefined} */
let getToken

/** @type {typeof import('.').getAzureOpenAIToken} */
const getAzureOpenAIToken = (options) => (getToken === undefined ? firstToken(options) : getToken(options))

/** @type {typeof import('.').getAzureOpenAIToken} */
const firstToken = (options) =>
  rejecting(() => {
    getToken = require('./lib/provider').getAzureOpenAIToken
    return getToken(options)
  })

/** @type {typeof import('.').getBearerTokenProvider} */
const getBearerTokenProvider = (credential, scopes, options) =>
  atFirstUse(() => require('./lib/provider')).getBearerTokenProvider(credential, scopes, options)
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
  rejecting(() => require('./lib/librechat').getAzureOpenAIAuthHeaders(options))
/** @type {typeof import('.').checkHealth} */
const checkHealth = (options) => rejecting(() => require('./lib/health').checkHealth(options))
/** @type {typeof import('.').healthHandler} */
const healthHandler = (options) => atFirstUse(() => require('./lib/health')).healthHandler(options)
/** @type {typeof import('.').prometheusMetrics} */
const prometheusMetrics = () => atFirstUse(() => require('./lib/metrics')).prometheusMetrics()
/** @type {typeof import('.').openTelemetryMetrics} */
const openTelemetryMetrics = (meter) => atFirstUse(() => require('./lib/metrics')).openTelemetryMetrics(meter)
/** @type {typeof import('.').serializeAuthenticationRecord} */
const serializeAuthenticationRecord = (record) =>
  atFirstUse(() => require('./lib/authentication-record')).serializeAuthenticationRecord(record)
/** @type {typeof import('.').deserializeAuthenticationRecord} */
const deserializeAuthenticationRecord = (text) =>
  atFirstUse(() => require('./lib/authentication-record')).deserializeAuthenticationRecord(text)
/** @type {typeof import('.').getDefaultAzureCredential} */
const getDefaultAzureCredential = () => new DefaultAzureCredential()
/** @type {typeof import('.').setLogger} */
const setLogger = (logger) => atFirstUse(() => require('./lib/logger')).setLogger(logger)

const exported = {
  shouldUseEntraId,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  ChainedTokenCredential,
  DefaultAzureCredential,
  getDefaultAzureCredential,
  serializeAuthenticationRecord,
  deserializeAuthenticationRecord,
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
  EntraIdError: require('./lib/error').EntraIdError,
  AzureAuthorityHosts: {
    AzureChina: 'https://login.chinacloudapi.cn',
    AzureGermany: 'https://login.microsoftonline.de',
    AzureGovernment: 'https://login.microsoftonline.us',
    AzurePublicCloud: 'https://login.microsoftonline.com',
  },
}

/**
 * Exports that are loaded when they are read, by the file that has them.
 *
 * @template {object} T
 * @param {() => T} load
 * @param {(keyof T & string)[]} names
 */
function exportLazily(load, ...names) {
  for (const name of names) {
    const get = () => atFirstUse(load)[name]
    Object.defineProperty(exported, name, own({ enumerable: true, configurable: true, get }))
  }
}

exportLazily(
  () => require('./lib/identity-error'),
  'AggregateAuthenticationError',
  'AggregateAuthenticationErrorName',
  'AuthenticationError',
  'AuthenticationErrorName',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
  'CredentialUnavailableErrorName',
)
exportLazily(
  () => require('./lib/handed-over'),
  'AuthorizationCodeCredential',
  'DeviceCodeCredential',
  'InteractiveBrowserCredential',
  'UsernamePasswordCredential',
  'useIdentityPlugin',
)
exportLazily(() => require('./lib/azure-logger'), 'logger')
exportLazily(
  () => require('./lib/credentials/classes'),
  'AzureCliCredential',
  'AzureDeveloperCliCredential',
  'AzurePipelinesCredential',
  'AzurePowerShellCredential',
  'ClientAssertionCredential',
  'ClientCertificateCredential',
  'ClientSecretCredential',
  'EnvironmentCredential',
  'ManagedIdentityCredential',
  'OnBehalfOfCredential',
  'VisualStudioCodeCredential',
  'WorkloadIdentityCredential',
)

module.exports = exported
