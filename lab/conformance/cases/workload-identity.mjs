import { C, OTHER, T, WORKLOAD } from './common.mjs'
import { aadsts, federatedRequest, granted, only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const TOKEN = { token: 'FEDERATED\n' }
const HIDDEN = 'worse: says only "Failed to retrieve a valid token"'
const FIRST = only('WorkloadIdentityCredential')
const BEFORE_BINDINGS = 'worse: has identity bindings from version 4.14 on, and before that asks Entra ID'
const TOKEN_PROXY = {
  AZURE_KUBERNETES_TOKEN_PROXY: '{authority}/proxy',
  AZURE_KUBERNETES_CA_FILE: '{certificates}/ca.pem',
  AZURE_KUBERNETES_SNI_NAME: 'login.private.example',
}

/** Once the file was rotated, and only then, the scope is Foundry's. @param {string} body */
const rotated = (body) => body.includes('ai.azure.com')

/** Section D. @type {Case[]} */
export const cases = [
  {
    id: 'D01',
    what: 'the token file is sent as an assertion, trimmed',
    env: WORKLOAD,
    files: TOKEN,
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D02',
    what: 'the file is missing: unavailable, and the message names the path',
    env: { ...WORKLOAD, ...FIRST },
    expect: { requests: [], outcome: { error: /\{files\}\/token/ } },
    peer: 'equal',
  },
  {
    id: 'D04',
    what: 'no client id: the reason is in the message',
    env: { AZURE_TENANT_ID: T, AZURE_FEDERATED_TOKEN_FILE: '{files}/token', ...FIRST },
    files: TOKEN,
    expect: { requests: [], outcome: { error: /AZURE_CLIENT_ID/ } },
    peer: HIDDEN,
  },
  {
    id: 'D05',
    what: 'the file is rewritten, the token is due: the new assertion goes out',
    env: { ...WORKLOAD, ...FIRST },
    files: TOKEN,
    clock: true,
    calls: [{}, { write: ['{files}/token', 'ROTATED'] }, { advance: 3700 }, {}],
    expect: {
      requests: [federatedRequest(), federatedRequest({ assertion: 'ROTATED' })],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'equal',
  },
  {
    id: 'D07',
    what: 'workloadIdentityClientId beats managedIdentityClientId and AZURE_CLIENT_ID',
    env: WORKLOAD,
    files: TOKEN,
    options: { workloadIdentityClientId: 'wi-client', managedIdentityClientId: 'mi-client' },
    expect: { requests: [federatedRequest({ client: 'wi-client' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D08',
    what: 'managedIdentityClientId beats AZURE_CLIENT_ID',
    env: WORKLOAD,
    files: TOKEN,
    options: { managedIdentityClientId: 'mi-client' },
    expect: { requests: [federatedRequest({ client: 'mi-client' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D09',
    what: 'tenantId as an option beats AZURE_TENANT_ID',
    env: WORKLOAD,
    files: TOKEN,
    options: { tenantId: OTHER },
    expect: { requests: [federatedRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D10',
    what: 'an empty file: the message names the path and says that it is empty',
    env: { ...WORKLOAD, ...FIRST },
    files: { token: ' \n' },
    expect: { requests: [], outcome: { error: [/\{files\}\/token/, /No content|empty/i] } },
    peer: 'equal',
  },
  {
    id: 'D11',
    what: 'AZURE_AUTHORITY_HOST of the AKS webhook, with its trailing slash',
    env: { ...WORKLOAD, AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/' },
    files: TOKEN,
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D12',
    what: "the subject does not match: AADSTS700213 is in the message, and the node's IMDS is not asked",
    env: { ...WORKLOAD, ...only('prod') },
    files: TOKEN,
    imds: 'absent',
    authority: aadsts(
      700213,
      'No matching federated identity record found for presented assertion subject.',
      {
        status: 401,
        error: 'invalid_client',
      },
    ),
    expect: { requests: [federatedRequest()], outcome: { error: /AADSTS700213/, code: 'ENTRA_ID_REJECTED' } },
    peer: 'worse: sends the refused assertion a second time, as ManagedIdentityCredential',
  },
  {
    id: 'D13',
    what: 'the file is rotated within five minutes and the old assertion is refused: the new one is sent',
    env: { ...WORKLOAD, ...FIRST },
    files: TOKEN,
    authority: ({ body }) =>
      body.includes('ROTATED') || !rotated(body)
        ? granted({ expires_in: 3599 })
        : aadsts(700024, 'Client assertion is not within its valid time range.', {
            status: 401,
            error: 'invalid_client',
          }),
    calls: [{}, { write: ['{files}/token', 'ROTATED'] }, { scopes: 'https://ai.azure.com/.default' }],
    expect: { outcome: [{ token: 'token-1' }, { token: 'token-2' }] },
    peer: 'worse: sends the old assertion for five minutes',
  },
  {
    id: 'D14',
    what: 'a tenant in the call that is allowed',
    env: { ...WORKLOAD },
    files: TOKEN,
    options: { additionallyAllowedTenants: ['*'] },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [federatedRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D15',
    what: 'no tenant: the reason names the variable',
    env: { AZURE_CLIENT_ID: C, AZURE_FEDERATED_TOKEN_FILE: '{files}/token', ...FIRST },
    files: TOKEN,
    expect: { requests: [], outcome: { error: /AZURE_TENANT_ID/ } },
    peer: HIDDEN,
  },
  {
    id: 'D16',
    what: 'two calls: one exchange',
    env: { ...WORKLOAD, ...FIRST },
    files: TOKEN,
    calls: [{}, {}],
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D17',
    what: 'only ManagedIdentityCredential, with the three variables: a pod never gets the identity of its node',
    env: { ...WORKLOAD, ...only('ManagedIdentityCredential') },
    files: TOKEN,
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D18',
    what: 'workload identity in a sovereign cloud',
    env: { ...WORKLOAD, AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' },
    files: TOKEN,
    expect: {
      requests: [federatedRequest({ host: 'https://login.microsoftonline.us' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'D19',
    what: 'a token file of Windows line ends and blanks around it',
    env: WORKLOAD,
    files: { token: '  FEDERATED\r\n\r\n' },
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D20',
    what: 'an empty AZURE_FEDERATED_TOKEN_FILE counts as unset',
    env: { AZURE_TENANT_ID: T, AZURE_CLIENT_ID: C, AZURE_FEDERATED_TOKEN_FILE: '', ...FIRST },
    expect: { requests: [], outcome: { error: /AZURE_FEDERATED_TOKEN_FILE/ } },
    peer: HIDDEN,
  },
  {
    id: 'D41',
    what: 'a token file with a byte order mark: sent without it',
    env: { ...WORKLOAD, ...FIRST },
    files: { token: '\u{FEFF}FEDERATED\n' },
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D42',
    what: 'AZURE_TENANT_ID=common: refused before any request',
    env: { ...WORKLOAD, ...FIRST, AZURE_TENANT_ID: 'common' },
    files: TOKEN,
    expect: { requests: [], outcome: { error: /tenant/i, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'equal',
  },
  {
    id: 'D43',
    what: '429 without Retry-After: waits and asks again',
    env: { ...WORKLOAD, ...FIRST },
    files: TOKEN,
    authority: [{ status: 429, body: '{}' }, undefined],
    expect: {
      requests: [federatedRequest(), federatedRequest()],
      outcome: { token: 'token-1' },
      minMs: 500,
      maxMs: 4000,
    },
    peer: 'worse: gives up at once',
  },
  {
    id: 'D50',
    what: 'AKS identity bindings: enableAzureProxy sends the assertion to the token proxy, by its CA and SNI name',
    env: { ...WORKLOAD, ...TOKEN_PROXY },
    files: TOKEN,
    options: { enableAzureProxy: true },
    baselineClass: 'WorkloadIdentityCredential',
    expect: {
      requests: [federatedRequest({ host: 'https://authority/proxy' })],
      outcome: { token: 'token-1' },
    },
    peer: BEFORE_BINDINGS,
  },
  {
    id: 'D51',
    what: 'AKS identity bindings without the opt-in: Entra ID is asked',
    env: { ...WORKLOAD, ...TOKEN_PROXY },
    files: TOKEN,
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'D52',
    what: 'AKS identity bindings in the default chain, by variable',
    env: { ...WORKLOAD, ...TOKEN_PROXY, AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true' },
    files: TOKEN,
    expect: {
      requests: [federatedRequest({ host: 'https://authority/proxy' })],
      outcome: { token: 'token-1' },
    },
    peer: 'worse: its default chain asks Entra ID',
  },
  {
    id: 'D53',
    what: 'AKS identity bindings: a CA file and CA data are refused',
    env: { ...WORKLOAD, ...FIRST, ...TOKEN_PROXY, AZURE_KUBERNETES_CA_DATA: 'x' },
    files: TOKEN,
    options: { enableAzureProxy: true },
    baselineClass: 'WorkloadIdentityCredential',
    expect: { requests: [], outcome: { error: /AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA/ } },
    peer: BEFORE_BINDINGS,
  },
]
