import { gzipSync } from 'node:zlib'

import { APP_SERVICE, AZD_TOKEN, C, OTHER, R, SERVICE_PRINCIPAL } from './common.mjs'
import { appServiceRequest, get, granted, identityGrant, imdsRequest, only } from './common.mjs'

/** @typedef {import('./common.mjs').Answers} Answers */
/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Expectation} Expectation */
/** @typedef {import('./common.mjs').Outcome} Outcome */
/** @typedef {import('./common.mjs').Setting} Setting */
/** @typedef {import('./common.mjs').Variables} Variables */

const ALONE = { ...APP_SERVICE, ...only('ManagedIdentityCredential') }
const MI = only('ManagedIdentityCredential')
const ARC = { ...MI, IDENTITY_ENDPOINT: '{host}/arc', IMDS_ENDPOINT: '{host}' }
const KEY = '/var/opt/azcmagent/tokens/x.key'
/** @param {string} [more] @param {Variables} [fields] */
const arcRequest = (more = '', fields = {}) =>
  get('http://host/arc', { 'api-version': '2020-06-01', resource: R, ...fields }, `metadata: true${more}`)
/** @param {string} realm */
const challenge = (realm) => ({
  status: 401,
  headers: { 'www-authenticate': `Basic realm=${realm}` },
  body: '',
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Setting & { expect: Expectation, peer?: string }} setting
 * @returns {Case}
 */
const arc = (id, what, { host, expect, peer = 'equal', ...more }) => ({
  id,
  what,
  env: ARC,
  files: { [KEY]: 'arc-key' },
  host,
  expect,
  peer,
  ...more,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Answers} host
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const appService = (id, what, host, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: ALONE,
  host,
  expect,
  peer,
  ...more,
})
/** @param {object} fields */
const token = (fields) => ({
  body: { access_token: '{token}', resource: R, token_type: 'Bearer', ...fields },
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Answers} answer
 * @param {Outcome} outcome
 * @param {string} [peer]
 * @returns {Case}
 */
const entra = (id, what, answer, outcome, peer = 'equal') => ({
  id,
  what,
  env: SERVICE_PRINCIPAL,
  authority: answer,
  expect: { requests: 1, outcome },
  peer,
})
const TOKEN_ALONE = { body: { access_token: '{token}', expires_in: 3599 } }
/** @param {import('../../../testkit/stand-in.mjs').Request} request */
const compressed = ({ headers }) => {
  const body = JSON.stringify({ token_type: 'Bearer', access_token: 'token-1', expires_in: 3599 })
  if (!/gzip/.test(headers['accept-encoding'])) return { body }
  return { headers: { 'content-encoding': 'gzip' }, body: gzipSync(body) }
}
const RESOURCE_ID =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i'
/** @param {object} baselineOptions @param {object} [oursOptions] */
const asClass = (baselineOptions, oursOptions) => ({
  baselineClass: 'ManagedIdentityCredential',
  baselineOptions,
  oursOptions,
})

/** What hosts answer and how they are asked, besides the usual: more of sections E and F. @type {Case[]} */
export const cases = [
  {
    id: 'E09a',
    what: 'two scopes: the managed identity is unavailable, azd serves',
    env: APP_SERVICE,
    calls: [{ scopes: ['https://a.example/.default', 'https://b.example/.default'] }],
    tools: { azd: { stdout: AZD_TOKEN } },
    expect: {
      requests: [],
      spawned: [
        'azd auth token --output json --no-prompt --scope https://a.example/.default --scope https://b.example/.default [/bin]',
      ],
      outcome: { token: 'azd-token' },
    },
    peer: 'equal',
  },
  appService(
    'E37',
    'IDENTITY_ENDPOINT with a query of its own',
    undefined,
    {
      requests: [
        get(
          'http://host/msi/token',
          { 'api-version': '2019-08-01', resource: R, site: 'x' },
          'x-identity-header: hdr',
        ),
      ],
      outcome: { token: 'token-1' },
    },
    { env: { ...ALONE, IDENTITY_ENDPOINT: '{host}/msi/token?site=x' } },
  ),
  appService(
    'E38',
    'an answer that says neither resource nor type',
    { body: { access_token: '{token}', expires_on: '1893456000' } },
    {
      requests: [appServiceRequest()],
      outcome: { token: 'token-1', expiry: { at: 1893456000000 } },
    },
  ),
  appService(
    'E39',
    'a scope with two slashes: the resource keeps one',
    undefined,
    {
      requests: [appServiceRequest({ resource: 'https://database.windows.net/' })],
      outcome: { token: 'token-1' },
    },
    { calls: [{ scopes: 'https://database.windows.net//.default' }] },
  ),
  appService(
    'E40',
    'AZURE_CLIENT_ID of blanks counts as unset',
    undefined,
    {
      requests: [appServiceRequest()],
      outcome: { token: 'token-1' },
    },
    { env: { ...ALONE, AZURE_CLIENT_ID: '  ' }, peer: 'worse: asks for the identity of that name' },
  ),
  appService(
    'E41',
    'a token that has expired on arrival is not handed out',
    token({ expires_on: '{now-60}' }),
    {
      outcome: { error: /expired/, code: 'ENTRA_ID_NETWORK' },
    },
    { peer: 'worse: hands it out' },
  ),
  appService(
    'E42',
    'an unreadable expiry',
    token({ expires_on: 'soon' }),
    {
      requests: [appServiceRequest()],
      outcome: { error: /expires/ },
    },
    { peer: 'worse: hands the token out without an expiry' },
  ),
  appService('E43', 'the expiry in fractions of a second', token({ expires_on: '1893456000.5' }), {
    requests: [appServiceRequest()],
    outcome: { token: 'token-1', expiry: { at: 1893456000500 } },
  }),
  appService(
    'E44',
    'an answer of 200 that is text',
    { headers: { 'content-type': 'text/plain' }, body: 'starting up' },
    {
      requests: [appServiceRequest()],
      outcome: { error: /not JSON/ },
    },
    { peer: 'worse: reports a network error, without what answered' },
  ),
  appService(
    'E45',
    'a refusal without a body',
    { status: 400, body: '' },
    {
      requests: [appServiceRequest()],
      outcome: { error: /400/, code: 'ENTRA_ID_REJECTED' },
    },
    { peer: 'worse: 4.13 does not say what was answered' },
  ),
  appService(
    'E46',
    'an object id beside a client id in AZURE_CLIENT_ID',
    undefined,
    {
      requests: [appServiceRequest({ object_id: 'OTHER' })],
      outcome: { token: 'token-1' },
    },
    {
      env: { ...ALONE, AZURE_CLIENT_ID: C },
      ...asClass({ objectId: OTHER }, { managedIdentityObjectId: OTHER }),
    },
  ),
  appService(
    'E47',
    'a scope with characters that a query has to escape',
    undefined,
    {
      requests: [appServiceRequest({ resource: 'api://app~1/a+b&c=d' })],
      outcome: { token: 'token-1' },
    },
    { calls: [{ scopes: 'api://app~1/a+b&c=d/.default' }] },
  ),
  appService(
    'E48',
    'an error in the shape of newer endpoints: its words are in the message',
    {
      status: 400,
      body: { error: { code: 'invalid_scope', message: 'the audience is unknown' } },
    },
    { requests: [appServiceRequest()], outcome: { error: /the audience is unknown/ } },
  ),
  arc('F26', 'Arc: the realm in quotes', {
    host: [challenge(`"${KEY}"`), identityGrant()],
    expect: {
      requests: [arcRequest(), arcRequest(', authorization: Basic arc-key')],
      outcome: { token: 'token-1' },
    },
    peer: 'worse: takes the quotes for a part of the path',
  }),
  arc('F27', 'Arc: a key file that ends in a line break', {
    files: { [KEY]: 'arc-key\n' },
    host: [challenge(KEY), identityGrant()],
    expect: {
      requests: [arcRequest(), arcRequest(', authorization: Basic arc-key')],
      outcome: { token: 'token-1' },
    },
  }),
  arc('F28', 'Arc: the key is refused', {
    host: [challenge(KEY), { status: 401, headers: { 'www-authenticate': `Basic realm=${KEY}` }, body: '' }],
    expect: { requests: 2, outcome: { error: /401/ } },
    peer: 'worse: 4.13 does not say what was answered',
  }),
  arc('F29', 'Arc: a resource id, spelled as for IMDS and echoed', {
    ...asClass({ resourceId: RESOURCE_ID }, { managedIdentityResourceId: RESOURCE_ID }),
    host: [
      challenge(KEY),
      identityGrant({ expires_on: '1893456000', msi_res_id: RESOURCE_ID.toUpperCase() }),
    ],
    expect: {
      requests: [
        arcRequest('', { msi_res_id: RESOURCE_ID }),
        arcRequest(', authorization: Basic arc-key', { msi_res_id: RESOURCE_ID }),
      ],
      outcome: { token: 'token-1' },
    },
  }),
  arc('F30', 'Arc: an object id, echoed', {
    ...asClass({ objectId: OTHER }, { managedIdentityObjectId: OTHER }),
    host: [challenge(KEY), identityGrant({ expires_on: '1893456000', object_id: OTHER })],
    expect: {
      requests: [
        arcRequest('', { object_id: 'OTHER' }),
        arcRequest(', authorization: Basic arc-key', { object_id: 'OTHER' }),
      ],
      outcome: { token: 'token-1' },
    },
  }),
  arc('F31', 'Arc: another challenge than Basic', {
    host: { status: 401, headers: { 'www-authenticate': 'Bearer realm="x"' }, body: '' },
    expect: { requests: [arcRequest()], outcome: { error: /WWW-Authenticate/i } },
  }),
  arc('F32', 'Arc: localhost is asked at 127.0.0.1', {
    env: { ...ARC, IDENTITY_ENDPOINT: '{host by name}/arc' },
    host: [challenge(KEY), identityGrant()],
    expect: { requests: 2, outcome: { token: 'token-1' } },
  }),
  {
    id: 'F33',
    what: 'Service Fabric on this machine without TLS',
    env: {
      ...MI,
      IDENTITY_ENDPOINT: '{host}/fabric',
      IDENTITY_HEADER: 'hdr',
      IDENTITY_SERVER_THUMBPRINT: '00'.repeat(20),
    },
    expect: {
      requests: [
        get('http://host/fabric', { 'api-version': '2019-07-01-preview', resource: R }, 'secret: hdr'),
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'F34',
    what: 'Azure ML with an object id: refused with its reason',
    env: { ...MI, MSI_ENDPOINT: '{host}/ml', MSI_SECRET: 'sec' },
    ...asClass({ objectId: OTHER }, { managedIdentityObjectId: OTHER }),
    expect: { requests: [], outcome: { error: /client ?id/i } },
    peer: 'equal',
  },
  {
    id: 'F35',
    what: 'Cloud Shell: expires_on as text',
    env: { ...MI, MSI_ENDPOINT: '{host}/shell' },
    host: identityGrant({ expires_on: '1893456000', expires_in: '3600', refresh_token: '' }),
    expect: { requests: 1, outcome: { token: 'token-1', expiry: { at: 1893456000000 } } },
    peer: 'equal',
  },
  {
    id: 'F36',
    what: 'AZURE_POD_IDENTITY_AUTHORITY_HOST with a client id',
    env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: '{host}', AZURE_CLIENT_ID: C },
    expect: {
      requests: [imdsRequest({ client_id: 'C' }).replace('//imds', '//host')],
      outcome: { token: 'token-1' },
    },
    peer: 'worse: asks for /token/ with a slash behind',
  },
  {
    id: 'F37',
    what: 'App Service beats AZURE_POD_IDENTITY_AUTHORITY_HOST',
    env: { ...APP_SERVICE, AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' },
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F38',
    what: 'MSI_ENDPOINT that is no address: named in the message',
    env: { ...MI, MSI_ENDPOINT: 'nonsense' },
    expect: { requests: [], outcome: { error: /MSI_ENDPOINT/ } },
    peer: 'worse: reports an unreachable network',
  },
  {
    id: 'F39',
    what: 'Azure ML: a refusal is in the message',
    env: { ...MI, MSI_ENDPOINT: '{host}/ml', MSI_SECRET: 'sec' },
    host: { status: 401, body: { message: 'access denied' } },
    expect: { requests: 1, outcome: { error: /access denied/, code: 'ENTRA_ID_REJECTED' } },
    peer: 'equal',
  },
  appService(
    'E55',
    "the endpoint's clock is ten minutes ahead: the life that it means counts",
    () => ({
      ...token({ expires_on: '{now+4200}' }),
      headers: { date: new Date(Date.now() + 600_000).toUTCString() },
    }),
    { requests: 1, outcome: { token: 'token-1', expiry: { in: 3600 } } },
    { peer: 'worse: takes the token to live ten minutes longer than it does' },
  ),
  appService(
    'E56',
    'expires_on of 0 beside expires_in: that counts',
    token({ expires_on: 0, expires_in: 3600 }),
    { requests: 1, outcome: { token: 'token-1', expiry: { in: 3600 } } },
    { peer: 'worse: treats the token as expired' },
  ),
  appService(
    'E57',
    'an expires_on that no calendar has: refused, and the message says why',
    token({ expires_on: 1e308 }),
    { requests: 1, outcome: { error: /expires_on/, code: 'ENTRA_ID_NETWORK' } },
    { peer: 'worse: hands out a token whose expiry is no date' },
  ),
  entra('C123', 'an expires_in beyond every calendar', granted({ expires_in: 1e12 }), { token: 'token-1' }),
  entra(
    'C124',
    'a token of another type than Bearer is not handed out as one',
    { body: { token_type: 'pop', access_token: '{token}', expires_in: 3599 } },
    { error: /./, code: 'ENTRA_ID_NETWORK' },
  ),
  entra('C125', 'neither a type nor a scope in the answer', TOKEN_ALONE, { token: 'token-1' }),
  entra('C126', 'a compressed answer, if the request accepts one', compressed, { token: 'token-1' }),
  entra(
    'C127',
    'no expires_in: not handed out',
    granted(),
    { error: /expires_in/, code: 'ENTRA_ID_NETWORK' },
    'worse: returns the token with an expiry in the past',
  ),
]
