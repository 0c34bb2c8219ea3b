import { AZ_TOKEN, C, OTHER, PUBLIC, SERVICE_PRINCIPAL, T, WORKLOAD } from './common.mjs'
import { aadsts, azCall, federatedRequest, identityGrant, only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Expectation} Expectation */
/** @typedef {import('./common.mjs').Setting} Setting */

const FILE = { token: 'FEDERATED' }
const ALONE = { ...WORKLOAD, ...only('ManagedIdentityCredential') }
const REFUSED = aadsts(700213, 'No matching federated identity record found.', {
  status: 401,
  error: 'invalid_client',
})
const AZ = { az: { stdout: AZ_TOKEN } }
/**
 * @param {string} id
 * @param {string} what
 * @param {Setting & { expect: Expectation, peer?: string }} setting
 * @returns {Case}
 */
const pod = (id, what, { env = ALONE, expect, peer = 'equal', ...more }) => ({
  id,
  what,
  env,
  files: FILE,
  expect,
  peer,
  ...more,
})

/** Section D: pods, whose node has an identity too. @type {Case[]} */
export const cases = [
  pod('D21', 'a region for the exchange', {
    env: { ...WORKLOAD, AZURE_REGIONAL_AUTHORITY_NAME: 'westeurope' },
    expect: {
      requests: [
        /^POST https:\/\/westeurope\.login\.microsoft\.com\/T\/oauth2\/v2\.0\/token\/? \| client_assertion=FEDERATED&/,
      ],
      outcome: { token: 'token-1' },
    },
  }),
  pod('D22', 'claims go with the exchange', {
    env: WORKLOAD,
    calls: [{ options: { claims: '{"access_token":{"nbf":{"essential":true}}}' } }],
    expect: {
      requests: [/ \| claims=\{"access_token":\{"nbf".*&client_assertion=FEDERATED&/],
      outcome: { token: 'token-1' },
    },
  }),
  pod('D23', 'Entra answers 503 once: the exchange is made again', {
    env: WORKLOAD,
    authority: [{ status: 503, body: 'Service Unavailable' }, undefined],
    expect: {
      requests: [federatedRequest(), federatedRequest()],
      outcome: { token: 'token-1' },
      maxMs: 4000,
    },
  }),
  pod('D24', 'the token file is a folder: the message names it', {
    env: { ...WORKLOAD, ...only('WorkloadIdentityCredential') },
    files: { token: { folder: true } },
    expect: { requests: [], outcome: { error: /\{files\}\/token/, code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: 'worse: says only that a folder was read',
  }),
  pod('D25', 'tenantId as an option, without the variable', {
    env: { AZURE_CLIENT_ID: C, AZURE_FEDERATED_TOKEN_FILE: '{files}/token' },
    options: { tenantId: OTHER },
    expect: { requests: [federatedRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
  }),
  pod('D26', 'only ManagedIdentityCredential, and refused: the node is not asked', {
    authority: REFUSED,
    imds: identityGrant(),
    expect: { requests: [federatedRequest()], outcome: { error: /AADSTS700213/, code: 'ENTRA_ID_REJECTED' } },
  }),
  pod('D27', 'only ManagedIdentityCredential: honours workloadIdentityClientId', {
    options: { workloadIdentityClientId: 'wi-client' },
    expect: { requests: [federatedRequest({ client: 'wi-client' })], outcome: { token: 'token-1' } },
    peer: 'worse: 4.13 drops the options: another identity answers',
  }),
  pod('D28', 'only ManagedIdentityCredential: ignores a tenant of the call', {
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
  }),
  pod('D29', 'only ManagedIdentityCredential: accepts one scope', {
    calls: [{ scopes: ['https://a.example/.default', 'https://b.example/.default'] }],
    expect: { requests: [], outcome: { error: /Multiple scopes are not supported/ } },
  }),
  pod(
    'D30',
    'only ManagedIdentityCredential, without the file: the message names it, the node is not asked',
    {
      files: {},
      imds: identityGrant(),
      expect: { requests: [], outcome: { error: /\{files\}\/token/, code: 'ENTRA_ID_UNAVAILABLE' } },
    },
  ),
  pod('D31', 'only ManagedIdentityCredential, in a sovereign cloud', {
    env: { ...ALONE, AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' },
    expect: {
      requests: [federatedRequest({ host: 'https://login.microsoftonline.us' })],
      outcome: { token: 'token-1' },
    },
  }),
  pod('D32', 'only ManagedIdentityCredential: claims are honoured', {
    calls: [{}, { options: { claims: '{"access_token":{}}' } }],
    expect: { requests: 2, outcome: [{ token: 'token-1' }, { token: 'token-2' }] },
  }),
  pod('D33', 'the whole chain without the file: the node is not asked, az is', {
    env: WORKLOAD,
    files: {},
    imds: identityGrant(),
    tools: AZ,
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
  }),
  pod('D34', 'tenantId as an option and refused: the node is not asked', {
    env: { AZURE_CLIENT_ID: C, AZURE_FEDERATED_TOKEN_FILE: '{files}/token' },
    options: { tenantId: OTHER },
    authority: REFUSED,
    imds: identityGrant(),
    tools: AZ,
    expect: {
      requests: [federatedRequest({ tenant: 'OTHER' })],
      spawned: [azCall(`--tenant ${OTHER}`)],
      outcome: { token: 'az-token' },
    },
    peer: "worse: takes the node's identity from IMDS",
  }),
  pod('D35', 'only WorkloadIdentityCredential, beside a client secret', {
    env: { ...SERVICE_PRINCIPAL, ...WORKLOAD, ...only('WorkloadIdentityCredential') },
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
  }),
  pod('D36', 'a tenant of the call that is not allowed', {
    env: { ...WORKLOAD, ...only('WorkloadIdentityCredential') },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [], outcome: { error: /AdditionallyAllowedTenants/i } },
  }),
  pod('D37', 'tenantId as an option that is no tenant', {
    env: { ...WORKLOAD, ...only('WorkloadIdentityCredential') },
    options: { tenantId: 'a/b' },
    expect: { requests: [], outcome: { error: /tenantId/, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: says only "Failed to retrieve a valid token"',
  }),
  pod('D38', 'ten calls at once: one exchange', {
    env: WORKLOAD,
    authority: { delayMs: 150, body: { token_type: 'Bearer', access_token: '{token}', expires_in: 3599 } },
    calls: [{ times: 10 }],
    expect: { requests: [federatedRequest()], outcome: { distinct: 1, failures: 0 } },
    peer: 'worse: ten exchanges',
  }),
  pod('D39', `the exchange is refused because of its tenant, ${PUBLIC}'s AADSTS90002`, {
    env: { ...WORKLOAD, AZURE_TENANT_ID: T, ...only('WorkloadIdentityCredential') },
    authority: aadsts(90002, 'Tenant not found.'),
    expect: { requests: [federatedRequest()], outcome: { error: /AADSTS90002/, code: 'ENTRA_ID_REJECTED' } },
  }),
  pod('D40', 'only ManagedIdentityCredential: uses AZURE_TENANT_ID, whatever tenantId says', {
    options: { tenantId: OTHER },
    expect: { requests: [federatedRequest()], outcome: { token: 'token-1' } },
  }),
]
