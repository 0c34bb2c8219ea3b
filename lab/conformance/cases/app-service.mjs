import { APP_SERVICE, AZ_TOKEN, C, OTHER, R, SCOPE } from './common.mjs'
import { appServiceRequest, azCall, identityGrant, only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Outcome} Outcome */

const ALONE = { ...APP_SERVICE, ...only('ManagedIdentityCredential') }
const RESOURCE_ID =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i'
const AT_2030 = 1893456000

/**
 * @param {string} id
 * @param {string} what
 * @param {Record<string, unknown>} fields
 * @param {Outcome['expiry']} expires
 * @param {string} [peer]
 * @returns {Case}
 */
const expiry = (id, what, fields, expires, peer = 'equal') => ({
  id,
  what,
  env: ALONE,
  host: identityGrant(fields),
  expect: { requests: [appServiceRequest()], outcome: { token: 'token-1', expiry: expires } },
  peer,
})
const EXPIRED = 'worse: treats the token as expired'

/** Section E: App Service, 2019-08-01. @type {Case[]} */
export const cases = [
  {
    id: 'E01',
    what: 'the system identity: its header, no Metadata',
    env: APP_SERVICE,
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E02',
    what: 'AZURE_CLIENT_ID names a user-assigned identity',
    env: { ...APP_SERVICE, AZURE_CLIENT_ID: C },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E03',
    what: 'managedIdentityClientId beats AZURE_CLIENT_ID',
    env: { ...APP_SERVICE, AZURE_CLIENT_ID: C },
    options: { managedIdentityClientId: OTHER },
    expect: { requests: [appServiceRequest({ client_id: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E04',
    what: 'managedIdentityResourceId, also beside AZURE_CLIENT_ID',
    env: { ...APP_SERVICE, AZURE_CLIENT_ID: C },
    options: { managedIdentityResourceId: RESOURCE_ID },
    expect: { requests: [appServiceRequest({ mi_res_id: RESOURCE_ID })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E05',
    what: 'an object id',
    env: ALONE,
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: { objectId: OTHER },
    oursOptions: { managedIdentityObjectId: OTHER },
    expect: { requests: [appServiceRequest({ object_id: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E06',
    what: 'two kinds of id: the constructor throws',
    env: ALONE,
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: { clientId: C, resourceId: RESOURCE_ID },
    oursOptions: { managedIdentityClientId: C, managedIdentityResourceId: RESOURCE_ID },
    expect: { requests: [], outcome: { thrown: true, error: /only one of/i } },
    peer: 'equal',
  },
  {
    id: 'E07',
    what: 'a scope without /.default is the resource as it is',
    env: ALONE,
    calls: [{ scopes: 'https://vault.azure.net' }],
    expect: {
      requests: [appServiceRequest({ resource: 'https://vault.azure.net' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'E08',
    what: 'one scope in an array',
    env: ALONE,
    calls: [{ scopes: [SCOPE] }],
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E09',
    what: 'two scopes are refused',
    env: ALONE,
    calls: [{ scopes: ['https://a.example/.default', 'https://b.example/.default'] }],
    expect: { requests: [], outcome: { error: /Multiple scopes are not supported/ } },
    peer: 'equal',
  },
  {
    id: 'E10',
    what: 'client id and object id: the constructor throws',
    env: ALONE,
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: { clientId: C, objectId: OTHER },
    oursOptions: { managedIdentityClientId: C, managedIdentityObjectId: OTHER },
    expect: { requests: [], outcome: { thrown: true, error: /only one of/i } },
    peer: 'equal',
  },
  expiry('E11', 'expires_on as text', { expires_on: String(AT_2030) }, { at: AT_2030 * 1000 }),
  expiry('E11a', 'expires_on as a number', { expires_on: AT_2030 }, { at: AT_2030 * 1000 }),
  expiry(
    'E12',
    'expires_on as an ISO date',
    { expires_on: '2030-01-01T00:00:00Z' },
    { at: AT_2030 * 1000 },
    EXPIRED,
  ),
  expiry(
    'E13',
    'expires_on as the US date of 2017-09-01',
    { expires_on: '1/1/2030 12:00:00 AM +00:00' },
    { at: AT_2030 * 1000 },
    EXPIRED,
  ),
  expiry('E14', 'only expires_in', { expires_in: 3600 }, { in: 3600 }, EXPIRED),
  expiry('E15', 'only expires_in, as text', { expires_in: '86400' }, { in: 86400 }, EXPIRED),
  expiry(
    'E18',
    'expires_on and expires_in that differ: expires_on counts',
    { expires_on: String(AT_2030), expires_in: '60' },
    { at: AT_2030 * 1000 },
  ),
  {
    id: 'E16',
    what: 'a token of 24 h: refreshed behind the caller after half its life',
    env: ALONE,
    host: [identityGrant(), identityGrant({ expires_on: '{now+200000}' })],
    clock: true,
    calls: [{}, { advance: 44_000 }, {}, { sleep: 400 }, {}],
    expect: {
      requests: 2,
      outcome: [{ token: 'token-1', refreshIn: 43_200 }, { token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'equal',
  },
  {
    id: 'E16a',
    what: 'a token of 1 h: kept until near its expiry',
    env: ALONE,
    host: identityGrant({ expires_on: '{now+3600}' }),
    clock: true,
    calls: [{}, { advance: 2400 }, {}, { sleep: 300 }, {}],
    expect: { requests: 1, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E17',
    what: 'a tenant in the call is not heeded',
    env: ALONE,
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'E31',
    what: 'managedIdentityClientId with AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential is heeded',
    env: ALONE,
    options: { managedIdentityClientId: OTHER },
    expect: { requests: [appServiceRequest({ client_id: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'worse: 4.13 drops the options: another identity answers',
  },
  {
    id: 'E19',
    what: 'a header that is wrong (401): unavailable, and az is asked',
    env: APP_SERVICE,
    host: { status: 401, body: { statusCode: 401, message: 'Unauthorized' } },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { requests: [appServiceRequest()], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'E20',
    what: '500 once: asked again',
    env: ALONE,
    host: [{ status: 500, body: {} }, identityGrant()],
    expect: {
      requests: [appServiceRequest(), appServiceRequest()],
      outcome: { token: 'token-1' },
      maxMs: 3000,
    },
    peer: 'equal',
  },
  {
    id: 'E21',
    what: 'the identity does not exist: the message holds what App Service says',
    env: ALONE,
    host: {
      status: 400,
      body: { statusCode: 400, message: 'No MSI found for specified ClientId/ResourceId.' },
    },
    expect: {
      requests: [appServiceRequest()],
      outcome: { error: /No MSI found|Identity not found/, code: 'ENTRA_ID_REJECTED' },
    },
    peer: 'equal',
  },
  {
    id: 'E22',
    what: 'an answer of 200 that is HTML',
    env: ALONE,
    host: { headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' },
    expect: { requests: [appServiceRequest()], outcome: { error: /HTML|not JSON|not a token/i } },
    peer: 'worse: 4.13 reports a network error, without what answered',
  },
  {
    id: 'E23',
    what: 'IDENTITY_ENDPOINT that is no address: named in the message',
    env: { ...only('ManagedIdentityCredential'), IDENTITY_ENDPOINT: 'nonsense', IDENTITY_HEADER: 'hdr' },
    expect: { requests: [], outcome: { error: /IDENTITY_ENDPOINT/ } },
    peer: 'worse: reports an unreachable network',
  },
  {
    id: 'E24',
    what: 'claims: the kept token is not used',
    env: ALONE,
    calls: [{}, { options: { claims: '{"access_token":{}}' } }],
    expect: { requests: 2, outcome: [{ token: 'token-1' }, { token: 'token-2' }] },
    peer: 'worse: hands out the token that was just refused',
  },
  {
    id: 'E25',
    what: "the endpoint is silent: an error within the caller's 1 s",
    env: ALONE,
    host: { silent: true },
    calls: [{ options: { requestOptions: { timeout: 1000 } } }],
    // Before the request is repeated.
    expect: { requests: 1, outcome: { error: /./, code: 'ENTRA_ID_TIMEOUT' }, maxMs: 1700 },
    peer: 'worse: does not heed the limit',
    limitMs: 5000,
  },
  {
    id: 'E26',
    what: 'a redirect is not followed: the header would go with it',
    env: ALONE,
    host: { status: 302, headers: { location: '/elsewhere' }, body: '' },
    expect: { requests: [appServiceRequest()], outcome: { error: /./ } },
    peer: 'worse: sends the identity header to the target of the redirect',
  },
  {
    id: 'E27',
    what: `the resource in a sovereign cloud, ${R.replace('.com', '.us')}`,
    env: ALONE,
    calls: [{ scopes: 'https://cognitiveservices.azure.us/.default' }],
    expect: {
      requests: [appServiceRequest({ resource: 'https://cognitiveservices.azure.us' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'E28',
    what: 'a rotated IDENTITY_HEADER counts from the next request on',
    env: ALONE,
    calls: [{}, { setEnv: { IDENTITY_HEADER: 'hdr-2' } }, { scopes: 'https://ai.azure.com/.default' }],
    expect: {
      requests: [
        appServiceRequest(),
        appServiceRequest({ resource: 'https://ai.azure.com' }).replace('hdr', 'hdr-2'),
      ],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'worse: goes on with the header of its first request',
  },
  {
    id: 'E29',
    what: '429 without Retry-After: waits and asks again',
    env: ALONE,
    host: [{ status: 429, body: {} }, identityGrant()],
    expect: { requests: 2, outcome: { token: 'token-1' }, minMs: 500, maxMs: 3000 },
    peer: 'worse: gives up at once',
  },
  {
    id: 'E30',
    what: 'an answer whose token is empty',
    env: ALONE,
    host: { body: { access_token: '', expires_on: '1893456000', resource: R, token_type: 'Bearer' } },
    expect: { requests: [appServiceRequest()], outcome: { error: /./ } },
    peer: 'equal',
  },
]
