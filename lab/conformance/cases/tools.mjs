import { AZ_TOKEN, AZD_TOKEN, C, OTHER, R, SCOPE, T } from './common.mjs'
import { azCall, only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Outcome} Outcome */
/** @typedef {import('./common.mjs').Script} Script */
/** @typedef {import('./common.mjs').Setting} Setting */

const AZ = only('AzureCliCredential')
const AZD = only('AzureDeveloperCliCredential')
const PWSH = only('AzurePowerShellCredential')
const AT_2030 = 1893456000
/** @param {string[]} more */
const azdCall = (...more) => ['azd auth token --output json --no-prompt', ...more].join(' ') + ' [/bin]'
/** @param {string} text */
const base64 = (text) => Buffer.from(text).toString('base64')
const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}'

/**
 * @param {string} id
 * @param {string} what
 * @param {Script | undefined} script
 * @param {Outcome} outcome
 * @param {string} [peer]
 * @param {Setting} [more]
 * @returns {Case}
 */
const az = (id, what, script, outcome, peer = 'equal', more = {}) => ({
  id,
  what,
  env: { ...AZ, ...more.env },
  tools: script && { az: script },
  expect: { requests: [], spawned: script ? [azCall()] : [], outcome },
  peer,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Script | undefined} script
 * @param {Outcome} outcome
 * @param {string} [peer]
 * @returns {Case}
 */
const azd = (id, what, script, outcome, peer = 'equal') => ({
  id,
  what,
  env: AZD,
  tools: script && { azd: script },
  expect: { requests: [], spawned: script ? [azdCall(`--scope ${SCOPE}`)] : [], outcome },
  peer,
})
/** @param {object} [fields] */
const azExpiry = (fields) => ({ stdout: JSON.stringify({ accessToken: 'az-token', ...fields }) })
/**
 * @param {string} id
 * @param {string} what
 * @param {Script | undefined} script
 * @param {Outcome} outcome
 * @param {string} [peer]
 * @returns {Case}
 */
const pwsh = (id, what, script, outcome, peer = 'equal') => ({
  id,
  what,
  env: PWSH,
  tools: script && { pwsh: { when: { '/?': { stdout: 'help' } }, ...script } },
  expect: { requests: [], outcome },
  peer,
})
/** @param {object} [fields] */
const pwshToken = (fields) =>
  JSON.stringify({ Token: 'pwsh-token', ExpiresOn: '2030-01-01T00:00:00+00:00', ...fields }, undefined, 2)

/** Section H. @type {Case[]} */
export const cases = [
  az('H01', 'az: its arguments and its working directory', { stdout: AZ_TOKEN }, { token: 'az-token' }),
  {
    id: 'H02',
    what: 'az: the tenant of the option',
    env: AZ,
    options: { tenantId: T },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [azCall(`--tenant ${T}`)], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'H02a',
    what: 'az: the tenant of the call',
    env: AZ,
    calls: [{ options: { tenantId: OTHER } }],
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [azCall(`--tenant ${OTHER}`)], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'H02b',
    what: 'az: another tenant in the call than in the option, not allowed',
    env: AZ,
    options: { tenantId: T },
    calls: [{ options: { tenantId: OTHER } }],
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [], outcome: { error: /AdditionallyAllowedTenants/i } },
    peer: 'equal',
  },
  {
    id: 'H02c',
    what: 'az: AZURE_TENANT_ID is not for it',
    env: { ...AZ, AZURE_TENANT_ID: T },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'H03',
    what: 'az: a subscription with a blank is one argument',
    env: AZ,
    options: { subscription: 'my sub' },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [azCall('--subscription "my sub"')], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'H04',
    what: 'az: a tenant that a shell would take apart is refused',
    env: AZ,
    options: { tenantId: 'a;touch x' },
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [], outcome: { error: /tenant/i } },
    peer: 'worse: says only "Failed to retrieve a valid token"',
  },
  {
    id: 'H05',
    what: 'az: a scope that a shell would take apart is refused',
    env: AZ,
    calls: [{ scopes: 'https://a.example/.default$(id)' }],
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [], outcome: { error: /scope/i } },
    peer: 'equal',
  },
  az(
    'H06',
    'az: expires_on as a number, preferred to expiresOn',
    azExpiry({ expires_on: AT_2030, expiresOn: '2031-01-01 00:00:00.000000' }),
    { token: 'az-token', expiry: { at: AT_2030 * 1000 } },
  ),
  az('H06a', 'az: expires_on as text', azExpiry({ expires_on: String(AT_2030) }), {
    token: 'az-token',
    expiry: { at: AT_2030 * 1000 },
  }),
  az(
    'H07',
    'az: expiresOn without expires_on is local time',
    azExpiry({ expiresOn: '2030-01-01 00:00:00.000000' }),
    { token: 'az-token', expiry: { at: (AT_2030 + 5 * 3600) * 1000 } },
    'equal',
    { env: { TZ: 'America/New_York' } },
  ),
  az(
    'H08',
    'az: expiresOn in the summer of that zone',
    azExpiry({ expiresOn: '2030-07-01 00:00:00.000000' }),
    { token: 'az-token', expiry: { at: 1909108800_000 } },
    'equal',
    { env: { TZ: 'America/New_York' } },
  ),
  az('H09', 'az: neither of them is a date', azExpiry({ expiresOn: 'soon' }), {
    error: /expiresOn|expiry of the token is missing/,
  }),
  az('H10', 'az: what it prints is not JSON', { stdout: 'not json' }, { error: /JSON/ }),
  az(
    'H11',
    'az: a warning beside a good answer',
    { stdout: AZ_TOKEN, stderr: 'WARNING: an update is available' },
    { token: 'az-token' },
  ),
  az('H12', 'az: not installed', undefined, {
    error: /Azure CLI could not be found[\s\S]*aka\.ms\/azure-cli/,
  }),
  az(
    'H13',
    'az: not logged in',
    { stderr: "ERROR: Please run 'az login' to setup account.", exit: 1 },
    { error: /Please run 'az login' from a command prompt to authenticate before using this credential/ },
  ),
  az(
    'H14',
    'az: a conditional-access failure with its own command is handed on',
    {
      stderr:
        'ERROR: AADSTS50076: you must use multi-factor authentication. Please run: az login --scope https://cognitiveservices.azure.com/.default',
      exit: 1,
    },
    { error: /AADSTS50076[\s\S]*az login --scope/ },
  ),
  {
    id: 'H15',
    what: 'az: claims are answered with the login that satisfies them; nothing is run',
    env: AZ,
    calls: [{ options: { claims: CLAIMS, tenantId: T } }],
    tools: { az: { stdout: AZ_TOKEN } },
    expect: {
      spawned: [],
      outcome: {
        error: new RegExp(`az login --claims-challenge ${base64(CLAIMS)} --scope SCOPE --tenant T`),
      },
    },
    peer: 'equal',
  },
  {
    id: 'H16',
    what: 'az never returns: bounded by default',
    env: AZ,
    tools: { az: { hang: true } },
    expect: {
      spawned: [azCall()],
      outcome: { error: /30 ?s|time/i, code: 'ENTRA_ID_TIMEOUT' },
      maxMs: 32_000,
    },
    peer: 'worse: waits for ever',
    limitMs: 35_000,
  },
  {
    id: 'H16a',
    what: 'az never returns: processTimeoutInMs',
    env: AZ,
    options: { processTimeoutInMs: 700 },
    tools: { az: { hang: true } },
    expect: { spawned: [azCall()], outcome: { error: /0\.7 ?s|700|time/i }, minMs: 600, maxMs: 2000 },
    peer: 'worse: "Unexpected end of JSON input"',
    limitMs: 5000,
  },
  {
    id: 'H17',
    what: 'azd: two scopes, tenant and claims',
    env: AZD,
    options: { additionallyAllowedTenants: ['*'] },
    calls: [
      {
        scopes: ['https://a.example/.default', 'https://b.example/.default'],
        options: { tenantId: T, claims: CLAIMS },
      },
    ],
    tools: { azd: { stdout: AZD_TOKEN } },
    expect: {
      spawned: [
        azdCall(
          '--scope https://a.example/.default --scope https://b.example/.default',
          `--tenant-id ${T}`,
          `--claims ${base64(CLAIMS)}`,
        ),
      ],
      outcome: { token: 'azd-token' },
    },
    peer: 'equal',
  },
  azd(
    'H18',
    'azd: its arguments, its working directory and its expiry',
    { stdout: AZD_TOKEN },
    { token: 'azd-token', expiry: { at: AT_2030 * 1000 } },
  ),
  {
    ...azd(
      'H19',
      'azd: a structured error is unwrapped',
      { stderr: '{"error":"the login has lapsed","code":"x"}', exit: 1 },
      { error: /^(?![\s\S]*\{"error")[\s\S]*the login has lapsed/ },
    ),
    peer: 'worse: 4.13 shows the JSON',
  },
  azd('H20', 'azd: not installed', undefined, { error: /Azure Developer CLI could(n't| not) be found/ }),
  azd(
    'H21',
    'azd: not logged in',
    { stderr: 'ERROR: not logged in, run `azd auth login` to login', exit: 1 },
    { error: /Please run 'azd auth login'/ },
  ),
  azd(
    'H22',
    'azd: multi-factor authentication is due',
    { stderr: 'ERROR: reauthentication required', exit: 1 },
    { error: /azd auth login --scope SCOPE/ },
  ),
  azd('H23', 'azd: what it prints is not JSON', { stdout: 'oops' }, { error: /JSON/ }),
  azd(
    'H24',
    'azd: another error is handed on',
    { stderr: 'ERROR: the sky fell', exit: 1 },
    { error: /the sky fell/ },
  ),
  {
    id: 'H25',
    what: 'azd: the tenant of the option',
    env: AZD,
    options: { tenantId: T },
    tools: { azd: { stdout: AZD_TOKEN } },
    expect: { spawned: [azdCall(`--scope ${SCOPE} --tenant-id ${T}`)], outcome: { token: 'azd-token' } },
    peer: 'equal',
  },
  pwsh(
    'H26',
    'PowerShell: its token and its expiry',
    { stdout: pwshToken() },
    { token: 'pwsh-token', expiry: { at: AT_2030 * 1000 } },
  ),
  pwsh(
    'H27',
    'PowerShell: text around the JSON',
    { stdout: `WARNING: hello\n${pwshToken()}\n` },
    { token: 'pwsh-token' },
  ),
  pwsh('H28', 'PowerShell: not installed', undefined, { error: /PowerShell/ }),
  pwsh(
    'H29',
    'PowerShell: not logged in',
    { stderr: 'Run Connect-AzAccount to login.', exit: 1 },
    { error: /Please run 'Connect-AzAccount'/ },
  ),
  pwsh(
    'H30',
    'PowerShell: the module is missing',
    {
      stderr:
        "The specified module 'Az.Accounts' with version '2.2.0' was not loaded because no valid module file was found in any module directory.",
      exit: 1,
    },
    { error: /Az\.Account.*Install-Module/ },
  ),
  pwsh('H31', 'PowerShell: no token in what it prints', { stdout: '{"x":1}' }, { error: /token/i }),
  {
    id: 'H32',
    what: 'PowerShell: claims are answered with the login that satisfies them; nothing is run',
    env: PWSH,
    calls: [{ options: { claims: CLAIMS, tenantId: T } }],
    tools: { pwsh: { stdout: pwshToken() } },
    expect: {
      spawned: [],
      outcome: { error: new RegExp(`Connect-AzAccount -ClaimsChallenge ${base64(CLAIMS)} -Tenant T`) },
    },
    peer: 'equal',
  },
  {
    id: 'H33',
    what: 'the tools in their order: az, then PowerShell, then azd',
    env: only('dev'),
    tools: {
      az: { stderr: "ERROR: Please run 'az login'", exit: 1 },
      pwsh: { when: { '/?': { stdout: 'help' } }, stderr: 'Run Connect-AzAccount to login.', exit: 1 },
      azd: { stdout: AZD_TOKEN },
    },
    expect: { outcome: { token: 'azd-token' } },
    peer: 'equal',
  },
  {
    id: 'H34',
    what: 'az: two calls run it once',
    env: AZ,
    tools: { az: { stdout: AZ_TOKEN } },
    calls: [{}, {}],
    expect: { spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'worse: runs az for every call',
  },
  az(
    'H35',
    'az: the expiry 0',
    azExpiry({ expires_on: 0 }),
    { error: /expir/i },
    'worse: hands out a token that has expired',
  ),
  az(
    'H36',
    'az: an answer without a token',
    { stdout: '{"expires_on":1893456000}' },
    { error: /accessToken|token/i },
    'worse: hands out undefined as a token',
  ),
  az(
    'H37',
    'az: a failure that it ends without a word',
    { exit: 3 },
    { error: /exit code 3|said nothing/ },
    'worse: "Unexpected end of JSON input"',
  ),
  {
    id: 'H38',
    what: 'az gets the environment of the app and a token for Foundry',
    env: { ...AZ, AZURE_CLIENT_ID: C },
    calls: [{ scopes: 'https://ai.azure.com/.default' }],
    tools: { az: { stdout: AZ_TOKEN } },
    expect: { spawned: [azCall().replace(R, 'https://ai.azure.com')], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
]
