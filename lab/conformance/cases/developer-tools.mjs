import { APP_SERVICE, AZ_TOKEN, AZD_TOKEN, OTHER, R, T } from './common.mjs'
import { only } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Expectation} Expectation */
/** @typedef {import('./common.mjs').Script} Script */
/** @typedef {import('./common.mjs').Setting} Setting */

const AZD = only('AzureDeveloperCliCredential')
const PWSH = only('AzurePowerShellCredential')
const HELP = { '/?': { stdout: 'help' } }
/** @param {string[]} scopes @param {string[]} more */
const azdCall = (scopes, ...more) =>
  ['azd auth token --output json --no-prompt', ...scopes.map((scope) => `--scope ${scope}`), ...more].join(
    ' ',
  ) + ' [/bin]'
const SCOPE = `${R}/.default`

/**
 * @param {string} id
 * @param {string} what
 * @param {Script} script
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const azd = (id, what, script, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: AZD,
  tools: { azd: script },
  expect: { requests: [], ...expect },
  peer,
  ...more,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Script} script
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const pwsh = (id, what, script, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: PWSH,
  tools: { pwsh: { when: HELP, ...script } },
  expect: { requests: [], ...expect },
  peer,
  ...more,
})
const GOOD = { stdout: AZ_TOKEN }
/** @param {object} [fields] */
const pwshToken = (fields) =>
  JSON.stringify({ Token: 'pwsh-token', ExpiresOn: '2030-01-01T00:00:00+00:00', ...fields })
const AT_2030 = { at: 1893456000_000 }

/** More of section H: how azd and PowerShell are called, and what they say besides. @type {Case[]} */
export const cases = [
  azd(
    'H58',
    'azd: scopes in the order of the call',
    { stdout: AZD_TOKEN },
    {
      spawned: [azdCall(['https://b.example/.default', 'https://a.example/.default'])],
      outcome: { token: 'azd-token' },
    },
    { calls: [{ scopes: ['https://b.example/.default', 'https://a.example/.default'] }] },
  ),
  azd(
    'H59',
    'azd: an unreadable expiry',
    { stdout: JSON.stringify({ token: 'azd-token', expiresOn: 'soon' }) },
    {
      outcome: { error: /expiry of the token is missing/ },
    },
    { peer: 'worse: hands the token out without an expiry' },
  ),
  azd(
    'H60',
    'azd: an answer without a token',
    { stdout: '{"expiresOn":"2030-01-01T00:00:00Z"}' },
    {
      outcome: { error: /token/ },
    },
    { peer: 'worse: hands out undefined as a token' },
  ),
  azd(
    'H61',
    'azd never returns: processTimeoutInMs',
    { hang: true },
    {
      spawned: [azdCall([SCOPE])],
      outcome: { error: /0\.7 ?s/, code: 'ENTRA_ID_TIMEOUT' },
      maxMs: 2000,
    },
    { options: { processTimeoutInMs: 700 }, peer: 'worse: "Unexpected end of JSON input"', limitMs: 5000 },
  ),
  azd(
    'H62',
    'azd: "must use multi-factor authentication"',
    { stderr: 'ERROR: AADSTS50076: you must use multi-factor authentication', exit: 1 },
    {
      outcome: { error: /azd auth login --scope SCOPE/, code: 'ENTRA_ID_REJECTED' },
    },
  ),
  azd(
    'H63',
    'azd: not logged in, in the words of older versions',
    { stderr: 'ERROR: not logged in, run `azd login` to login', exit: 1 },
    {
      outcome: { error: /Please run 'azd auth login'/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
  ),
  azd(
    'H64',
    'azd: its console message is unwrapped',
    {
      stderr: '{"type":"consoleMessage","timestamp":"2030","data":{"message":"\\nERROR: the sky fell\\n"}}',
      exit: 1,
    },
    { outcome: { error: /^(?![\s\S]*consoleMessage)[\s\S]*the sky fell/ } },
    { peer: 'worse: 4.13 shows the JSON' },
  ),
  azd(
    'H65',
    'azd: a scope that a shell would take apart is refused',
    { stdout: AZD_TOKEN },
    { spawned: [], outcome: { error: /Invalid scope/ } },
    {
      calls: [{ scopes: 'https://a.example/$(id)' }],
    },
  ),
  azd(
    'H66',
    'azd: another tenant than the option, not allowed',
    { stdout: AZD_TOKEN },
    {
      spawned: [],
      outcome: { error: /AdditionallyAllowedTenants/i },
    },
    { options: { tenantId: T }, calls: [{ options: { tenantId: OTHER } }] },
  ),
  azd(
    'H67',
    'azd: news before the answer',
    { stdout: `WARNING: update azd\n${AZD_TOKEN}` },
    { outcome: { token: 'azd-token' } },
    {
      peer: 'worse: shows the error of the JSON parser',
    },
  ),
  pwsh(
    'H68',
    'PowerShell: a warning beside a good answer',
    { stdout: pwshToken(), stderr: 'WARNING: breaking changes' },
    {
      outcome: { token: 'pwsh-token' },
    },
    { peer: 'worse: takes the warning for a failure' },
  ),
  pwsh(
    'H69',
    'PowerShell 5: the expiry as it writes it',
    { stdout: pwshToken({ ExpiresOn: '/Date(1893456000000)/' }) },
    {
      outcome: { token: 'pwsh-token', expiry: AT_2030 },
    },
    { peer: 'worse: hands the token out without an expiry' },
  ),
  pwsh(
    'H70',
    'PowerShell never returns: processTimeoutInMs',
    { hang: true },
    {
      outcome: { error: /0\.7 ?s/, code: 'ENTRA_ID_TIMEOUT' },
      maxMs: 2000,
    },
    {
      options: { processTimeoutInMs: 700 },
      peer: 'worse: honours it only for its probe, and waits for ever',
      limitMs: 5000,
    },
  ),
  pwsh(
    'H71',
    'PowerShell: another error is handed on',
    { stderr: 'Get-AzAccessToken: the sky fell', exit: 1 },
    {
      outcome: { error: /the sky fell/ },
    },
  ),
  pwsh(
    'H72',
    'PowerShell: a scope that it would take apart is refused',
    { stdout: pwshToken() },
    { outcome: { error: /Invalid scope/ } },
    {
      calls: [{ scopes: 'https://a.example/$(id)' }],
    },
  ),
  pwsh(
    'H73',
    'PowerShell: another tenant than the option, not allowed',
    { stdout: pwshToken() },
    {
      spawned: [],
      outcome: { error: /AdditionallyAllowedTenants/i },
    },
    { options: { tenantId: T }, calls: [{ options: { tenantId: OTHER } }] },
  ),
  {
    id: 'B05a',
    what: 'PowerShell and azd fail with unknown messages: both are quoted',
    env: { ...only('dev'), ...APP_SERVICE },
    tools: {
      pwsh: { when: HELP, stderr: 'the earth shook', exit: 1 },
      azd: { stderr: 'ERROR: the sky fell', exit: 1 },
    },
    expect: { requests: [], outcome: { error: [/the earth shook/, /the sky fell/] } },
    peer: 'equal',
  },
  {
    id: 'A21',
    what: 'only AzureDeveloperCliCredential: az is not run',
    env: AZD,
    tools: { az: GOOD, azd: { stdout: AZD_TOKEN } },
    expect: { requests: [], spawned: [azdCall([SCOPE])], outcome: { token: 'azd-token' } },
    peer: 'equal',
  },
  {
    id: 'A22',
    what: 'only AzurePowerShellCredential: az and azd are not run',
    env: PWSH,
    tools: { az: GOOD, azd: { stdout: AZD_TOKEN } },
    expect: { requests: [], spawned: [], outcome: { error: /PowerShell/, code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: 'equal',
  },
]
