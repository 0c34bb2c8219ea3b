import { APP_SERVICE, AZ_TOKEN, SCOPE, SERVICE_PRINCIPAL, T, C, WORKLOAD } from './common.mjs'
import { aadsts, appServiceRequest, azCall, federatedRequest, only, secretRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const NAMES =
  'Environment WorkloadIdentity ManagedIdentity VisualStudioCode AzureCli AzurePowerShell AzureDeveloperCli Broker'
/** @param {string} names */
const named = (names) => new RegExp(names.split(' ').join('[\\s\\S]*'))
const AZ = { az: { stdout: AZ_TOKEN } }
const HIDDEN = 'worse: says only "Failed to retrieve a valid token"'

/** Sections A and B of the table, and what is near them. @type {Case[]} */
export const cases = [
  {
    id: 'A01',
    what: 'nothing set: every credential is tried in order and named with its reason',
    imds: 'absent',
    expect: { requests: [], spawned: [], outcome: { error: named(NAMES), code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: 'worse: the reasons of WorkloadIdentity and Broker never appear',
  },
  {
    id: 'A02',
    what: 'AZURE_TOKEN_CREDENTIALS=prod: no developer tool is asked',
    env: only('prod'),
    imds: 'absent',
    tools: { ...AZ, azd: { stdout: '{}' } },
    expect: {
      requests: [],
      spawned: [],
      outcome: {
        error:
          /^(?![\s\S]*(?:Azure ?CLI|PowerShell))[\s\S]*EnvironmentCredential[\s\S]*(?:IMDS|ManagedIdentity)/,
      },
    },
    peer: 'equal',
  },
  {
    id: 'A03',
    what: 'AZURE_TOKEN_CREDENTIALS=dev: no request leaves the process',
    env: { ...only('dev'), ...APP_SERVICE },
    expect: {
      requests: [],
      spawned: [],
      outcome: {
        error:
          /^(?![\s\S]*(?:EnvironmentCredential|ManagedIdentityCredential))[\s\S]*Visual ?Studio ?Code[\s\S]*Azure ?CLI[\s\S]*PowerShell[\s\S]*Developer ?CLI/i,
      },
    },
    peer: 'equal',
  },
  {
    id: 'A04',
    what: 'its value is trimmed and taken in any case',
    env: { ...SERVICE_PRINCIPAL, ...only(' environmentCREDENTIAL ') },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A06',
    what: 'a value that names nothing: the constructor throws and lists what is valid',
    env: only('nonsense'),
    expect: {
      requests: [],
      outcome: {
        thrown: true,
        error: [
          /nonsense/,
          /prod/,
          /dev/,
          ...NAMES.split(' ')
            .slice(0, 7)
            .map((name) => new RegExp(`${name}Credential`)),
        ],
        code: 'ENTRA_ID_CONFIGURATION',
      },
    },
    peer: 'equal',
  },
  {
    id: 'A07',
    what: 'requiredEnvVars: the constructor throws and names only the missing one',
    env: { AZURE_CLIENT_ID: C },
    options: { requiredEnvVars: ['AZURE_CLIENT_ID', 'NOPE'] },
    expect: {
      outcome: {
        thrown: true,
        error: /Required environment variable 'NOPE' for DefaultAzureCredential is not set or empty/,
      },
    },
    peer: 'equal',
  },
  {
    id: 'A09',
    what: 'only WorkloadIdentityCredential, nothing set: the reason names the variables',
    env: only('WorkloadIdentityCredential'),
    expect: { requests: [], outcome: { error: /AZURE_FEDERATED_TOKEN_FILE/, code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: HIDDEN,
  },
  {
    id: 'A10',
    what: 'requiredEnvVars: two that are missing are both named',
    options: { requiredEnvVars: ['NOPE', 'NEITHER'] },
    expect: {
      outcome: { thrown: true, error: /environment variables 'NOPE, NEITHER' .* are not set or empty/ },
    },
    peer: 'equal',
  },
  {
    id: 'A11',
    what: 'requiredEnvVars as one string, and set: the chain goes its way',
    env: SERVICE_PRINCIPAL,
    options: { requiredEnvVars: 'AZURE_CLIENT_ID' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A12',
    what: 'requiredEnvVars: an empty variable counts as missing',
    env: { NOPE: '' },
    options: { requiredEnvVars: 'NOPE' },
    expect: { outcome: { thrown: true, error: /variable 'NOPE' .* is not set or empty/ } },
    peer: 'equal',
  },
  {
    id: 'A13',
    what: 'AZURE_TOKEN_CREDENTIALS empty: the whole chain',
    env: { ...APP_SERVICE, AZURE_TOKEN_CREDENTIALS: '' },
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A14',
    what: 'only ManagedIdentityCredential: a service principal beside it is not used',
    env: { ...SERVICE_PRINCIPAL, ...APP_SERVICE, ...only('ManagedIdentityCredential') },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A15',
    what: 'only AzureCliCredential: an App Service beside it is not asked',
    env: { ...APP_SERVICE, ...only('AzureCliCredential') },
    tools: AZ,
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'A16',
    what: 'only EnvironmentCredential, nothing set: unavailable at once, and nothing else is tried',
    env: only('EnvironmentCredential'),
    tools: AZ,
    expect: {
      requests: [],
      spawned: [],
      outcome: { error: /EnvironmentCredential/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
    peer: 'equal',
  },
  {
    id: 'A17',
    what: 'only VisualStudioCodeCredential, without its plugin: the reason says what to install',
    env: only('VisualStudioCodeCredential'),
    expect: { requests: [], outcome: { error: /identity-vscode/ } },
    peer: 'equal',
  },
  {
    id: 'A18',
    what: 'a group of blanks: as if AZURE_TOKEN_CREDENTIALS were not set',
    env: { ...APP_SERVICE, AZURE_TOKEN_CREDENTIALS: '  ' },
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A19',
    what: 'only BrokerCredential: it is part of the chain',
    env: only('BrokerCredential'),
    tools: AZ,
    expect: {
      requests: [],
      spawned: [],
      outcome: { thrown: false, error: /identity-broker|Broker/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
    peer: 'worse: the constructor throws: it does not know the last of its own credentials',
  },
  {
    id: 'A20',
    what: 'AZURE_TOKEN_CREDENTIALS=PROD beside a login: no developer tool is asked',
    env: { ...only('PROD'), ...APP_SERVICE },
    host: { status: 400, body: { statusCode: 400, message: 'Identity not found' } },
    tools: AZ,
    expect: { requests: [appServiceRequest()], spawned: [], outcome: { error: /Identity not found|400/ } },
    peer: 'equal',
  },
  {
    id: 'B01',
    what: 'wrong client secret: fails at once with the AADSTS text; no other credential is asked',
    env: { ...SERVICE_PRINCIPAL, ...APP_SERVICE },
    authority: aadsts(7000215, 'Invalid client secret provided.', { status: 401, error: 'invalid_client' }),
    tools: AZ,
    expect: {
      requests: [secretRequest()],
      spawned: [],
      outcome: { error: [/AADSTS7000215: Invalid client secret/], code: 'ENTRA_ID_REJECTED' },
    },
    peer: 'equal',
  },
  {
    id: 'B02',
    what: 'no variables for the environment: the managed identity serves',
    env: APP_SERVICE,
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B04',
    what: 'managed identity not found (400): the next credential is asked',
    env: APP_SERVICE,
    host: { status: 400, body: { statusCode: 400, message: 'Identity not found' } },
    tools: AZ,
    expect: { requests: [appServiceRequest()], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'B05',
    what: 'az fails with an unknown message: the next tool is asked',
    env: only('dev'),
    tools: {
      az: { stderr: 'ERROR: the sky fell', exit: 1 },
      azd: { stdout: '{"token":"azd-token","expiresOn":"2030-01-01T00:00:00Z"}' },
    },
    expect: {
      requests: [],
      spawned: [azCall(), `azd auth token --output json --no-prompt --scope ${SCOPE} [/bin]`],
      outcome: { token: 'azd-token' },
    },
    peer: 'equal',
  },
  {
    id: 'B07',
    what: 'one unavailable, one refused, a third that serves, a fourth that is not asked',
    env: {
      AZURE_CLIENT_ID: C,
      AZURE_FEDERATED_TOKEN_FILE: '{files}/token',
    },
    options: { tenantId: T },
    files: { token: 'FEDERATED' },
    authority: aadsts(700213, 'No matching federated identity record found.', {
      status: 401,
      error: 'invalid_client',
    }),
    imds: 'absent',
    tools: { ...AZ, pwsh: { stdout: '{}' }, azd: { stdout: '{}' } },
    expect: {
      requests: [federatedRequest()],
      spawned: [azCall(`--tenant ${T}`)],
      outcome: { token: 'az-token' },
    },
    peer: 'equal',
  },
  {
    id: 'B07a',
    what: 'two unavailable, a third that serves, a fourth that is not asked',
    env: { AZURE_TENANT_ID: T, ...APP_SERVICE },
    tools: AZ,
    expect: { requests: [appServiceRequest()], spawned: [], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B08',
    what: 'tenant and client id without a secret: the environment is unavailable, not failed',
    env: { AZURE_TENANT_ID: T, AZURE_CLIENT_ID: C, ...APP_SERVICE },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B09',
    what: 'workload identity refused: the tools are asked; the exchange is not repeated and IMDS is left alone',
    env: WORKLOAD,
    files: { token: 'FEDERATED' },
    authority: aadsts(700213, 'No matching federated identity record found.', {
      status: 401,
      error: 'invalid_client',
    }),
    tools: AZ,
    expect: { requests: [federatedRequest()], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'worse: sends the refused assertion a second time, as ManagedIdentityCredential',
  },
  {
    id: 'B10',
    what: 'service principal before workload identity',
    env: { ...SERVICE_PRINCIPAL, ...WORKLOAD },
    files: { token: 'FEDERATED' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B11',
    what: 'workload identity before App Service',
    env: { ...WORKLOAD, ...APP_SERVICE },
    files: { token: 'FEDERATED' },
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B12',
    what: 'the authority sends HTML (a captive portal): fails and says that the answer is not a token',
    env: SERVICE_PRINCIPAL,
    authority: {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Sign in to the network</html>',
    },
    expect: {
      requests: [secretRequest()],
      outcome: { error: /HTML|not JSON|not a token|proxy/i, code: 'ENTRA_ID_NETWORK' },
    },
    peer: 'worse: 4.13 says a bare network_error, without what answered',
  },
  {
    id: 'B13',
    what: 'an empty client secret counts as unset: App Service serves',
    env: { ...SERVICE_PRINCIPAL, AZURE_CLIENT_SECRET: '', ...APP_SERVICE },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'B14',
    what: 'a tenant id with a character that no tenant has: refused before any request',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: '../evil', ...only('EnvironmentCredential') },
    expect: { requests: [], outcome: { error: /tenant/i } },
    peer: HIDDEN,
  },
  {
    id: 'B15',
    what: 'after App Service fails for good, a second call asks App Service again',
    env: { ...APP_SERVICE, ...only('prod') },
    host: [{ status: 400, body: { statusCode: 400, message: 'Identity not found' } }, undefined],
    calls: [{}, { sleep: 1200 }, {}],
    expect: {
      requests: [appServiceRequest(), appServiceRequest()],
      outcome: [{ error: /Identity not found|400/ }, { token: 'token-1' }],
    },
    peer: 'equal',
  },
  {
    id: 'B16',
    what: 'a request without a scope is refused and nothing is sent',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: [] }],
    expect: { requests: [], outcome: { error: /scope/i } },
    peer: 'equal',
  },
]
