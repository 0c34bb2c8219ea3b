import { APP_SERVICE, AZ_TOKEN, AZD_TOKEN, OTHER, R, T } from './common.mjs'
import { azCall, only } from './common.mjs'

const AZ = only('AzureCliCredential')
const AZD = only('AzureDeveloperCliCredential')
const PWSH = only('AzurePowerShellCredential')
const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}'
const HELP = { '/?': { stdout: 'help' } }
const azdCall = (scopes, ...more) =>
  ['azd auth token --output json --no-prompt', ...scopes.map((scope) => `--scope ${scope}`), ...more].join(
    ' ',
  ) + ' [/bin]'
const SCOPE = `${R}/.default`

const az = (id, what, script, expect, { peer = 'equal', env, ...more } = {}) => ({
  id,
  what,
  env: { ...AZ, ...env },
  tools: { az: script },
  expect: { requests: [], ...expect },
  peer,
  ...more,
})
const azd = (id, what, script, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: AZD,
  tools: { azd: script },
  expect: { requests: [], ...expect },
  peer,
  ...more,
})
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
const serves = { token: 'az-token' }
const pwshToken = (fields) =>
  JSON.stringify({ Token: 'pwsh-token', ExpiresOn: '2030-01-01T00:00:00+00:00', ...fields })
const AT_2030 = { at: 1893456000_000 }

/** More of section H: how the tools are called, and what they say besides. */
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
    'az: what cmd.exe says where it is missing',
    { stderr: "'az' is not recognized as an internal or external command", exit: 1 },
    {
      outcome: { error: /Azure CLI could not be found/, code: 'ENTRA_ID_UNAVAILABLE' },
    },
  ),
  az(
    'H43',
    'az: what a shell says where it is missing',
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
      outcome: { ...serves, expiry: AT_2030 },
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
    'azd: an expiry that nobody can read',
    { stdout: JSON.stringify({ token: 'azd-token', expiresOn: 'soon' }) },
    {
      outcome: { error: /when the token expires/ },
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
      peer: 'worse: heeds it for its probe alone and waits for ever',
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
    what: 'PowerShell and azd fail in ways that nobody foresaw: all are named with their words',
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
    what: 'AzureDeveloperCliCredential alone: az is not run',
    env: AZD,
    tools: { az: GOOD, azd: { stdout: AZD_TOKEN } },
    expect: { requests: [], spawned: [azdCall([SCOPE])], outcome: { token: 'azd-token' } },
    peer: 'equal',
  },
  {
    id: 'A22',
    what: 'AzurePowerShellCredential alone: az and azd are not run',
    env: PWSH,
    tools: { az: GOOD, azd: { stdout: AZD_TOKEN } },
    expect: { requests: [], spawned: [], outcome: { error: /PowerShell/, code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: 'equal',
  },
]
