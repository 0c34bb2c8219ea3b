/**
 * The credential classes of `@azure/identity` that do not ask a user. All of them feed the one cache: objects that stand
 * for the same identity, with the same proof, share their tokens over all threads.
 */

import type {
  AccessToken,
  AuthorityValidationOptions,
  CredentialPersistenceOptions,
  GetTokenOptions,
  MultiTenantTokenCredentialOptions,
  TokenCredential,
  TokenCredentialOptions,
} from '../..'

/**
 * Asks credentials in order until one gives a token. A credential that is unavailable, or that needs a user, is passed
 * over; any other error of a credential is thrown as it is.
 */
export class ChainedTokenCredential implements TokenCredential {
  constructor(...sources: TokenCredential[])
  /** @throws {AggregateAuthenticationError} as a rejection, if no credential gives a token */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

/** The identity of the Azure resource that the app runs in. By itself it reads no `AZURE_CLIENT_ID`. */
export class ManagedIdentityCredential implements TokenCredential {
  /** @param clientId of a user-assigned identity */
  constructor(clientId: string, options?: TokenCredentialOptions)
  constructor(options?: ManagedIdentityCredentialClientIdOptions)
  constructor(options?: ManagedIdentityCredentialResourceIdOptions)
  constructor(options?: ManagedIdentityCredentialObjectIdOptions)
  /** @throws {CredentialUnavailableError} as a rejection */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface ManagedIdentityCredentialClientIdOptions extends TokenCredentialOptions {
  /** Client id of a user-assigned identity. */
  clientId?: string
}

export interface ManagedIdentityCredentialResourceIdOptions extends TokenCredentialOptions {
  /** Azure resource id of a user-assigned identity. */
  resourceId: string
}

export interface ManagedIdentityCredentialObjectIdOptions extends TokenCredentialOptions {
  /** Object id (principal id) of a user-assigned identity. */
  objectId: string
}

/** An application that trusts another issuer, such as that of a pod: its assertion is exchanged for a token of Entra ID. */
export class WorkloadIdentityCredential implements TokenCredential {
  /** @throws {CredentialUnavailableError} if neither an option nor a variable has the tenant, client id or, without another source, token file */
  constructor(options?: WorkloadIdentityCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface WorkloadIdentityCredentialOptions
  extends MultiTenantTokenCredentialOptions, AuthorityValidationOptions {
  /** Default: `AZURE_TENANT_ID`. */
  tenantId?: string
  /** Default: `AZURE_CLIENT_ID`. */
  clientId?: string
  /** The path of the service account's token. Default: `AZURE_FEDERATED_TOKEN_FILE`. */
  tokenFilePath?: string
  /** The source of the assertion; see docs/federation.md. Default: `AZURE_OPENAI_ENTRA_ASSERTION`, else the file. */
  assertion?: 'file' | 'github-actions' | 'google-cloud' | 'managed-identity'
  /**
   * The client id of the managed identity that is the assertion. Default: `AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID`, else the
   * host's own.
   */
  assertionClientId?: string
  /**
   * Whether the token proxy of an AKS cluster with identity bindings, `AZURE_KUBERNETES_TOKEN_PROXY`, exchanges the token in
   * place of Entra ID. Default: `AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY`.
   */
  enableAzureProxy?: boolean
}

/** The service principal that the environment names, by a secret or a certificate. */
export class EnvironmentCredential implements TokenCredential {
  constructor(options?: EnvironmentCredentialOptions)
  /** @throws {AuthenticationError} as a rejection, if Entra ID refuses the service principal */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface EnvironmentCredentialOptions
  extends MultiTenantTokenCredentialOptions, AuthorityValidationOptions {}

/** An application with a secret. */
export class ClientSecretCredential implements TokenCredential {
  /** @throws {CredentialUnavailableError} if a parameter is empty */
  constructor(
    tenantId: string,
    clientId: string,
    clientSecret: string,
    options?: ClientSecretCredentialOptions,
  )
  /** @throws {AuthenticationRequiredError} as a rejection, if Entra ID refuses the secret */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface ClientSecretCredentialOptions
  extends MultiTenantTokenCredentialOptions, CredentialPersistenceOptions, AuthorityValidationOptions {}

/** An application with a certificate, as PEM, and its RSA key. */
export class ClientCertificateCredential implements TokenCredential {
  constructor(
    tenantId: string,
    clientId: string,
    certificatePath: string,
    options?: ClientCertificateCredentialOptions,
  )
  constructor(
    tenantId: string,
    clientId: string,
    configuration: ClientCertificatePEMCertificatePath,
    options?: ClientCertificateCredentialOptions,
  )
  constructor(
    tenantId: string,
    clientId: string,
    configuration: ClientCertificatePEMCertificate,
    options?: ClientCertificateCredentialOptions,
  )
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export type ClientCertificateCredentialPEMConfiguration =
  ClientCertificatePEMCertificate | ClientCertificatePEMCertificatePath

/** A certificate and its key in a text. */
export interface ClientCertificatePEMCertificate {
  /** The PEM text itself. */
  certificate: string
  /** The password of an encrypted key. */
  certificatePassword?: string
}

/** A certificate and its key in a file, which is read for every fetch. */
export interface ClientCertificatePEMCertificatePath {
  /** The path of the PEM file. */
  certificatePath: string
  /** The password of an encrypted key. */
  certificatePassword?: string
}

export interface ClientCertificateCredentialOptions
  extends MultiTenantTokenCredentialOptions, CredentialPersistenceOptions, AuthorityValidationOptions {
  /** Whether Entra ID gets the whole chain, for authentication by subject name and issuer. Default: false. */
  sendCertificateChain?: boolean
}

/** An application that another issuer vouches for. */
export class ClientAssertionCredential implements TokenCredential {
  /** @param getAssertion is called for every fetch; what it throws is the `cause` of the error */
  constructor(
    tenantId: string,
    clientId: string,
    getAssertion: () => Promise<string>,
    options?: ClientAssertionCredentialOptions,
  )
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface ClientAssertionCredentialOptions
  extends MultiTenantTokenCredentialOptions, CredentialPersistenceOptions, AuthorityValidationOptions {}

/** An application on behalf of a user, whose token it got. Only the holder of that token is served what it was exchanged for. */
export class OnBehalfOfCredential implements TokenCredential {
  constructor(options: OnBehalfOfCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export type OnBehalfOfCredentialOptions = (
  | OnBehalfOfCredentialSecretOptions
  | OnBehalfOfCredentialCertificateOptions
  | OnBehalfOfCredentialAssertionOptions
) &
  MultiTenantTokenCredentialOptions &
  CredentialPersistenceOptions &
  AuthorityValidationOptions

export interface OnBehalfOfCredentialSecretOptions {
  tenantId: string
  clientId: string
  clientSecret: string
  /** The token with which the user called this app. */
  userAssertionToken: string
}

export interface OnBehalfOfCredentialCertificateOptions {
  tenantId: string
  clientId: string
  /** The path of a PEM file with the certificate and its key. */
  certificatePath: string
  /** The token with which the user called this app. */
  userAssertionToken: string
  /** Whether Entra ID gets the whole chain, for authentication by subject name and issuer. Default: false. */
  sendCertificateChain?: boolean
}

export interface OnBehalfOfCredentialAssertionOptions {
  tenantId: string
  clientId: string
  /** Is called for every fetch. */
  getAssertion: () => Promise<string>
  /** The token with which the user called this app. */
  userAssertionToken: string
}

/** The application of a service connection of Azure Pipelines. */
export class AzurePipelinesCredential implements TokenCredential {
  /**
   * @param systemAccessToken the pipeline's `System.AccessToken`
   * @throws {CredentialUnavailableError} if a parameter is empty, or outside a pipeline
   */
  constructor(
    tenantId: string,
    clientId: string,
    serviceConnectionId: string,
    systemAccessToken: string,
    options?: AzurePipelinesCredentialOptions,
  )
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface AzurePipelinesCredentialOptions
  extends MultiTenantTokenCredentialOptions, CredentialPersistenceOptions, AuthorityValidationOptions {}

/** The user of `az login`. */
export class AzureCliCredential implements TokenCredential {
  constructor(options?: AzureCliCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface AzureCliCredentialOptions extends MultiTenantTokenCredentialOptions {
  tenantId?: string
  /** The longest that `az` may take, in ms. Default: 30,000. */
  processTimeoutInMs?: number
  /** Name or id of the subscription that selects the login, if `az` has several accounts. */
  subscription?: string
}

/** The user of `azd auth login`. */
export class AzureDeveloperCliCredential implements TokenCredential {
  constructor(options?: AzureDeveloperCliCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface AzureDeveloperCliCredentialOptions extends MultiTenantTokenCredentialOptions {
  tenantId?: string
  /** The longest that `azd` may take, in ms. Default: 30,000. */
  processTimeoutInMs?: number
}

/** The user of `Connect-AzAccount`. */
export class AzurePowerShellCredential implements TokenCredential {
  constructor(options?: AzurePowerShellCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface AzurePowerShellCredentialOptions extends MultiTenantTokenCredentialOptions {
  tenantId?: string
  /** The longest that PowerShell may take, in ms. Default: 30,000. */
  processTimeoutInMs?: number
}

/** The user of Visual Studio Code, by the plugin `@azure/identity-vscode` of Microsoft's `@azure/identity`. */
export class VisualStudioCodeCredential implements TokenCredential {
  constructor(options?: VisualStudioCodeCredentialOptions)
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
}

export interface VisualStudioCodeCredentialOptions extends MultiTenantTokenCredentialOptions {
  tenantId?: string
}
