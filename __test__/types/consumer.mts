// An ES module that uses every export: tsc must take all of it, and refuse what is marked.

import {
  DefaultAzureCredential,
  ENTRA_ID_PLACEHOLDER,
  EntraIdError,
  applyEntraIdAuth,
  cacheStats,
  checkHealth,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  healthHandler,
  openTelemetryMetrics,
  prometheusMetrics,
  setLogger,
  shouldUseEntraId,
} from 'azure-openai-entra'
import type {
  AbortSignalLike,
  AccessToken,
  AuthHeadersOptions,
  CacheStats,
  CachedToken,
  CredentialAttempt,
  DefaultAzureCredentialOptions,
  EntraIdErrorCode,
  EntraIdFetchOptions,
  FailureMessage,
  FallbackMessage,
  FetchMessage,
  GetBearerTokenProviderOptions,
  GetTokenOptions,
  HealthOptions,
  HealthReport,
  HealthResponse,
  Logger,
  OpenTelemetryMeter,
  TokenCredential,
  TokenHealth,
  TokenIdentity,
  TokenOptions,
  TokenRequestOptions,
} from 'azure-openai-entra'
import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type * as coreAuth from '@azure/core-auth'
import type { ClientOptions } from 'openai'
import entra from 'azure-openai-entra'

// The same by default.
entra.getAzureOpenAIToken satisfies typeof getAzureOpenAIToken

shouldUseEntraId() satisfies boolean

// A token provider without a wrapper, for openai and every client with the same declaration.
const provider: () => Promise<string> = getAzureOpenAIToken
const withoutResult: () => Promise<unknown> = provider
void withoutResult

const request: TokenRequestOptions = {
  tenantId: 'tenant',
  claims: '{}',
  signal: new AbortController().signal,
  timeoutMs: 1000,
  forceRefresh: true,
}
const token: string = await getAzureOpenAIToken({ ...request, scope: 'https://ai.azure.com/.default' })
const tokenOptions: TokenOptions = { scope: ['one', 'two'] }
await getAzureOpenAIToken(tokenOptions)

// The credential, and @azure/core-auth's view of it.
const credentialOptions: DefaultAzureCredentialOptions = {
  tenantId: 'tenant',
  managedIdentityClientId: 'client',
  managedIdentityResourceId: 'resource',
  workloadIdentityClientId: 'client',
  additionallyAllowedTenants: ['*'],
  authorityHost: 'https://login.microsoftonline.com',
  processTimeoutInMs: 1000,
}
const credential = new DefaultAzureCredential(credentialOptions)
const theirs: coreAuth.TokenCredential = credential
const ours: TokenCredential = theirs
const accessToken: AccessToken = await credential.getToken('scope')
accessToken satisfies coreAuth.AccessToken
accessToken.tokenType satisfies 'Bearer' | 'pop' | undefined
const renewal: number | undefined = accessToken.refreshAfterTimestamp
const getTokenOptions: GetTokenOptions = {
  ...request,
  abortSignal: new AbortController().signal,
  requestOptions: { timeout: 1000 },
  enableCae: true,
  tracingOptions: {},
}
await credential.getToken(['scope'], getTokenOptions)
const theirOptions: coreAuth.GetTokenOptions = { abortSignal: new AbortController().signal, claims: '{}' }
await theirs.getToken('scope', theirOptions)

// The same call as with @azure/identity's function of this name.
const signal: AbortSignalLike = new AbortController().signal
const providerOptions: GetBearerTokenProviderOptions = {
  abortSignal: signal,
  tracingOptions: {},
  cacheKey: 'key',
}
const providers: (() => Promise<string>)[] = [
  getBearerTokenProvider(credential, 'scope'),
  getBearerTokenProvider(undefined, ['scope'], providerOptions),
  getBearerTokenProvider(theirs, 'scope'),
  getBearerTokenProvider(ours, 'scope'),
]
type TheirFunction = (
  credential: coreAuth.TokenCredential,
  scopes: string | string[],
  options?: {
    abortSignal?: AbortSignalLike
    tracingOptions?: NonNullable<coreAuth.GetTokenOptions['tracingOptions']>
  },
) => () => Promise<string>
getBearerTokenProvider satisfies TheirFunction

try {
  await Promise.all(providers.map((provide) => provide()))
} catch (error) {
  if (error instanceof EntraIdError) {
    error satisfies Error
    error.name satisfies string
    const code: EntraIdErrorCode = error.code
    const [first]: readonly CredentialAttempt[] = error.attempts
    first?.outcome satisfies 'unavailable' | 'failed' | undefined
    const retryAfter: number | undefined = error.retryAfterMs
    const told: (string | number | undefined)[] = [
      code,
      error.credential,
      error.status,
      retryAfter,
      first?.credential,
      first?.code,
      first?.reason,
      first?.nextStep,
      first?.status,
    ]
    console.error(error.message, error.cause, told)
  }
}

// A fetch, for clients and by itself; options with any credential.
const fetchOptions: EntraIdFetchOptions = { credential: theirs, scope: ['scope'] }
const keyless: typeof fetch = entraIdFetch(entraIdFetch(fetch), fetchOptions)
const response: Response = await keyless(new URL('https://r.openai.azure.com'), { method: 'POST' })
const client: ClientOptions = { fetch: entraIdFetch(null, null), apiKey: ENTRA_ID_PLACEHOLDER }

// What LibreChat's getOpenAIConfig gives keeps its type.
const config: { llmConfig: { model: string }; configOptions?: Partial<ClientOptions>; tools: string[] } = {
  llmConfig: { model: 'gpt' },
  configOptions: client,
  tools: [],
}
applyEntraIdAuth(config) satisfies typeof config
applyEntraIdAuth(config, { credential }).llmConfig.model satisfies string

const headersOptions: AuthHeadersOptions = { url: new URL(response.url), timeoutMs: 1000 }
const authorization: string = (await getAzureOpenAIAuthHeaders(headersOptions)).Authorization
await getAzureOpenAIAuthHeaders({ url: 'https://r.openai.azure.com' })
console.log(authorization, ENTRA_ID_PLACEHOLDER satisfies string)

clearTokenCache() satisfies void
const stats: CacheStats = cacheStats()
const counts: number[] = [stats.fetches, stats.failures, stats.fallbacks, stats.inFlight]
const [held]: CachedToken[] = stats.tokens
const described: (string | number | string[] | undefined)[] = [
  held?.credential,
  held?.scopes,
  held?.tenantId,
  held?.expiresOnTimestamp,
  held?.refreshAfterTimestamp,
]
console.log(token, renewal, counts, described)

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
setLogger(logger)
setLogger(console)
setLogger(null)

// Health: a report, and a handler for node:http and whatever has its shapes.
const healthOptions: HealthOptions = {
  fetch: true,
  scope: ['scope'],
  credential: theirs,
  timeoutMs: 1000,
  details: true,
}
const health: HealthReport = await checkHealth(healthOptions)
health.status satisfies 'idle' | 'ok' | 'degraded' | 'failing'
health.code satisfies EntraIdErrorCode | undefined
health.cache?.fetches satisfies number | undefined
const [tokenHealth]: TokenHealth[] = health.tokens ?? []
const identity: TokenIdentity | undefined = tokenHealth?.identity
const shown: (string | number | string[] | undefined)[] = [
  tokenHealth?.scopes,
  tokenHealth?.tenantId,
  tokenHealth?.credential,
  tokenHealth?.expiresOnTimestamp,
  tokenHealth?.refreshAfterTimestamp,
  tokenHealth?.lastError?.code,
  tokenHealth?.lastError?.message,
  tokenHealth?.lastError?.timestamp,
  identity?.audience,
  identity?.tenantId,
  identity?.clientId,
  identity?.objectId,
  identity?.roles,
]
createServer(healthHandler())
const nodes = (response: ServerResponse): HealthResponse => response
console.log(shown, nodes, healthHandler({ details: true }))

// Metrics and events.
prometheusMetrics() satisfies string
const meter: OpenTelemetryMeter = {
  createObservableCounter: () => ({}),
  createObservableGauge: () => ({}),
  addBatchObservableCallback() {},
  removeBatchObservableCallback() {},
}
openTelemetryMetrics(meter)() satisfies void
openTelemetryMetrics() satisfies () => void
subscribe('azure-openai-entra:refresh', (message) => {
  const { scopes, tenantId, durationMs, credential, expiresOnTimestamp } = message as FetchMessage
  console.log(scopes, tenantId, durationMs, credential, expiresOnTimestamp)
})
subscribe('azure-openai-entra:failure', (message) => {
  const { scopes, tenantId, durationMs, isRefresh, error } = message as FailureMessage
  console.log(scopes, tenantId, durationMs, isRefresh satisfies boolean, error satisfies EntraIdError)
})
subscribe('azure-openai-entra:fallback', (message) => {
  ;(message as FallbackMessage).error satisfies Error
})

// What is wrong.

// @ts-expect-error
getAzureOpenAIToken('scope')
// @ts-expect-error
getAzureOpenAIToken({ scope: 1 })
// @ts-expect-error
getAzureOpenAIToken({ scopes: 'scope' })
// @ts-expect-error
getAzureOpenAIToken({ forceRefresh: 'true' })
// @ts-expect-error
getAzureOpenAIToken({ signal: new AbortController() })
// @ts-expect-error
getAzureOpenAIToken({ timeoutMs: '1000' })
// @ts-expect-error
getAzureOpenAIToken().toUpperCase()
// @ts-expect-error
getBearerTokenProvider()
// @ts-expect-error
getBearerTokenProvider(credential)
// @ts-expect-error
getBearerTokenProvider('scope', 'scope')
// @ts-expect-error
getBearerTokenProvider({ getToken: () => 'token' }, 'scope')
// @ts-expect-error
new DefaultAzureCredential({ tenantId: 1 })
// @ts-expect-error
new DefaultAzureCredential({ tenant: 'tenant' })
// @ts-expect-error
new DefaultAzureCredential({ additionallyAllowedTenants: 'tenant' })
// @ts-expect-error
DefaultAzureCredential()
// @ts-expect-error
credential.getToken()
// @ts-expect-error
credential.getToken(1)
// @ts-expect-error
;(await credential.getToken('scope')).token satisfies number
// @ts-expect-error
entraIdFetch('https://r.openai.azure.com')
// @ts-expect-error
entraIdFetch(fetch, { credential: 'credential' })
// @ts-expect-error
entraIdFetch(fetch, { scopes: 'scope' })
// @ts-expect-error
applyEntraIdAuth()
// @ts-expect-error
applyEntraIdAuth({ model: 'gpt' })
// @ts-expect-error
getAzureOpenAIAuthHeaders({ url: 1 })
// @ts-expect-error
;(await getAzureOpenAIAuthHeaders())['api-key']
// @ts-expect-error
checkHealth({ fetch: 'true' })
// @ts-expect-error
checkHealth({ detail: true })
// @ts-expect-error
health.tokens?.[0]?.token
// @ts-expect-error
healthHandler('details')
// @ts-expect-error
openTelemetryMetrics({ createObservableCounter() {} })
// @ts-expect-error
prometheusMetrics('prefix')
// @ts-expect-error
setLogger({ debug() {} })
// @ts-expect-error
setLogger()
// @ts-expect-error
setLogger('console')
// @ts-expect-error
shouldUseEntraId('true')
// @ts-expect-error
clearTokenCache('scope')
// @ts-expect-error
stats.tokens[0]?.token
// @ts-expect-error
new EntraIdError('only the package makes these')
export const rewrite = (error: EntraIdError) => {
  // @ts-expect-error
  error.code = 'ENTRA_ID_TIMEOUT'
  // @ts-expect-error
  error.attempts.push(error.attempts[0]!)
}
// @ts-expect-error
const code: EntraIdErrorCode = 'ENTRA_ID_NONSENSE'
console.log(code)
