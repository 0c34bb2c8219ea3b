import { AZ_TOKEN, OTHER, R, T } from './common.mjs'
import { azCall, only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Expectation} Expectation */
/** @typedef {import('./common.mjs').Script} Script */
/** @typedef {import('./common.mjs').Setting} Setting */

const AZ = only('AzureCliCredential')
const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}'
/**
 * @param {string} id
 * @param {string} what
 * @param {Script} script
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const az = (id, what, script, expect, { peer = 'equal', env, ...more } = {}) => ({
  id,
  what,
  env: { ...AZ, ...env },
  tools: { az: script },
  expect: { requests: [], ...expect },
  peer,
  ...more,
})
const GOOD = { stdout: AZ_TOKEN }
const serves = { token: 'az-token' }

/** More of section H: how az is called, and what it says besides. @type {Case[]} */
export const cases = [
  az(
    'H39',
    'az: scopes of two resources are refused',
    GOOD,
    {
      spawned: [],
      outcome: { error: /Multiple scopes are not supported/ },
    },
    {
      calls: [{ scopes: ['https://a.example/.default', 'https://b.example/.default'] }],
      peer: 'worse: drops the second',
    },
  ),
  az(
    'H40',
    'az: a good answer and exit code 1',
    { ...GOOD, exit: 1 },
    { spawned: [azCall()], outcome: serves },
  ),
  az(
    'H41',
    'az: no JSON, and words on standard error',
    { stdout: 'oops', stderr: 'ERROR: the sky fell', exit: 1 },
    {
      outcome: { error: /the sky fell/, code: 'ENTRA_ID_REJECTED' },
    },
  ),
  az(
    'H42',
    'az: what cmd.exe says if it is missing',
    { stderr: "'az' is not recognized as an internal or external command", exit: 1 },
    {
      outcome: { error: /Azure CLI could not be found/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
  ),
  az(
    'H43',
    'az: what a shell says if it is missing',
    { stderr: '/bin/sh: 1: az: not found', exit: 127 },
    {
      spawned: [azCall()],
      outcome: { error: /Azure CLI could not be found/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
  ),
  az(
    'H44',
    'az: expiresOn in RFC 3339',
    { stdout: JSON.stringify({ accessToken: 'az-token', expiresOn: '2030-01-01T02:00:00+02:00' }) },
    {
      outcome: { ...serves, expiry: { at: 1893456000_000 } },
    },
    { env: { TZ: 'America/New_York' } },
  ),
  az(
    'H45',
    'az: claims without a tenant',
    GOOD,
    {
      spawned: [],
      outcome: {
        error: new RegExp(`az login --claims-challenge ${btoa(CLAIMS)} --scope SCOPE(?! --tenant)`),
      },
    },
    { calls: [{ options: { claims: CLAIMS } }] },
  ),
  az(
    'H46',
    'az: AZURE_IDENTITY_DISABLE_MULTITENANTAUTH and a tenant in the call',
    GOOD,
    { spawned: [azCall()], outcome: serves },
    {
      env: { AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: '1' },
      calls: [{ options: { tenantId: OTHER } }],
    },
  ),
  az(
    'H47',
    'az: a tenant of the call that is allowed beats the option',
    GOOD,
    { spawned: [azCall(`--tenant ${OTHER}`)], outcome: serves },
    {
      options: { tenantId: T, additionallyAllowedTenants: [OTHER] },
      calls: [{ options: { tenantId: OTHER } }],
    },
  ),
  az(
    'H48',
    'az: a subscription that a shell would take apart is refused',
    GOOD,
    {
      spawned: [],
      outcome: { error: /subscription/i, code: 'ENTRA_ID_CONFIGURATION' },
    },
    { options: { subscription: 'a;touch x' }, peer: 'worse: says only "Failed to retrieve a valid token"' },
  ),
  az(
    'H49',
    'az: tenant and subscription together',
    GOOD,
    { spawned: [azCall(`--tenant ${T} --subscription sub`)], outcome: serves },
    {
      options: { tenantId: T, subscription: 'sub' },
    },
  ),
  az(
    'H50',
    'az: a scope without /.default is the resource as it is',
    GOOD,
    {
      spawned: [azCall().replace(R, 'https://vault.azure.net')],
      outcome: serves,
    },
    { calls: [{ scopes: 'https://vault.azure.net' }] },
  ),
  az(
    'H51',
    'az: a scope with two slashes',
    GOOD,
    {
      spawned: [azCall().replace(R, 'https://database.windows.net/')],
      outcome: serves,
    },
    { calls: [{ scopes: 'https://database.windows.net//.default' }] },
  ),
  az(
    'H52',
    'az: a notice before the answer',
    { stdout: `A new version is out.\n${AZ_TOKEN}` },
    { outcome: serves },
    {
      peer: 'worse: shows the error of the JSON parser',
    },
  ),
  az(
    'H53',
    'az: AADSTS beside the advice to log in: it is in the message',
    {
      stderr:
        'ERROR: AADSTS70043: The refresh token has expired. Interactive authentication is needed. Please run: az login',
      exit: 1,
    },
    { outcome: { error: /AADSTS70043[\s\S]*az login/, code: 'ENTRA_ID_REJECTED' } },
    { peer: 'worse: hides it behind "Please run az login"' },
  ),
  az(
    'H54',
    'az: neither output nor error',
    { stdout: '' },
    { outcome: { error: /said nothing|exit code 0/ } },
    {
      peer: 'worse: "Unexpected end of JSON input"',
    },
  ),
  az(
    'H55',
    'az: five calls at once run it once',
    { ...GOOD, delayMs: 300 },
    { spawned: [azCall()], outcome: { distinct: 1, failures: 0 } },
    {
      calls: [{ times: 5 }],
      peer: 'worse: runs it five times',
    },
  ),
  az(
    'H56',
    'az: a token that has expired is not handed out',
    { stdout: JSON.stringify({ accessToken: 'az-token', expires_on: 1700000000 }) },
    {
      outcome: { error: /expired/ },
    },
    { peer: 'worse: hands it out' },
  ),
  az(
    'H57',
    'az: a tenant of the call that is no tenant',
    GOOD,
    { spawned: [], outcome: { error: /tenant/i, code: 'ENTRA_ID_CONFIGURATION' } },
    {
      calls: [{ options: { tenantId: 'a;b' } }],
    },
  ),
]
