/**
 * Keyless Microsoft Entra ID authentication for Azure OpenAI: one process-wide token cache over a
 * default Azure credential chain. Times are milliseconds since the epoch unless a name says otherwise.
 */

/**
 * Whether `AZURE_OPENAI_USE_ENTRA_ID` asks for Entra ID.
 *
 * Read from `process.env` at every call. Only `true` counts, trimmed and in any case; unset, empty and every
 * other value mean API keys.
 */
export function shouldUseEntraId(): boolean

/**
 * A token for Azure OpenAI from the default credential chain. Needs no `this` and no arguments, so it is an
 * `azureADTokenProvider` as it stands.
 *
 * While a token is held and fresh the call stays in JavaScript; concurrent first calls, of all threads of the
 * process, share one request.
 *
 * The scope is `https://cognitiveservices.azure.com/.default` (the `.us` or `.cn` one where
 * `AZURE_AUTHORITY_HOST` names that cloud) unless `options.scope` or `AZURE_OPENAI_ENTRA_SCOPE` says otherwise.
 *
 * @returns the access token, without the word `Bearer`
 * @throws {EntraIdError} by rejection, with a message that names each credential tried, why it did not serve and
 *   the next step. Never thrown synchronously.
 */
export function getAzureOpenAIToken(options?: TokenOptions): Promise<string>

/**
 * A function that gives a token for `scopes`, with the signature of `@azure/identity`'s function of this name.
 *
 * Any `TokenCredential` can feed the cache, for instance `@azure/identity`'s `InteractiveBrowserCredential`: its
 * tokens are fetched once for all who ask, and kept apart from those of every other object.
 *
 * @param credential a credential, or `undefined` for the default one
 * @param scopes one scope, or several of one resource, for instance `https://ai.azure.com/.default`
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` at once where an argument is of the wrong shape
 */
export function getBearerTokenProvider(
  credential: TokenCredential | undefined,
  scopes: string | string[],
  options?: GetBearerTokenProviderOptions,
): () => Promise<string>

/**
 * The default credential chain as a `TokenCredential` of `@azure/core-auth`, for every `@azure/*` client and
 * whatever else takes one. In order: Environment, WorkloadIdentity, ManagedIdentity, VisualStudioCode, AzureCli,
 * AzurePowerShell, AzureDeveloperCli, Broker.
 *
 * Objects are cheap: all that are configured alike share one token per scope, across threads. Nothing is
 * requested before the first `getToken`.
 *
 * @see https://learn.microsoft.com/javascript/api/@azure/identity/defaultazurecredential
 */
export class DefaultAzureCredential {
  /** @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` where an option is of the wrong shape */
  constructor(options?: DefaultAzureCredentialOptions)

  /**
   * @param scopes one scope, or several of one resource
   * @throws {EntraIdError} by rejection
   */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

/**
 * A `fetch` that authenticates requests to Azure OpenAI with a token, whichever client sends them.
 *
 * A token goes over https alone, to the hosts of Azure OpenAI (`*.openai.azure.com`, `*.cognitiveservices.azure.com`,
 * `*.services.ai.azure.com`, and their `.us` and `.cn` forms, with tokens of that cloud) and to those of
 * `AZURE_OPENAI_ENTRA_ALLOWED_HOSTS`, separated by commas: exact names, or `*.suffix`. It takes the place of every
 * `api-key` header and `Authorization`; `Ocp-Apim-Subscription-Key` stays. The caller's objects are left as they are.
 * A redirect to another host never gets it, nor does a request whose Host header names one. Every other request passes
 * to `inner` untouched, unless it carries {@link ENTRA_ID_PLACEHOLDER}: that one is answered 401.
 *
 * A 401 of Azure OpenAI has the token fetched anew, at most once in 5 minutes in each thread and not for a missing
 * role, with the claims that it asks for. The request is sent once more where that brought another token and its body
 * can be sent again; otherwise the caller gets the answer as it came.
 *
 * Without a token the answer is made here, in the shape of OpenAI's errors, with the header `x-entra-id-error` and the
 * {@link EntraIdErrorCode} in it: 503 with `retry-after` for `ENTRA_ID_THROTTLED`, `ENTRA_ID_NETWORK` and
 * `ENTRA_ID_TIMEOUT`, 401 for the others, so that clients try again where that can help and only there. With
 * `AZURE_OPENAI_ENTRA_FALLBACK=api-key` a request that carries a real key goes out with that key instead.
 *
 * @param inner what sends the requests, and honours `redirect: 'manual'`. Default: the global `fetch` of the moment
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` at once where an argument is of the wrong shape
 */
export function entraIdFetch(inner?: typeof fetch | null, options?: EntraIdFetchOptions | null): typeof fetch

/** Options of {@link entraIdFetch}. */
export interface EntraIdFetchOptions {
  /** Whose tokens are sent. Default: the default chain's. */
  credential?: TokenCredential
  /** Default: `AZURE_OPENAI_ENTRA_SCOPE`, else that of the host's cloud. */
  scope?: string | string[]
}

/**
 * Entra ID for what LibreChat's `getOpenAIConfig` gives: wraps `configOptions.fetch`, once, and returns its argument.
 *
 * Whether Entra ID is meant is the caller's to decide: `shouldUseEntraId()`, and neither a key nor a URL of the user's.
 *
 * @param result is changed; `configOptions` is made where it has none
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` where an argument is of the wrong shape
 */
export function applyEntraIdAuth<T extends { llmConfig?: unknown; configOptions?: unknown }>(
  result: T,
  options?: EntraIdFetchOptions | null,
): T

/**
 * The header for a request that is sent by other means than `fetch`, such as axios. Put no key beside it.
 *
 * Give the address as `options.url` wherever it is not written in your own code: without it nothing here can tell
 * where the token goes.
 *
 * @throws {EntraIdError} by rejection; `ENTRA_ID_CONFIGURATION` where {@link entraIdFetch} would send no token to `url`
 */
export function getAzureOpenAIAuthHeaders(options?: AuthHeadersOptions): Promise<{ Authorization: string }>

/** Options of {@link getAzureOpenAIAuthHeaders}. */
export interface AuthHeadersOptions extends TokenOptions {
  /** Where the headers will be sent; the default scope is then that of the host's cloud. */
  url?: string | URL
}

/**
 * Something to put where a key is asked for and there is none. It is public and opens nothing: {@link entraIdFetch}
 * puts a token in its place, and never lets it out.
 */
export const ENTRA_ID_PLACEHOLDER: string

/** Forgets every token, failure and remembered credential, in all threads. A request under way does not undo it. */
export function clearTokenCache(): void

/** What the process-wide cache holds and has done. No token, no secret. */
export function cacheStats(): CacheStats

/**
 * How the process-wide cache serves: what a readiness probe asks. By itself it requests nothing, and costs
 * microseconds.
 *
 * @throws {EntraIdError} by rejection, `ENTRA_ID_CONFIGURATION`, where an option is of the wrong shape. A failure to
 *   get a token is told in the report.
 */
export function checkHealth(options?: HealthOptions | null): Promise<HealthReport>

/**
 * A handler of requests for `node:http` and Express that answers with {@link checkHealth}'s report as JSON: 200, or
 * 503 where the status is `failing`. What it shows and does is decided here alone, never by the request.
 *
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` at once where an option is of the wrong shape
 */
export function healthHandler(
  options?: HealthOptions | null,
): (request: { method?: string | undefined }, response: HealthResponse) => void

/** What {@link healthHandler} uses of `http.ServerResponse`. */
export interface HealthResponse {
  statusCode: number
  readonly headersSent?: boolean
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** Options of {@link checkHealth} and {@link healthHandler}. */
export interface HealthOptions {
  /**
   * Asks for a token, as the app would: the held one serves, else a request is made, and a source that is down is asked
   * about once in two seconds. Without it nothing is requested, and an app that nobody has used yet is `idle`.
   * Default false.
   */
  fetch?: boolean
  /** The scope that `fetch` asks for. Default: Azure OpenAI's. */
  scope?: string | string[]
  /** Whose token `fetch` asks for. Default: the default chain's. */
  credential?: TokenCredential
  /** The most that `fetch` waits, in ms. Default 5,000. */
  timeoutMs?: number
  /** Tells the identity behind each token, its times, errors in full, and the figures of the cache. Default false. */
  details?: boolean
}

/** What {@link checkHealth} gives. No token, no secret. */
export interface HealthReport {
  /**
   * - `idle`: nothing was asked for yet, or nothing is held and nothing has failed for a minute
   * - `ok`: tokens are served
   * - `degraded`: tokens are served, but a refresh, or another token, fails
   * - `failing`: none is served, and getting one fails
   */
  status: 'idle' | 'ok' | 'degraded' | 'failing'
  /** The code of the newest failure, while `degraded` or `failing`. */
  code?: EntraIdErrorCode
  /** Why `fetch` had no token: with `details`. */
  message?: string
  /** Each token of the process: with `details`. */
  tokens?: TokenHealth[]
  /** With `details`. */
  cache?: Omit<CacheStats, 'tokens'>
}

/** One token's state in a {@link HealthReport}. */
export interface TokenHealth {
  scopes: string[]
  /** The tenant that the call named. */
  tenantId?: string
  /** The credential that gave the held token. */
  credential?: string
  expiresOnTimestamp?: number
  refreshAfterTimestamp?: number
  /** What the held token says of itself, where it is a JSON Web Token in the clear. */
  identity?: TokenIdentity
  /** The last failure, while nothing has succeeded since. */
  lastError?: { code: EntraIdErrorCode; message: string; timestamp: number }
}

/**
 * Whose a token is.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export interface TokenIdentity {
  /** `aud`: the resource that it opens. */
  audience?: string
  /** `tid`: the tenant that issued it. */
  tenantId?: string
  /** `appid` or `azp`: the application (client) id. */
  clientId?: string
  /** `oid`: the object (principal) id, which role assignments name. */
  objectId?: string
  /** Roles of the application, not those of Azure RBAC. */
  roles: string[]
}

/**
 * The cache's figures in Prometheus' text format, to be sent behind the app's own.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusMetrics(): string

/**
 * Reports the cache's figures through OpenTelemetry.
 *
 * @param meter of `@opentelemetry/api`. Default: the global one of the app's own `@opentelemetry/api`
 * @returns a function that ends it
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` where no meter is given and the app has no `@opentelemetry/api`
 */
export function openTelemetryMetrics(meter?: OpenTelemetryMeter | null): () => void

/** What {@link openTelemetryMetrics} uses of `Meter` of `@opentelemetry/api`. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: { description?: string; unit?: string }): any
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): any
  addBatchObservableCallback(callback: (result: any) => void, observables: any[]): void
  removeBatchObservableCallback(callback: (result: any) => void, observables: any[]): void
}

/** Message of the `node:diagnostics_channel`s `azure-openai-entra:fetch` and `azure-openai-entra:refresh`. */
export interface FetchMessage {
  scopes: string[]
  tenantId?: string
  /** How long the fetch took, in ms. */
  durationMs: number
  /** The credential that gave the token. */
  credential: string
  expiresOnTimestamp: number
}

/** Message of the `node:diagnostics_channel` `azure-openai-entra:failure`. */
export interface FailureMessage {
  scopes: string[]
  tenantId?: string
  durationMs: number
  /** Whether a valid token is served meanwhile. */
  isRefresh: boolean
  error: EntraIdError
}

/** Message of the `node:diagnostics_channel` `azure-openai-entra:fallback`: see `AZURE_OPENAI_ENTRA_FALLBACK`. */
export interface FallbackMessage {
  /** Why there is no token. */
  error: Error
}

/**
 * Sends this package's log events to `logger`; `null` ends that.
 *
 * Without a logger, `DEBUG_OPENAI=true`, `DEBUG_LOGGING=true` or `AZURE_LOG_LEVEL` (`error`, `warning`, `info`,
 * `verbose`) write them to stderr; otherwise logging is off. Secrets, assertions and tokens are never logged.
 *
 * @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` where one of the four methods is missing
 */
export function setLogger(logger: Logger | null): void

/** Why no token could be had. `message` is for people; `code`, `status` and `attempts` are for programs. */
export class EntraIdError extends Error {
  private constructor()
  readonly name: 'EntraIdError'
  /** What kind of failure this is. */
  readonly code: EntraIdErrorCode
  /** The credential that decided the outcome, for instance `EnvironmentCredential`; absent where none did. */
  readonly credential?: string
  /** The HTTP status of the answer that decided the outcome. */
  readonly status?: number
  /** Every credential that was asked, in order. */
  readonly attempts: readonly CredentialAttempt[]
  /** How long the endpoint asked to wait, in milliseconds. */
  readonly retryAfterMs?: number
}

/**
 * - `ENTRA_ID_UNAVAILABLE`: no credential of the chain is set up here
 * - `ENTRA_ID_REJECTED`: a credential was refused; the message holds the AADSTS text
 * - `ENTRA_ID_THROTTLED`: the endpoint answered 429
 * - `ENTRA_ID_NETWORK`: the endpoint could not be reached, failed (5xx) or did not speak the protocol
 * - `ENTRA_ID_TIMEOUT`: a wait came to its bound
 * - `ENTRA_ID_CONFIGURATION`: an option, an argument or an environment variable is wrong
 * - `ENTRA_ID_ABORTED`: the caller's `AbortSignal`; `cause` is its reason
 */
export type EntraIdErrorCode =
  | 'ENTRA_ID_UNAVAILABLE'
  | 'ENTRA_ID_REJECTED'
  | 'ENTRA_ID_THROTTLED'
  | 'ENTRA_ID_NETWORK'
  | 'ENTRA_ID_TIMEOUT'
  | 'ENTRA_ID_CONFIGURATION'
  | 'ENTRA_ID_ABORTED'

/** One credential of the chain and why it did not serve. */
export interface CredentialAttempt {
  /** For instance `ManagedIdentityCredential`. */
  readonly credential: string
  /** `unavailable`: not set up here, the chain went on. `failed`: it was asked and the chain ended. */
  readonly outcome: 'unavailable' | 'failed'
  readonly code: EntraIdErrorCode
  readonly reason: string
  /** What the reader can do about it. */
  readonly nextStep?: string
  readonly status?: number
}

/** `AccessToken` of `@azure/core-auth`. */
export interface AccessToken {
  token: string
  /** When the token expires, ms since the epoch. */
  expiresOnTimestamp: number
  /** From when it is refreshed behind the callers' backs, ms since the epoch. */
  refreshAfterTimestamp?: number
  tokenType: 'Bearer'
}

/** Options of one request for a token. */
export interface TokenRequestOptions {
  /** Another tenant than the configured one; it must be in `additionallyAllowedTenants`. */
  tenantId?: string
  /**
   * A claims challenge, as JSON text. A call with claims does not use the kept token of calls without; what it brings
   * from the same source takes that token's place.
   */
  claims?: string
  /** Ends this caller's wait; others who wait for the same token are left alone. */
  signal?: AbortSignal
  /** The most this caller waits, in ms. Default: until the acquisition's own bound, 60 s; 90 s while IMDS is being updated. */
  timeoutMs?: number
  /** Asks the endpoint even if the held token is fresh; a fetch already under way is joined. */
  forceRefresh?: boolean
}

/** Options of {@link getAzureOpenAIToken}. */
export interface TokenOptions extends TokenRequestOptions {
  /** One scope, or several of one resource. Default: Azure OpenAI's, see {@link getAzureOpenAIToken}. */
  scope?: string | string[]
}

/** Options of {@link DefaultAzureCredential.getToken}: `@azure/core-auth`'s names work beside ours. */
export interface GetTokenOptions extends TokenRequestOptions {
  /** The same as `signal`, under `@azure/core-auth`'s name. */
  abortSignal?: AbortSignalLike
  /** `timeout` is the same as `timeoutMs`. */
  requestOptions?: { timeout?: number }
  /** Taken for compatibility; claims challenges are honoured either way. */
  enableCae?: boolean
  /** Taken for compatibility and not used. */
  tracingOptions?: object
}

/** Options of {@link getBearerTokenProvider}. */
export interface GetBearerTokenProviderOptions {
  /** Ends the wait of the calls that are under way when it fires, and of all later ones. */
  abortSignal?: AbortSignalLike
  /** Taken for compatibility and not used. */
  tracingOptions?: object
  /**
   * A name for the identity that `credential` stands for. Objects with the same name, also of several threads, share
   * one token: give it only where they stand for the same user. Without it an object shares with nobody. Not used
   * for credentials of this package, which share by their configuration.
   */
  cacheKey?: string
}

/**
 * `TokenCredential` of `@azure/core-auth`. What it throws becomes an {@link EntraIdError}: by the HTTP status, or the code of
 * Node, undici, MSAL or `@azure/core-rest-pipeline` that the error or its cause carries, else as
 * `ENTRA_ID_UNAVAILABLE` where it is a `CredentialUnavailableError`, and as `ENTRA_ID_REJECTED` where it is any other.
 */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: any; tenantId?: string; claims?: string },
  ): Promise<{ token: string; expiresOnTimestamp: number; refreshAfterTimestamp?: number } | null>
}

/** `AbortSignalLike` of `@azure/abort-controller`: an `AbortSignal` is one. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: (this: any, event: any) => any, options?: any): void
  removeEventListener(type: 'abort', listener: (this: any, event: any) => any, options?: any): void
}

/** Options of {@link DefaultAzureCredential}, with `@azure/identity`'s names. Unset ones come from the environment. */
export interface DefaultAzureCredentialOptions {
  /**
   * Tenant of the workload identity, where it beats `AZURE_TENANT_ID`, and of the developer tools. The service
   * principal's is `AZURE_TENANT_ID` alone.
   */
  tenantId?: string
  /**
   * Client id of a user-assigned managed identity. `AZURE_CLIENT_ID`. Cloud Shell and Service Fabric take no id,
   * Azure Machine Learning takes client ids alone.
   */
  managedIdentityClientId?: string
  /** Azure resource id of a user-assigned managed identity, instead of its client id. */
  managedIdentityResourceId?: string
  /**
   * Object id (principal id) of a user-assigned managed identity, instead of its client id. Only one of the three
   * ids can be given; an option beats `AZURE_CLIENT_ID`.
   */
  managedIdentityObjectId?: string
  /** Client id of the workload identity. Default: `managedIdentityClientId`, then `AZURE_CLIENT_ID`. */
  workloadIdentityClientId?: string
  /** Tenants, besides the configured one, that a call may ask for; `'*'` for all. `AZURE_ADDITIONALLY_ALLOWED_TENANTS`. */
  additionallyAllowedTenants?: string[]
  /** The Entra authority, https only. `AZURE_AUTHORITY_HOST`, default `https://login.microsoftonline.com`. */
  authorityHost?: string
  /**
   * Name or id of the subscription whose login the Azure CLI gives the token of, for whoever is logged in with several
   * accounts; not together with `tenantId`. It is `@azure/identity`'s `AzureCliCredentialOptions.subscription`.
   */
  subscription?: string
  /** How long a command-line tool may take, in ms; 0 for no limit but that of the whole acquisition. Default 10,000. */
  processTimeoutInMs?: number
  /**
   * Takes an authority that is not one of Microsoft's as it is, for private clouds and AD FS.
   * `AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY`.
   */
  disableInstanceDiscovery?: boolean
  /** How often and when a request to Entra ID or to an identity endpoint is sent again within one acquisition. */
  retryOptions?: {
    /** Tries after the first. Default 3 with Entra ID, 5 with an identity endpoint of the host. */
    maxRetries?: number
    /** The pause before the first retry, in ms; it doubles with each. Default 1,000 and 800. */
    retryDelayInMs?: number
    /** The longest pause, in ms, but for one that the endpoint asks for. Default 64,000. */
    maxRetryDelayInMs?: number
  }
  /** Variables that must be set, or the constructor throws. */
  requiredEnvVars?: string | string[]
}

/** What {@link cacheStats} gives. */
export interface CacheStats {
  /** Acquisitions started since the process began, and how many of them failed. */
  fetches: number
  failures: number
  /** Requests that went out with their API key for want of a token: see `AZURE_OPENAI_ENTRA_FALLBACK`. */
  fallbacks: number
  /** Acquisitions under way now. */
  inFlight: number
  /** Tokens held now. */
  tokens: CachedToken[]
}

/** A held token, without the token. */
export interface CachedToken {
  /** The credential that gave it, for instance `ManagedIdentityCredential`. */
  credential: string
  scopes: string[]
  tenantId?: string
  expiresOnTimestamp: number
  refreshAfterTimestamp: number
}

/** winston, pino and `console` are ones. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}
