import { AZ_TOKEN, C, OTHER, R } from './common.mjs'
import { azCall, get, identityGrant, imdsRequest, only, PROBE, PROBED } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Variables} Variables */

const MI = only('ManagedIdentityCredential')
const FABRIC = {
  ...MI,
  IDENTITY_ENDPOINT: '{host}/fabric',
  IDENTITY_HEADER: 'hdr',
  IDENTITY_SERVER_THUMBPRINT: '{thumbprint}',
}
const fabricRequest = () =>
  get('http://host/fabric', { 'api-version': '2019-07-01-preview', resource: R }, 'secret: hdr')
const ML = { ...MI, MSI_ENDPOINT: '{host}/ml', MSI_SECRET: 'sec', DEFAULT_IDENTITY_CLIENT_ID: 'd' }
/** @param {Variables} [fields] */
const mlRequest = (fields) =>
  get(
    'http://host/ml',
    { 'api-version': '2017-09-01', resource: R, ...fields },
    'metadata: true, secret: sec',
  )
const SHELL = { ...MI, MSI_ENDPOINT: '{host}/shell' }
const shellRequest = `POST http://host/shell | resource=${R} | metadata: true`
const ARC = { ...MI, IDENTITY_ENDPOINT: '{host}/arc', IMDS_ENDPOINT: '{host}' }
/** @param {string} [more] @param {Variables} [fields] */
const arcRequest = (more = '', fields = {}) =>
  get('http://host/arc', { 'api-version': '2020-06-01', resource: R, ...fields }, `metadata: true${more}`)
const KEYS = '/var/opt/azcmagent/tokens'
/** @param {string} file */
const challenge = (file) => ({
  status: 401,
  headers: { 'www-authenticate': `Basic realm=${file}` },
  body: '',
})
/**
 * @param {string} id
 * @param {string} what
 * @param {string} file
 * @param {Case['files']} files
 * @param {RegExp} error
 * @returns {Case}
 */
const refusedKey = (id, what, file, files, error) => ({
  id,
  what,
  env: ARC,
  files,
  host: [challenge(file), identityGrant()],
  expect: { requests: [arcRequest()], outcome: { error } },
  peer: 'equal',
})

/** Section F: the other hosts. @type {Case[]} */
export const cases = [
  {
    id: 'F01',
    what: 'Service Fabric: its version, its header, over https',
    env: FABRIC,
    hostTls: true,
    expect: { requests: [fabricRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F02',
    what: "Service Fabric with another certificate than the thumbprint's: the secret is not sent",
    env: { ...FABRIC, IDENTITY_SERVER_THUMBPRINT: '00'.repeat(20) },
    hostTls: true,
    expect: { requests: [], outcome: { error: /thumbprint|certificate/i } },
    peer: 'worse: does not check the thumbprint',
  },
  {
    id: 'F03',
    what: 'Service Fabric beats MSI_ENDPOINT',
    env: { ...FABRIC, MSI_ENDPOINT: '{host}/shell', MSI_SECRET: 'sec' },
    hostTls: true,
    expect: { requests: [fabricRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F03a',
    what: 'App Service beats MSI_ENDPOINT',
    env: {
      ...MI,
      IDENTITY_ENDPOINT: '{host}/msi/token',
      IDENTITY_HEADER: 'hdr',
      MSI_ENDPOINT: '{host}/shell',
      MSI_SECRET: 'sec',
    },
    expect: {
      requests: [
        get('http://host/msi/token', { 'api-version': '2019-08-01', resource: R }, 'x-identity-header: hdr'),
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'F04',
    what: 'Azure ML: 2017-09-01 and the default identity',
    env: ML,
    expect: { requests: [mlRequest({ clientid: 'd' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F05',
    what: 'Azure ML with a client id',
    env: { ...ML, AZURE_CLIENT_ID: OTHER },
    expect: { requests: [mlRequest({ clientid: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F06',
    what: 'Cloud Shell: a POST with the resource',
    env: SHELL,
    expect: { requests: [shellRequest], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F07',
    what: 'Cloud Shell with a client id: refused, since it would not be heeded',
    env: { ...SHELL, AZURE_CLIENT_ID: C },
    expect: { requests: [], outcome: { error: /Cloud ?Shell/i } },
    peer: 'worse: says only "Failed to retrieve a valid token"',
  },
  {
    id: 'F08',
    what: "Azure Arc: the challenge's file is sent back",
    env: ARC,
    files: { [`${KEYS}/x.key`]: 'arc-key' },
    host: [challenge(`${KEYS}/x.key`), identityGrant()],
    expect: {
      requests: [arcRequest(), arcRequest(', authorization: Basic arc-key')],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  refusedKey(
    'F09',
    'Arc: a file outside the directory is not read',
    '/var/opt/elsewhere/x.key',
    { '/var/opt/elsewhere/x.key': 'arc-key' },
    /path|director|\/var\/opt\/azcmagent\/tokens/i,
  ),
  refusedKey(
    'F10',
    'Arc: a file that climbs out of the directory is not read',
    `${KEYS}/../x.key`,
    { '/var/opt/azcmagent/x.key': 'arc-key' },
    /path|director|\/var\/opt\/azcmagent\/tokens/i,
  ),
  refusedKey(
    'F11',
    'Arc: a file that does not end in .key',
    `${KEYS}/x.txt`,
    { [`${KEYS}/x.txt`]: 'arc-key' },
    /\.key|extension/i,
  ),
  refusedKey(
    'F11a',
    'Arc: a file of 4097 bytes',
    `${KEYS}/x.key`,
    { [`${KEYS}/x.key`]: 'k'.repeat(4097) },
    /4096|size|long/i,
  ),
  {
    ...refusedKey(
      'F11b',
      'Arc: a file that is missing',
      `${KEYS}/y.key`,
      { [`${KEYS}/x.key`]: 'arc-key' },
      /y\.key|secret file|read/i,
    ),
  },
  {
    id: 'F12',
    what: 'Arc: a 401 without a challenge',
    env: ARC,
    files: { [`${KEYS}/x.key`]: 'arc-key' },
    host: { status: 401, body: '' },
    expect: { requests: [arcRequest()], outcome: { error: /WWW-Authenticate|challenge/i } },
    peer: 'equal',
  },
  {
    id: 'F13',
    what: 'Arc with a client id that the answer echoes in another case',
    env: { ...ARC, AZURE_CLIENT_ID: 'abcdef00-0000-4000-8000-000000000000' },
    files: { [`${KEYS}/x.key`]: 'arc-key' },
    host: [
      challenge(`${KEYS}/x.key`),
      identityGrant({ expires_on: '1893456000', client_id: 'ABCDEF00-0000-4000-8000-000000000000' }),
    ],
    expect: { requests: 2, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F14',
    what: "Arc with a client id that the answer does not echo: not handed out as that identity's",
    env: { ...ARC, AZURE_CLIENT_ID: 'abcdef00-0000-4000-8000-000000000000' },
    files: { [`${KEYS}/x.key`]: 'arc-key' },
    host: [challenge(`${KEYS}/x.key`), identityGrant()],
    expect: { requests: 2, outcome: { error: /identity|client/i } },
    peer: 'equal',
  },
  {
    id: 'F15',
    what: 'nothing set: IMDS',
    env: MI,
    imds: identityGrant(),
    expect: { requests: [imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F16',
    what: 'AZURE_POD_IDENTITY_AUTHORITY_HOST: that host, no probe',
    env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: '{host}' },
    expect: { requests: [imdsRequest().replace('//imds', '//host')], outcome: { token: 'token-1' } },
    peer: 'worse: asks for /token/ with a slash behind',
  },
  {
    id: 'F17',
    what: 'the same with a trailing slash',
    env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: '{host}/' },
    expect: { requests: [imdsRequest().replace('//imds', '//host')], outcome: { token: 'token-1' } },
    peer: 'worse: asks for //metadata',
  },
  {
    id: 'F18a',
    what: 'an empty IDENTITY_HEADER counts as unset: off Azure, known after the probe of a second',
    env: { ...only('prod'), IDENTITY_ENDPOINT: '{host}/msi/token', IDENTITY_HEADER: '' },
    imds: { silent: true },
    expect: { requests: [PROBE], outcome: { error: /IMDS/ }, maxMs: 1700 },
    peer: 'worse: takes it for App Service, does not probe and waits for ever',
    limitMs: 6000,
  },
  {
    id: 'F18',
    what: 'an empty IDENTITY_HEADER counts as unset: IMDS',
    env: { ...MI, IDENTITY_ENDPOINT: '{host}/msi/token', IDENTITY_HEADER: '' },
    imds: identityGrant(),
    expect: { requests: [imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F19',
    what: 'Service Fabric with a client id: refused, since it would not be heeded',
    env: { ...FABRIC, AZURE_CLIENT_ID: C },
    hostTls: true,
    expect: { requests: [], outcome: { error: /Service ?Fabric/i } },
    peer: 'worse: says only "Failed to retrieve a valid token"',
  },
  {
    id: 'F20',
    what: 'Azure ML with a resource id: refused with its reason',
    env: ML,
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: { resourceId: '/subscriptions/s/i' },
    oursOptions: { managedIdentityResourceId: '/subscriptions/s/i' },
    expect: { requests: [], outcome: { error: /client ?id|resource ?id/i } },
    peer: 'equal',
  },
  {
    id: 'F21',
    what: 'Azure ML without a default identity: its own identity, no empty id',
    env: { ...MI, MSI_ENDPOINT: '{host}/ml', MSI_SECRET: 'sec' },
    expect: { requests: [mlRequest({})], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F22',
    what: 'an empty MSI_SECRET counts as unset: Cloud Shell',
    env: { ...SHELL, MSI_SECRET: '' },
    expect: { requests: [shellRequest], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F23',
    what: 'Cloud Shell that has no identity (400): the next credential is asked',
    env: { MSI_ENDPOINT: '{host}/shell' },
    host: { status: 400, body: { error: { code: 'invalid_request', message: 'no identity' } } },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { requests: [shellRequest], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'F24',
    what: 'only IDENTITY_ENDPOINT: IMDS is probed and asked',
    env: { IDENTITY_ENDPOINT: '{host}/msi/token' },
    imds: [PROBED, identityGrant()],
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'F25',
    what: 'Arc: IMDS_ENDPOINT only tells the host, whatever it says',
    env: { ...ARC, IMDS_ENDPOINT: 'nonsense' },
    expect: { requests: [arcRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
]
