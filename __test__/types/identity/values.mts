// The names of @azure/identity that are no credentials of ours, as code for it uses them.

import {
  AuthorizationCodeCredential,
  AzureAuthorityHosts,
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  UsernamePasswordCredential,
  deserializeAuthenticationRecord,
  getAzureOpenAIToken,
  getDefaultAzureCredential,
  logger,
  serializeAuthenticationRecord,
  useIdentityPlugin,
} from 'azure-openai-entra'
import type {
  AdditionalPolicyConfig,
  AuthenticationRecord,
  AuthorityValidationOptions,
  AuthorizationCodeCredentialOptions,
  AzureDebugger,
  AzureLogger,
  BearerTokenProviderArgs,
  BrokerAuthOptions,
  BrokerDisabledOptions,
  BrokerEnabledOptions,
  BrokerOptions,
  BrowserCustomizationOptions,
  BrowserLoginStyle,
  CredentialPersistenceOptions,
  DefaultAzureCredentialClientIdOptions,
  DefaultAzureCredentialEnvVars,
  DefaultAzureCredentialOptions,
  DefaultAzureCredentialResourceIdOptions,
  DeviceCodeCredentialOptions,
  DeviceCodeInfo,
  DeviceCodePromptCallback,
  IdentityPlugin,
  InteractiveBrowserCredentialInBrowserOptions,
  InteractiveBrowserCredentialNodeOptions,
  InteractiveCredentialOptions,
  MultiTenantTokenCredentialOptions,
  TokenCachePersistenceOptions,
  TokenCredential,
  TokenCredentialOptions,
  UsernamePasswordCredentialOptions,
} from 'azure-openai-entra'
import { createDefaultHttpClient } from '@azure/core-rest-pipeline'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import type * as coreAuth from '@azure/core-auth'
import type * as theirs from '@azure/identity'

const bearer: PipelinePolicy = { name: 'bearer', sendRequest: (request, next) => next(request) }

/** That a value of ours fits a parameter of theirs, and the other way about. */
type Same<Ours extends Theirs, Theirs> = [Ours, Theirs]
type Options = [
  Same<theirs.TokenCredentialOptions, TokenCredentialOptions>,
  Same<theirs.MultiTenantTokenCredentialOptions, MultiTenantTokenCredentialOptions>,
  Same<theirs.AuthorityValidationOptions, AuthorityValidationOptions>,
  Same<theirs.CredentialPersistenceOptions, CredentialPersistenceOptions>,
  Same<theirs.TokenCachePersistenceOptions, TokenCachePersistenceOptions>,
  Same<theirs.DefaultAzureCredentialOptions, DefaultAzureCredentialOptions>,
  Same<theirs.DefaultAzureCredentialClientIdOptions, DefaultAzureCredentialClientIdOptions>,
  Same<theirs.DefaultAzureCredentialResourceIdOptions, DefaultAzureCredentialResourceIdOptions>,
  Same<DefaultAzureCredentialEnvVars, theirs.DefaultAzureCredentialEnvVars>,
  Same<theirs.InteractiveCredentialOptions, InteractiveCredentialOptions>,
  Same<theirs.InteractiveBrowserCredentialNodeOptions, InteractiveBrowserCredentialNodeOptions>,
  Same<theirs.InteractiveBrowserCredentialInBrowserOptions, InteractiveBrowserCredentialInBrowserOptions>,
  Same<theirs.BrowserLoginStyle, BrowserLoginStyle>,
  Same<theirs.BrowserCustomizationOptions, BrowserCustomizationOptions>,
  Same<theirs.BrokerAuthOptions, BrokerAuthOptions>,
  Same<theirs.BrokerOptions, BrokerOptions>,
  Same<theirs.BrokerEnabledOptions, BrokerEnabledOptions>,
  Same<theirs.BrokerDisabledOptions, BrokerDisabledOptions>,
  Same<theirs.DeviceCodeCredentialOptions, DeviceCodeCredentialOptions>,
  Same<DeviceCodeInfo, theirs.DeviceCodeInfo>,
  Same<theirs.DeviceCodePromptCallback, DeviceCodePromptCallback>,
  Same<theirs.AuthorizationCodeCredentialOptions, AuthorizationCodeCredentialOptions>,
  Same<theirs.UsernamePasswordCredentialOptions, UsernamePasswordCredentialOptions>,
  Same<AuthenticationRecord, theirs.AuthenticationRecord>,
  Same<IdentityPlugin, theirs.IdentityPlugin>,
  Same<AzureLogger, typeof theirs.logger>,
]
export type { Options }

// The options of the network, with what @azure/core-rest-pipeline makes.
const policies: AdditionalPolicyConfig[] = [{ policy: bearer, position: 'perRetry' }]
const network: TokenCredentialOptions = {
  httpClient: createDefaultHttpClient(),
  additionalPolicies: policies,
  proxyOptions: { host: 'http://proxy.example', port: 3128, username: 'user', password: 'word' },
  tlsOptions: { ca: Buffer.from('pem') },
  retryOptions: { maxRetries: 1 },
  userAgentOptions: { userAgentPrefix: 'app' },
  loggingOptions: { allowLoggingAccountIdentifiers: true },
}
void network

const chosen: AzureAuthorityHosts = AzureAuthorityHosts.AzureGovernment
const browser: InteractiveBrowserCredentialNodeOptions = {
  tenantId: 'tenant',
  authorityHost: chosen,
  redirectUri: 'http://localhost',
  browserCustomizationOptions: { successMessage: 'done' },
  tokenCachePersistenceOptions: { enabled: true },
}
class Extended extends InteractiveBrowserCredential {}
const credentials: coreAuth.TokenCredential[] = [
  new InteractiveBrowserCredential(browser),
  new Extended({}),
  new DeviceCodeCredential({ userPromptCallback: ({ message }) => console.log(message) }),
  new DeviceCodeCredential(),
  new UsernamePasswordCredential('tenant', 'client', 'user', 'password', {
    additionallyAllowedTenants: ['*'],
  }),
  new AuthorizationCodeCredential('tenant', 'client', 'secret', 'code', 'http://localhost'),
  new AuthorizationCodeCredential('tenant', 'client', 'code', 'http://localhost', {}),
  getDefaultAzureCredential(),
]
const ours: TokenCredential[] = credentials
const record: AuthenticationRecord | undefined = await new DeviceCodeCredential().authenticate('scope')
if (record) deserializeAuthenticationRecord(serializeAuthenticationRecord(record)).username satisfies string
useIdentityPlugin((context: unknown) => console.log(context, ours.length))
const debug: AzureDebugger = logger.info
debug('text')

// @github/copilot-sdk's `bearerTokenProvider`.
const provider: (args: BearerTokenProviderArgs) => Promise<string> = getAzureOpenAIToken
void provider

// @ts-expect-error
new UsernamePasswordCredential('tenant')
// @ts-expect-error
void getAzureOpenAIToken({ scpe: 'scope' })
