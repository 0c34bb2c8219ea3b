/**
 * Keyless Microsoft Entra ID authentication for Azure OpenAI: one process-wide token cache over the
 * default Azure credential chain. Timestamps are milliseconds since the epoch unless a name says otherwise.
 */

import type {
  AuthorityValidationOptions,
  ChainedTokenCredential,
  MultiTenantTokenCredentialOptions,
} from './lib/identity'

export * from './lib/identity'

/**
 * Whether `AZURE_OPENAI_USE_ENTRA_ID` asks for Entra ID.
 *
 * Reads `process.env` at every call. Only `true` counts, trimmed and in any case. Every other value, and no value,
 * means API keys.
 */
export function shouldUseEntraId(): boolean

/**
 * Gets a token for Azure OpenAI from the default credential chain. Needs no `this` and no arguments, so you can pass
 * it as an `azureADTokenProvider`.
 *
 * While the cached token is fresh, the call stays in JavaScript. Concurrent first calls of all threads of the process
 * share one request.
 *
 * The default scope is `https://cognitiveservices.azure.com/.default`, or its `.us` or `.cn` form if
 * `AZURE_AUTHORITY_HOST` names that cloud. `options.scope` and `AZURE_OPENAI_ENTRA_SCOPE` override it.
 *
 * @returns the access token, without the word `Bearer`
 * @throws {EntraIdError} as a rejection. The message names each credential tried, why it failed and the next step.
 *   Never thrown synchronously.
 */
export function getAzureOpenAIToken(options?: TokenOptions | BearerTokenProviderArgs): Promise<string>

/** What the GitHub Copilot SDK passes to a `bearerTokenProvider`. `getAzureOpenAIToken` needs none of it. */
export interface BearerTokenProviderArgs {
  readonly providerName: string
  readonly sessionId: string
}

/**
 * Returns a function that gets a token for `scopes`, with the signature of `@azure/identity`'s function of this name.
 *
 * Any `TokenCredential` can feed the cache, for instance `@azure/identity`'s `InteractiveBrowserCredential`. Its
 * callers share one fetch, and no other object shares its tokens.
 *
 * @param credential a credential, or `undefined` for the default one
 * @param scopes one scope, or several of one resource, for instance `https://ai.azure.com/.default`
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION`, synchronously, if an argument has the wrong type
 */
export function getBearerTokenProvider(
  credential: TokenCredential | undefined,
  scopes: string | string[],
  options?: GetBearerTokenProviderOptions,
): () => Promise<string>

/**
 * The default credential chain as a `TokenCredential` of `@azure/core-auth`, for every `@azure/*` client and every
 * other API that takes one. The order: Environment, WorkloadIdentity, ManagedIdentity, VisualStudioCode, AzureCli,
 * AzurePowerShell, AzureDeveloperCli, Broker.
 *
 * Objects are cheap: those with the same options share one token per scope, across threads. The first request is that
 * of the first `getToken`.
 *
 * @see https://learn.microsoft.com/javascript/api/@azure/identity/defaultazurecredential
 */
export class DefaultAzureCredential extends ChainedTokenCredential {
  /** @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` if an option has the wrong type */
  constructor(options?: DefaultAzureCredentialOptions)

  /**
   * @param scopes one scope, or several of one resource
   * @throws {EntraIdError} as a rejection
   */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

/**
 * Returns a `fetch` that authenticates requests to Azure OpenAI with a token, from any client.
 *
 * **Hosts.** The token is sent only over https, and only to the hosts of Azure OpenAI (`*.openai.azure.com`,
 * `*.cognitiveservices.azure.com`, `*.services.ai.azure.com`, and their `.us` and `.cn` forms with tokens of that cloud)
 * and to the allow-list `AZURE_OPENAI_ENTRA_ALLOWED_HOSTS`: exact names or `*.suffix`, separated by commas.
 * `AZURE_OPENAI_ENTRA_HOSTS` replaces both by exactly the hosts that it names. Neither a
 * redirect to another origin nor a request whose Host header names another host gets it. Every other request reaches
 * `inner` unchanged, except that a request with {@link ENTRA_ID_PLACEHOLDER} is answered 401.
 *
 * **Headers.** The token replaces `api-key`, `x-api-key` and `Authorization`, in any spelling.
 * `Ocp-Apim-Subscription-Key` stays, except at a redirect to another origin. The caller's objects are not modified.
 *
 * **401.** If Azure OpenAI answers 401, the token is fetched again with the claims of the challenge: at most once in
 * 5 minutes for all threads together, and never for a missing role. If that returns another token and the body can be sent again, the
 * request is sent once more. Otherwise the caller gets the 401.
 *
 * **No token.** The response is then synthetic: OpenAI's error JSON, with the {@link EntraIdErrorCode} in the header
 * `x-entra-id-error`. `ENTRA_ID_THROTTLED`, `ENTRA_ID_NETWORK` and `ENTRA_ID_TIMEOUT` are 503 with `retry-after`, so
 * that clients retry. Every other code is 401, and so are these three if fetches have failed for 8 s and the endpoint
 * does not say how long to wait: clients that retry for minutes then give up. With `AZURE_OPENAI_ENTRA_FALLBACK=api-key`, a request that carries a
 * real key is sent with that key instead.
 *
 * @param inner the function that sends the requests. It must honour `redirect: 'manual'`. Default: the global `fetch`
 *   at the time of the call. It does not replace Node's `Headers` and `Response`, without which, as with
 *   `--no-experimental-fetch`, each call rejects with `ENTRA_ID_CONFIGURATION`
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION`, synchronously, if an argument has the wrong type
 */
export function entraIdFetch(inner?: typeof fetch | null, options?: EntraIdFetchOptions | null): typeof fetch

/** Options of {@link entraIdFetch}. */
export interface EntraIdFetchOptions {
  /** The credential whose tokens are sent. Default: the default chain. */
  credential?: TokenCredential
  /** One scope, or several of one resource. Default: `AZURE_OPENAI_ENTRA_SCOPE`, then that of the host and the path. */
  scope?: string | string[]
}

/**
 * Adds Entra ID to the result of LibreChat's `getOpenAIConfig`: wraps `configOptions.fetch`, once, and returns its
 * argument. In the result of its `getLLMConfig` for Claude, which has no `configOptions`, it wraps
 * `llmConfig.clientOptions.fetch`.
 *
 * The caller decides when to use it: if `shouldUseEntraId()` is true and the user supplied neither a key nor a URL.
 *
 * @param result is modified; gets `configOptions` if it has neither
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` if an argument has the wrong type
 */
export function applyEntraIdAuth<T extends { llmConfig?: unknown; configOptions?: unknown }>(
  result: T,
  options?: EntraIdFetchOptions | null,
): T

/**
 * Gets the header for a request that something other than `fetch` sends, such as axios. Send no key with it.
 *
 * Pass the address as `options.url` unless it is a constant in your code: without it, this package cannot check where
 * the token goes.
 *
 * @throws {EntraIdError} as a rejection; `ENTRA_ID_CONFIGURATION` if {@link entraIdFetch} would send no token to `url`
 */
export function getAzureOpenAIAuthHeaders(options?: AuthHeadersOptions): Promise<{ Authorization: string }>

/** Options of {@link getAzureOpenAIAuthHeaders}. */
export type AuthHeadersOptions = TokenOptions

/**
 * A stand-in for clients that insist on an API key. It is public and grants no access: {@link entraIdFetch} replaces
 * it by a token and never sends it.
 */
export const ENTRA_ID_PLACEHOLDER: string

/** Forgets every token, failure and remembered credential, in all threads. A fetch that is in flight starts over. */
export function clearTokenCache(): void

/** The contents and counters of the process-wide cache, without tokens and secrets. */
export function cacheStats(): CacheStats

/**
 * Reports the health of the process-wide cache, for a readiness probe. Without options it sends no request and takes
 * microseconds.
 *
 * @throws {EntraIdError} as a rejection, `ENTRA_ID_CONFIGURATION`, if an option has the wrong type. A failure to get a
 *   token is no rejection: the report says so.
 */
export function checkHealth(options?: HealthOptions | null): Promise<HealthReport>

/**
 * Returns a request handler for `node:http` and Express that answers with {@link checkHealth}'s report as JSON: 503 if
 * the status is `failing`, else 200. Only `options` decide what it does and shows, never the request.
 *
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION`, synchronously, if an option has the wrong type
 */
export function healthHandler(
  options?: HealthOptions | null,
): (request: { method?: string | undefined }, response: HealthResponse) => void

/** The part of `http.ServerResponse` that {@link healthHandler} uses. */
export interface HealthResponse {
  statusCode: number
  readonly headersSent?: boolean
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** Options of {@link checkHealth} and {@link healthHandler}. */
export interface HealthOptions {
  /**
   * Gets a token as the app would: from the cache, else by a request. A source that is down gets about one request in
   * two seconds. Without this option no request is sent, and an app without traffic is `idle`. Default: false.
   */
  fetch?: boolean
  /** The scope for `fetch`. Default: Azure OpenAI's. */
  scope?: string | string[]
  /** The credential for `fetch`. Default: the default chain. */
  credential?: TokenCredential
  /** The longest that `fetch` waits, in ms. Default: 5,000. */
  timeoutMs?: number
  /** Adds each token's identity and timestamps, full error messages, and the cache's counters. Default: false. */
  details?: boolean
}

/** The result of {@link checkHealth}. It holds no token and no secret. */
export interface HealthReport {
  /**
   * - `idle`: no token was requested yet, or the cache is empty and the last failure is over a minute old
   * - `ok`: tokens are served
   * - `degraded`: tokens are served, but a refresh, or the fetch of another token, fails
   * - `failing`: no token is available, and fetching one fails
   */
  status: 'idle' | 'ok' | 'degraded' | 'failing'
  /** The code of the latest failure, if `degraded` or `failing`. */
  code?: EntraIdErrorCode
  /** Why `fetch` got no token. Only with `details`. */
  message?: string
  /** Every token of the process. Only with `details`. */
  tokens?: TokenHealth[]
  /** The cache's counters. Only with `details`. */
  cache?: Omit<CacheStats, 'tokens'>
}

/** One token's state in a {@link HealthReport}. */
export interface TokenHealth {
  scopes: string[]
  /** The tenant that the call asked for. */
  tenantId?: string
  /** The credential that issued the cached token. */
  credential?: string
  expiresOnTimestamp?: number
  refreshAfterTimestamp?: number
  /** The claims of the cached token, if it is a JSON Web Token that is not encrypted. */
  identity?: TokenIdentity
  /** The last failure, until a fetch succeeds. */
  lastError?: { code: EntraIdErrorCode; message: string; timestamp: number }
}

/**
 * The identity that a token stands for.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export interface TokenIdentity {
  /** `aud`: the resource that accepts it. */
  audience?: string
  /** `tid`: the tenant that issued it. */
  tenantId?: string
  /** `appid` or `azp`: the application (client) id. */
  clientId?: string
  /** `oid`: the object (principal) id, which role assignments name. */
  objectId?: string
  /** `roles`: app roles, not role assignments of Azure RBAC. */
  roles: string[]
}

/**
 * The cache's metrics in Prometheus' text format, to be appended to the app's own.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusMetrics(): string

/**
 * Reports the cache's metrics through OpenTelemetry.
 *
 * @param meter of `@opentelemetry/api`. Default: the global meter of the app's own `@opentelemetry/api`
 * @returns a function that stops the reporting
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` if no meter is passed and the app has no `@opentelemetry/api`
 */
export function openTelemetryMetrics(meter?: OpenTelemetryMeter | null): () => void

/** The part of `@opentelemetry/api`'s `Meter` that {@link openTelemetryMetrics} uses. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: { description?: string; unit?: string }): any
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): any
  addBatchObservableCallback(callback: (result: any) => void, observables: any[]): void
  removeBatchObservableCallback(callback: (result: any) => void, observables: any[]): void
}

/** The message on the `node:diagnostics_channel`s `azure-openai-entra:fetch` and `azure-openai-entra:refresh`. */
export interface FetchMessage {
  scopes: string[]
  tenantId?: string
  /** How long the fetch took, in ms. */
  durationMs: number
  /** The credential that issued the token. */
  credential: string
  expiresOnTimestamp: number
}

/** The message on the `node:diagnostics_channel` `azure-openai-entra:failure`. */
export interface FailureMessage {
  scopes: string[]
  tenantId?: string
  durationMs: number
  /** Whether callers are served a valid token meanwhile. */
  isRefresh: boolean
  error: EntraIdError
}

/** The message on the `node:diagnostics_channel` `azure-openai-entra:fallback`. See `AZURE_OPENAI_ENTRA_FALLBACK`. */
export interface FallbackMessage {
  /** Why no token is available. */
  error: Error
}

/**
 * Sends this package's log events to `logger`. Pass `null` to stop.
 *
 * Without a logger, `DEBUG_OPENAI=true`, `DEBUG_LOGGING=true` or `AZURE_LOG_LEVEL` (`error`, `warning`, `info`,
 * `verbose`) write them to stderr; `DEBUG_LOGGING` does not beside `DEBUG_CONSOLE=false`, as LibreChat's example has the two. The
 * default is no logging. Secrets, assertions and tokens are never logged.
 *
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` if one of the four methods is missing
 */
export function setLogger(logger: Logger | null): void

/** Why no token is available. `message` is for people; `code`, `status` and `attempts` are for programs. */
export class EntraIdError extends Error {
  protected constructor(fields: never)
  /** `EntraIdError`, or the name of the subclass that a credential rejects with; `AbortError` if the signal fired. */
  readonly name: string
  /** The kind of failure. */
  readonly code: EntraIdErrorCode
  /** The credential that decided the outcome, for instance `EnvironmentCredential`. Absent if none did. */
  readonly credential?: string
  /** The HTTP status of the response that decided the outcome. */
  readonly status?: number
  /** Every credential tried, in order. */
  readonly attempts: readonly CredentialAttempt[]
  /** How long the endpoint asks clients to wait, in ms. */
  readonly retryAfterMs?: number
}

/**
 * - `ENTRA_ID_UNAVAILABLE`: no credential of the chain is configured, or the addon of this platform is missing
 * - `ENTRA_ID_REJECTED`: Entra ID or an identity endpoint refused a credential; the message holds the AADSTS text
 * - `ENTRA_ID_THROTTLED`: the endpoint answered 429
 * - `ENTRA_ID_NETWORK`: the endpoint was unreachable, failed (5xx) or sent an unexpected response
 * - `ENTRA_ID_TIMEOUT`: a deadline passed
 * - `ENTRA_ID_CONFIGURATION`: an option, an argument or an environment variable is invalid
 * - `ENTRA_ID_ABORTED`: the caller's `AbortSignal` fired; `cause` is its reason
 */
export type EntraIdErrorCode =
  | 'ENTRA_ID_UNAVAILABLE'
  | 'ENTRA_ID_REJECTED'
  | 'ENTRA_ID_THROTTLED'
  | 'ENTRA_ID_NETWORK'
  | 'ENTRA_ID_TIMEOUT'
  | 'ENTRA_ID_CONFIGURATION'
  | 'ENTRA_ID_ABORTED'

/** One credential of the chain, and why it gave no token. */
export interface CredentialAttempt {
  /** For instance `ManagedIdentityCredential`. */
  readonly credential: string
  /** `unavailable`: not configured, so the chain went on. `failed`: it failed, and that ended the chain. */
  readonly outcome: 'unavailable' | 'failed'
  readonly code: EntraIdErrorCode
  readonly reason: string
  /** What to do about it. */
  readonly nextStep?: string
  readonly status?: number
}

/** `AccessToken` of `@azure/core-auth`. */
export interface AccessToken {
  token: string
  /** When the token expires, ms since the epoch. */
  expiresOnTimestamp: number
  /** When the background refresh is due, ms since the epoch. */
  refreshAfterTimestamp?: number
  /** `Bearer` if it is this package's. A credential of the app may leave it out. */
  tokenType?: 'Bearer' | 'pop'
}

/** Options of one request for a token. */
export interface TokenRequestOptions {
  /** A tenant other than the configured one. It must be in `additionallyAllowedTenants`. */
  tenantId?: string
  /**
   * The decoded `claims` JSON of a challenge. A call with claims does not use the cached token of calls without. A token
   * that it gets from the same source replaces that one.
   */
  claims?: string
  /** Ends the wait of this caller, and not that of other callers of the same fetch. */
  signal?: AbortSignal
  /** The longest that this caller waits, in ms. Default: the deadline of the fetch, 60 s, or 90 s during an update of IMDS. */
  timeoutMs?: number
  /** Fetches a token even if the cached one is fresh. Joins a fetch that is in flight. */
  forceRefresh?: boolean
}

/** Options of {@link getAzureOpenAIToken}. */
export interface TokenOptions extends TokenRequestOptions {
  /** One scope, or several of one resource. Default: Azure OpenAI's. See {@link getAzureOpenAIToken}. */
  scope?: string | string[]
  /**
   * The address, `https:` or `wss:`, that the token is sent to. The default scope is then that of the host and the path. A text in
   * which clients can find different hosts is refused: one with a backslash, or with its scheme in capitals or behind a blank.
   */
  url?: string | URL
}

/** Options of {@link DefaultAzureCredential.getToken}, including `@azure/core-auth`'s names. */
export interface GetTokenOptions extends TokenRequestOptions {
  /** The same as `signal`, under `@azure/core-auth`'s name. */
  abortSignal?: AbortSignalLike
  /** `timeout` is the same as `timeoutMs`. */
  requestOptions?: { timeout?: number }
  /**
   * Tells Entra ID that the caller takes claims challenges: the token may live longer, and is kept apart from those of other
   * calls. Managed identities and command-line tools take no notice.
   */
  enableCae?: boolean
  /** `tracingContext` is the parent of the OpenTelemetry span. Default: the active context. */
  tracingOptions?: { tracingContext?: any }
}

/** Options of {@link getBearerTokenProvider}. */
export interface GetBearerTokenProviderOptions {
  /** Ends the wait of the calls in flight when it fires, and of all later calls. */
  abortSignal?: AbortSignalLike
  /** `tracingContext` is the parent of the OpenTelemetry span. Default: the active context. */
  tracingOptions?: { tracingContext?: any }
  /**
   * A name for the identity that `credential` stands for. Objects with the same name share one token, across threads:
   * use it only if they stand for the same user. An object without a name shares its tokens with no other. Ignored for
   * credentials of this package, which share tokens by their configuration.
   */
  cacheKey?: string
}

/**
 * `TokenCredential` of `@azure/core-auth`. Its errors become an {@link EntraIdError}. The HTTP status, or the code of Node,
 * undici, MSAL or `@azure/core-rest-pipeline`, of the error or of its cause decides the `code`. Without either, a
 * `CredentialUnavailableError` is `ENTRA_ID_UNAVAILABLE` and every other error is `ENTRA_ID_REJECTED`.
 */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: any; tenantId?: string; claims?: string; enableCae?: boolean },
  ): Promise<{ token: string; expiresOnTimestamp: number; refreshAfterTimestamp?: number } | null>
}

/** `AbortSignalLike` of `@azure/abort-controller`. An `AbortSignal` is one. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: (this: any, event: any) => any, options?: any): void
  removeEventListener(type: 'abort', listener: (this: any, event: any) => any, options?: any): void
}

/** Options of {@link DefaultAzureCredential}, with `@azure/identity`'s names. The environment is the default. */
export interface DefaultAzureCredentialOptions
  extends MultiTenantTokenCredentialOptions, AuthorityValidationOptions {
  /**
   * Tenant of the workload identity, overriding `AZURE_TENANT_ID`, and of the developer tools. The service
   * principal always uses `AZURE_TENANT_ID`.
   */
  tenantId?: string
  /**
   * Client id of a user-assigned managed identity. Default: `AZURE_CLIENT_ID`. Cloud Shell and Service Fabric accept no
   * id. Azure Machine Learning accepts only client ids.
   */
  managedIdentityClientId?: string
  /** Azure resource id of a user-assigned managed identity, instead of its client id. */
  managedIdentityResourceId?: string
  /**
   * Object id (principal id) of a user-assigned managed identity, instead of its client id. Set only one of the three
   * ids. An option overrides `AZURE_CLIENT_ID`.
   */
  managedIdentityObjectId?: string
  /** Client id of the workload identity. Default: `managedIdentityClientId`, then `AZURE_CLIENT_ID`. */
  workloadIdentityClientId?: string
  /**
   * Whether the token proxy of an AKS cluster with identity bindings, `AZURE_KUBERNETES_TOKEN_PROXY`, exchanges the workload
   * identity's token in place of Entra ID. Default: `AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY`.
   */
  enableAzureProxy?: boolean
  /**
   * Name or id of the subscription that selects the Azure CLI's login, if `az` has several accounts. Cannot be combined
   * with `tenantId`. It is `@azure/identity`'s `AzureCliCredentialOptions.subscription`.
   */
  subscription?: string
  /**
   * The longest that a command-line tool may take, in ms; 0 for the deadline of the whole fetch. Default: 30,000, and the
   * chain asks the next credential meanwhile after 10,000.
   */
  processTimeoutInMs?: number
  /** Variables that must be set. The constructor throws if one is not. */
  requiredEnvVars?: string | string[]
}

/** The result of {@link cacheStats}. */
export interface CacheStats {
  /** Fetches since the process started. */
  fetches: number
  /** How many of them failed. */
  failures: number
  /** Requests that fell back to their API key. See `AZURE_OPENAI_ENTRA_FALLBACK`. */
  fallbacks: number
  /** Fetches in flight. */
  inFlight: number
  /** Tokens in the cache. */
  tokens: CachedToken[]
}

/** The metadata of a cached token. */
export interface CachedToken {
  /** The credential that issued it, for instance `ManagedIdentityCredential`. */
  credential: string
  scopes: string[]
  tenantId?: string
  expiresOnTimestamp: number
  refreshAfterTimestamp: number
}

/** Such as winston, pino or `console`. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}
