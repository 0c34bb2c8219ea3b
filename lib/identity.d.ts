/**
 * The names of `@azure/identity`. What a credential rejects with is an {@link EntraIdError}, and of the class that code
 * written for `@azure/identity` catches.
 */

import type { AccessToken, DefaultAzureCredentialOptions, GetTokenOptions } from '..'
import { DefaultAzureCredential, EntraIdError } from '..'

export * from './credentials/types'

/** The authorities of Azure's clouds, for `authorityHost`. */
export enum AzureAuthorityHosts {
  AzureChina = 'https://login.chinacloudapi.cn',
  /** @deprecated Microsoft closed this cloud in 2021. */
  AzureGermany = 'https://login.microsoftonline.de',
  AzureGovernment = 'https://login.microsoftonline.us',
  AzurePublicCloud = 'https://login.microsoftonline.com',
}

/** Returns a new {@link DefaultAzureCredential}. */
export function getDefaultAzureCredential(): DefaultAzureCredential

export interface DefaultAzureCredentialClientIdOptions extends DefaultAzureCredentialOptions {
  managedIdentityClientId?: string
  workloadIdentityClientId?: string
}

export interface DefaultAzureCredentialResourceIdOptions extends DefaultAzureCredentialOptions {
  managedIdentityResourceId: string
}

/** For instance for `requiredEnvVars`. */
export type DefaultAzureCredentialEnvVars =
  | 'AZURE_TOKEN_CREDENTIALS'
  | 'AZURE_CLIENT_ID'
  | 'AZURE_TENANT_ID'
  | 'AZURE_CLIENT_SECRET'
  | 'AZURE_CLIENT_CERTIFICATE_PATH'
  | 'AZURE_CLIENT_CERTIFICATE_PASSWORD'
  | 'AZURE_ADDITIONALLY_ALLOWED_TENANTS'
  | 'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN'
  | 'AZURE_FEDERATED_TOKEN_FILE'

/**
 * `@azure/identity`'s logger. What you write to it goes where this package's own events go: to the logger of `setLogger`,
 * to stderr by `AZURE_LOG_LEVEL`, or to the app's `@azure/logger` by `setLogLevel`.
 */
export const logger: AzureLogger

/** `AzureLogger` of `@azure/logger`. */
export interface AzureLogger {
  error: AzureDebugger
  warning: AzureDebugger
  info: AzureDebugger
  verbose: AzureDebugger
}

/** `Debugger` of `@azure/logger`. */
export interface AzureDebugger {
  (...args: any[]): void
  enabled: boolean
  namespace: string
  log: (...args: any[]) => void
  destroy: () => boolean
  extend: (namespace: string) => AzureDebugger
}

/**
 * A credential that cannot serve here. A chain goes on.
 *
 * `instanceof` also recognises `@azure/identity`'s own errors of this name, as it does for the other three classes.
 */
export class CredentialUnavailableError extends EntraIdError {
  constructor(message?: string, options?: { cause?: unknown })
  readonly name: 'CredentialUnavailableError'
}

/** A refusal of `EnvironmentCredential`, or of Azure Pipelines. A chain ends. */
export class AuthenticationError extends EntraIdError {
  /** @param errorBody the endpoint's OAuth error response, as an object or as JSON */
  constructor(
    statusCode: number,
    errorBody: object | string | undefined | null,
    options?: { cause?: unknown },
  )
  readonly name: 'AuthenticationError'
  /** 400 if it is `EnvironmentCredential`'s, as in `@azure/identity`. `status` has the status of the response. */
  readonly statusCode: number
  readonly errorResponse: ErrorResponse
}

/** The endpoint's error response. */
export interface ErrorResponse {
  /** For instance `invalid_client`. */
  error: string
  /** The endpoint's text, which begins with the AADSTS code. */
  errorDescription: string
  errorCodes?: number[]
  timestamp?: string
  traceId?: string
  correlationId?: string
}

/** No credential of a chain gave a token. */
export class AggregateAuthenticationError extends EntraIdError {
  constructor(errors: any[], errorMessage?: string)
  readonly name: 'AggregateAuthenticationError'
  /** One error per credential, in order. */
  errors: any[]
}

/** A credential by itself was refused, or needs a user. A chain goes on. */
export class AuthenticationRequiredError extends EntraIdError {
  constructor(options: AuthenticationRequiredErrorOptions)
  readonly name: 'AuthenticationRequiredError'
  /** What the call asked for. */
  scopes: string[]
  getTokenOptions?: GetTokenOptions
}

/** The fields of an {@link AuthenticationRequiredError}. */
export interface AuthenticationRequiredErrorOptions {
  scopes: string[]
  getTokenOptions?: GetTokenOptions
  message?: string
  cause?: unknown
}

/** The `name` of a {@link CredentialUnavailableError}. */
export const CredentialUnavailableErrorName = 'CredentialUnavailableError'
/** The `name` of an {@link AuthenticationError}. */
export const AuthenticationErrorName = 'AuthenticationError'
/** The `name` of an {@link AggregateAuthenticationError}. */
export const AggregateAuthenticationErrorName = 'AggregateAuthenticationError'

/** Options that all credentials have. */
export interface TokenCredentialOptions {
  /** The Entra authority, https only. Default: `AZURE_AUTHORITY_HOST`, then `https://login.microsoftonline.com`. */
  authorityHost?: string
  /** How one fetch retries its requests to Entra ID or to an identity endpoint. */
  retryOptions?: {
    /** Retries after the first try. Default: 3 for Entra ID, 5 for an identity endpoint of the host. */
    maxRetries?: number
    /** The delay before the first retry, in ms; it doubles with each. Default: 1,000 for Entra ID, 800 for the others. */
    retryDelayInMs?: number
    /** The longest delay, in ms, unless the endpoint asks for a longer one. Default: 1,800. */
    maxRetryDelayInMs?: number
  }
  /** Accepted for compatibility and ignored, but for one member. The log shows no headers and no bodies. */
  loggingOptions?: {
    /** Logs the ids of the application, the tenant and the user of each new token, at the level `info`. */
    allowLoggingAccountIdentifiers?: boolean
    enableUnsafeSupportLogging?: boolean
    additionalAllowedHeaderNames?: string[]
    additionalAllowedQueryParameters?: string[]
    logger?: (message: string) => void
  }
  /** The proxy to Entra ID, over `HTTPS_PROXY`. Identity endpoints of the host are never asked through it. */
  proxyOptions?: { host: string; port: number; username?: string; password?: string }
  /** What `node:tls` takes. Requests then go out by Node's own HTTP; `ca` replaces the CA certificates that Node trusts. They are copied. */
  tlsOptions?: {
    ca?: string | Uint8Array | (string | Uint8Array)[] | undefined
    cert?: string | Uint8Array | (string | Uint8Array)[] | undefined
    key?: any
    passphrase?: string | undefined
    pfx?: any
  }
  /** `userAgentPrefix` begins the `User-Agent` of every request. */
  userAgentOptions?: { userAgentPrefix?: string }
  /** Accepted for compatibility and ignored. */
  telemetryOptions?: { clientRequestIdHeaderName?: string }
  /** Accepted for compatibility and ignored: a redirect is never followed. */
  redirectOptions?: { maxRetries?: number; allowCrossOriginRedirects?: boolean }
  /**
   * Sends the requests, once for each try. Needs the app's `@azure/core-rest-pipeline`. It gets the requests for tokens,
   * secrets among them. Only credentials with the same object share a token: make it once.
   */
  httpClient?: { sendRequest(request: any): Promise<any> }
  /**
   * Policies of the app's `@azure/core-rest-pipeline`, which see and change the requests. Each runs once for each try. Only
   * credentials with the same policies share a token: make them once.
   */
  additionalPolicies?: AdditionalPolicyConfig[]
  /** Accepted for compatibility and ignored: only identity endpoints of the host are asked without TLS. */
  allowInsecureConnection?: boolean
}

/** `AdditionalPolicyConfig` of `@azure/core-client`. */
export interface AdditionalPolicyConfig {
  policy: { name: string; sendRequest(request: any, next: any): Promise<any> }
  position: 'perCall' | 'perRetry'
}

/** Options of credentials for several tenants. */
export interface MultiTenantTokenCredentialOptions extends TokenCredentialOptions {
  /** Tenants that a call may ask for beside the configured tenant; `*` for all. Default: `AZURE_ADDITIONALLY_ALLOWED_TENANTS`. */
  additionallyAllowedTenants?: string[]
}

/** Options of credentials that ask an authority. */
export interface AuthorityValidationOptions {
  /**
   * Trusts an authority that is not Microsoft's without asking Microsoft's instance discovery, for private clouds and
   * AD FS. Without it, such an authority gets no secret if Microsoft cannot be asked. Default:
   * `AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY`.
   */
  disableInstanceDiscovery?: boolean
}

/**
 * Options for a token cache on disk, which only Microsoft's package has. The classes that ask a user hand them over to it; the others
 * throw if it is enabled.
 */
export interface CredentialPersistenceOptions {
  tokenCachePersistenceOptions?: TokenCachePersistenceOptions
}

/** A token cache on disk. */
export interface TokenCachePersistenceOptions {
  enabled: boolean
  name?: string
  unsafeAllowUnencryptedStorage?: boolean
}

/**
 * Signs a user in by the browser. Microsoft's `@azure/identity` does it: install it as `@azure/identity-real`, with
 * `npm install @azure/identity-real@npm:@azure/identity`, or under its own name if this package does not have that name.
 */
export class InteractiveBrowserCredential {
  /** @throws {CredentialUnavailableError} if the app has no package of Microsoft's */
  constructor(options: InteractiveBrowserCredentialNodeOptions | InteractiveBrowserCredentialInBrowserOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  authenticate(
    scopes: string | string[],
    options?: GetTokenOptions,
  ): Promise<AuthenticationRecord | undefined>
}

/** Signs a user in on another device. Microsoft's package does it, as for {@link InteractiveBrowserCredential}. */
export class DeviceCodeCredential {
  /** @throws {CredentialUnavailableError} if the app has no package of Microsoft's */
  constructor(options?: DeviceCodeCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  authenticate(
    scopes: string | string[],
    options?: GetTokenOptions,
  ): Promise<AuthenticationRecord | undefined>
}

/**
 * Redeems an authorization code. Microsoft's package does it, as for {@link InteractiveBrowserCredential}.
 */
export class AuthorizationCodeCredential {
  /** @throws {CredentialUnavailableError} if the app has no package of Microsoft's */
  constructor(
    tenantId: string,
    clientId: string,
    clientSecret: string,
    authorizationCode: string,
    redirectUri: string,
    options?: AuthorizationCodeCredentialOptions,
  )
  constructor(
    tenantId: string,
    clientId: string,
    authorizationCode: string,
    redirectUri: string,
    options?: AuthorizationCodeCredentialOptions,
  )
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

/**
 * Signs a user in with a password. Microsoft's package does it, as for {@link InteractiveBrowserCredential}.
 *
 * @deprecated It cannot do multifactor authentication.
 */
export class UsernamePasswordCredential {
  /** @throws {CredentialUnavailableError} if the app has no package of Microsoft's */
  constructor(
    tenantId: string,
    clientId: string,
    username: string,
    password: string,
    options?: UsernamePasswordCredentialOptions,
  )
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface InteractiveCredentialOptions
  extends MultiTenantTokenCredentialOptions, AuthorityValidationOptions {
  authenticationRecord?: AuthenticationRecord
  disableAutomaticAuthentication?: boolean
}

export interface InteractiveBrowserCredentialNodeOptions
  extends
    InteractiveCredentialOptions,
    CredentialPersistenceOptions,
    BrowserCustomizationOptions,
    BrokerAuthOptions {
  redirectUri?: string | (() => string)
  tenantId?: string
  clientId?: string
  loginHint?: string
}

export interface InteractiveBrowserCredentialInBrowserOptions extends InteractiveCredentialOptions {
  redirectUri?: string | (() => string)
  tenantId?: string
  clientId: string
  loginStyle?: BrowserLoginStyle
  loginHint?: string
}

export type BrowserLoginStyle = 'redirect' | 'popup'

export interface BrowserCustomizationOptions {
  browserCustomizationOptions?: { errorMessage?: string; successMessage?: string }
}

export interface BrokerAuthOptions {
  brokerOptions?: BrokerOptions
}

export type BrokerOptions = BrokerEnabledOptions | BrokerDisabledOptions

export interface BrokerEnabledOptions {
  enabled: true
  legacyEnableMsaPassthrough?: boolean
  parentWindowHandle: Uint8Array
  useDefaultBrokerAccount?: boolean
}

export interface BrokerDisabledOptions {
  enabled: false
  legacyEnableMsaPassthrough?: undefined
  parentWindowHandle: undefined
}

export interface DeviceCodeCredentialOptions
  extends InteractiveCredentialOptions, CredentialPersistenceOptions {
  tenantId?: string
  clientId?: string
  userPromptCallback?: DeviceCodePromptCallback
}

export type DeviceCodePromptCallback = (deviceCodeInfo: DeviceCodeInfo) => void

export interface DeviceCodeInfo {
  userCode: string
  verificationUri: string
  message: string
}

export interface AuthorizationCodeCredentialOptions
  extends MultiTenantTokenCredentialOptions, AuthorityValidationOptions {}

export interface UsernamePasswordCredentialOptions
  extends MultiTenantTokenCredentialOptions, CredentialPersistenceOptions, AuthorityValidationOptions {}

/** The account that a user signed in with. */
export interface AuthenticationRecord {
  /** The host of the authority. */
  authority: string
  homeAccountId: string
  clientId: string
  tenantId: string
  username: string
}

/** Returns the record as JSON. */
export function serializeAuthenticationRecord(record: AuthenticationRecord): string

/** @throws {EntraIdError} `ENTRA_ID_CONFIGURATION` if the text is not JSON, or of a version that is not known */
export function deserializeAuthenticationRecord(serializedRecord: string): AuthenticationRecord

/**
 * Gives a plugin to Microsoft's `@azure/identity`, as {@link InteractiveBrowserCredential} finds it.
 *
 * @throws {CredentialUnavailableError} if the app has no package of Microsoft's
 */
export function useIdentityPlugin(plugin: IdentityPlugin): void

export type IdentityPlugin = (context: unknown) => void
