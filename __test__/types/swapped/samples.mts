// What documentation and public code write with `@azure/identity`.

import * as identity from '@azure/identity'
import {
  AggregateAuthenticationError,
  AuthenticationError,
  AuthenticationRequiredError,
  AuthorizationCodeCredential,
  AzureAuthorityHosts,
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePipelinesCredential,
  AzurePowerShellCredential,
  ChainedTokenCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  CredentialUnavailableError,
  CredentialUnavailableErrorName,
  DefaultAzureCredential,
  DeviceCodeCredential,
  EnvironmentCredential,
  InteractiveBrowserCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  UsernamePasswordCredential,
  VisualStudioCodeCredential,
  WorkloadIdentityCredential,
  deserializeAuthenticationRecord,
  getBearerTokenProvider,
  getDefaultAzureCredential,
  logger,
  serializeAuthenticationRecord,
  useIdentityPlugin,
} from '@azure/identity'
import type {
  AccessToken,
  AuthenticationRecord,
  ClientCertificateCredentialPEMConfiguration,
  ClientSecretCredentialOptions,
  DefaultAzureCredentialClientIdOptions,
  DefaultAzureCredentialOptions,
  DeviceCodeInfo,
  ErrorResponse,
  GetBearerTokenProviderOptions,
  GetTokenOptions,
  IdentityPlugin,
  ManagedIdentityCredentialResourceIdOptions,
  OnBehalfOfCredentialOptions,
  TokenCredential,
  TokenCredentialOptions,
} from '@azure/identity'
import { bearerTokenAuthenticationPolicy } from '@azure/core-rest-pipeline'
import type * as coreAuth from '@azure/core-auth'

const { AZURE_TENANT_ID = '', AZURE_CLIENT_ID = '', AZURE_CLIENT_SECRET = '' } = process.env
const scope = 'https://vault.azure.net/.default'

// What every client of Azure takes.
const takes = (credential: coreAuth.TokenCredential) =>
  bearerTokenAuthenticationPolicy({ credential, scopes: scope })

const clientIdOptions: DefaultAzureCredentialClientIdOptions = { managedIdentityClientId: AZURE_CLIENT_ID }
const resourceIdOptions: ManagedIdentityCredentialResourceIdOptions = { resourceId: '/subscriptions/…' }
const secretOptions: ClientSecretCredentialOptions = {
  authorityHost: AzureAuthorityHosts.AzurePublicCloud,
  additionallyAllowedTenants: ['*'],
  retryOptions: { maxRetries: 3 },
  loggingOptions: { allowLoggingAccountIdentifiers: true },
}
const pem: ClientCertificateCredentialPEMConfiguration = {
  certificate: '-----BEGIN …',
  certificatePassword: '',
}
const onBehalfOf: OnBehalfOfCredentialOptions = {
  tenantId: AZURE_TENANT_ID,
  clientId: AZURE_CLIENT_ID,
  clientSecret: AZURE_CLIENT_SECRET,
  userAssertionToken: 'assertion',
}
const managed = new ManagedIdentityCredential({ clientId: AZURE_CLIENT_ID })
const assertion = async (): Promise<string> =>
  (await managed.getToken('api://AzureADTokenExchange/.default')).token

const all = [
  new DefaultAzureCredential(),
  new DefaultAzureCredential(clientIdOptions),
  new DefaultAzureCredential({ managedIdentityResourceId: '/subscriptions/…' }),
  new DefaultAzureCredential({ requiredEnvVars: ['AZURE_TENANT_ID'], processTimeoutInMs: 1000 }),
  getDefaultAzureCredential(),
  new ManagedIdentityCredential(),
  new ManagedIdentityCredential(AZURE_CLIENT_ID),
  new ManagedIdentityCredential(AZURE_CLIENT_ID, {}),
  new ManagedIdentityCredential(resourceIdOptions),
  new ManagedIdentityCredential({ objectId: AZURE_CLIENT_ID }),
  new WorkloadIdentityCredential(),
  new WorkloadIdentityCredential({
    tenantId: AZURE_TENANT_ID,
    clientId: AZURE_CLIENT_ID,
    tokenFilePath: '/t',
  }),
  new EnvironmentCredential({ authorityHost: AzureAuthorityHosts.AzureGovernment }),
  new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET),
  new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, secretOptions),
  new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, '/cert.pem'),
  new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, pem, { sendCertificateChain: true }),
  new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, { certificatePath: '/cert.pem' }),
  new ClientAssertionCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, assertion),
  new OnBehalfOfCredential(onBehalfOf),
  new OnBehalfOfCredential({
    tenantId: AZURE_TENANT_ID,
    clientId: AZURE_CLIENT_ID,
    getAssertion: assertion,
    userAssertionToken: 'assertion',
  }),
  new AzurePipelinesCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, 'connection', 'system-token'),
  new AzureCliCredential({ tenantId: AZURE_TENANT_ID, subscription: 'name' }),
  new AzureDeveloperCliCredential(),
  new AzurePowerShellCredential({ processTimeoutInMs: 1000 }),
  new VisualStudioCodeCredential(),
  new InteractiveBrowserCredential({ redirectUri: 'http://localhost:1337' }),
  new DeviceCodeCredential({ userPromptCallback: ({ message }: DeviceCodeInfo) => console.log(message) }),
  new UsernamePasswordCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, 'user', 'password'),
  new AuthorizationCodeCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, 'code', 'http://localhost'),
] as const
all.map(takes)

// A credential of the app, in a chain with ours.
class Own implements TokenCredential {
  async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
    if (options?.tenantId) throw new CredentialUnavailableError(`not for ${options.tenantId}`)
    return { token: String(scopes), expiresOnTimestamp: Date.now() + 3_600_000 }
  }
}
class Extended extends ClientSecretCredential {
  override async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    return super.getToken(scopes, options)
  }
}
const chain = new ChainedTokenCredential(
  new Own(),
  new Extended(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET),
  ...all.slice(0, 2),
)
const isChain: boolean = new DefaultAzureCredential() instanceof ChainedTokenCredential
const defaults: DefaultAzureCredentialOptions & TokenCredentialOptions = {}

const providerOptions: GetBearerTokenProviderOptions = { abortSignal: new AbortController().signal }
const azureADTokenProvider: () => Promise<string> = getBearerTokenProvider(chain, scope, providerOptions)

try {
  const { token, expiresOnTimestamp, refreshAfterTimestamp } = await chain.getToken([scope], {
    abortSignal: new AbortController().signal,
    enableCae: true,
    claims: '{}',
    tenantId: AZURE_TENANT_ID,
    requestOptions: { timeout: 1000 },
    tracingOptions: {},
  })
  console.log(
    token,
    expiresOnTimestamp,
    refreshAfterTimestamp,
    await azureADTokenProvider(),
    isChain,
    defaults,
  )
} catch (error) {
  if (error instanceof AggregateAuthenticationError) console.error(error.errors)
  else if (error instanceof AuthenticationError) {
    const response: ErrorResponse = error.errorResponse
    console.error(error.statusCode, response.errorDescription)
  } else if (error instanceof AuthenticationRequiredError) console.error(error.scopes)
  else if (error instanceof Error && error.name === CredentialUnavailableErrorName) console.error(error)
}

const record: AuthenticationRecord = deserializeAuthenticationRecord('{}')
const plugin: IdentityPlugin = (context) => console.log(context, serializeAuthenticationRecord(record))
useIdentityPlugin(plugin)
logger.info('%s', Object.keys(identity).length)
