import { AZ_TOKEN, AZD_TOKEN, C, SCOPE, SERVICE_PRINCIPAL, T } from './common.mjs'
import { azCall, only, secretRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const AZ = { az: { stdout: AZ_TOKEN } }
const NOTHING = { requests: [], spawned: [] }
/** @param {string} id @param {string} value @returns {Case} */
const refused = (id, value) => ({
  id,
  what: `AZURE_TOKEN_CREDENTIALS=${value}: the constructor throws and lists what is valid`,
  env: { ...SERVICE_PRINCIPAL, ...only(value) },
  expect: {
    ...NOTHING,
    outcome: { thrown: true, error: /AZURE_TOKEN_CREDENTIALS[\s\S]*AzureCliCredential/ },
  },
  peer: 'equal',
})

/** More of section A: values of AZURE_TOKEN_CREDENTIALS, and what counts as set. @type {Case[]} */
export const cases = [
  {
    id: 'A23',
    what: 'a tab before its value and a line break behind it',
    env: { ...SERVICE_PRINCIPAL, ...only('\tPROD\n') },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  refused('A24', 'prod,dev'),
  {
    id: 'A25',
    what: 'AZURE_TOKEN_CREDENTIALS="prod", as an env file keeps it: the quotation marks are no part of it',
    env: { ...SERVICE_PRINCIPAL, ...only('"prod"') },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: the constructor throws',
  },
  refused('A26', 'none'),
  refused('A27', 'InteractiveBrowserCredential'),
  {
    id: 'A28',
    what: 'dev beside a service principal: it is not used, az serves',
    env: { ...SERVICE_PRINCIPAL, ...only('Dev') },
    tools: AZ,
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'A29',
    what: 'dev with only azd: it serves',
    env: only('dev'),
    tools: { azd: { stdout: AZD_TOKEN } },
    expect: {
      requests: [],
      spawned: [`azd auth token --output json --no-prompt --scope ${SCOPE} [/bin]`],
      outcome: { token: 'azd-token' },
    },
    peer: 'equal',
  },
  {
    id: 'A30',
    what: 'only EnvironmentCredential, nothing set, beside a login: az is not run',
    env: only('EnvironmentCredential'),
    tools: AZ,
    expect: { ...NOTHING, outcome: { error: /EnvironmentCredential/, code: 'ENTRA_ID_UNAVAILABLE' } },
    peer: 'equal',
  },
  {
    id: 'A31',
    what: 'requiredEnvVars: a variable of blanks counts as missing',
    env: { ...SERVICE_PRINCIPAL, REQUIRED: '  ' },
    options: { requiredEnvVars: ['REQUIRED'] },
    expect: { ...NOTHING, outcome: { thrown: true, error: /'REQUIRED'/, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: takes blanks for a value',
  },
  {
    id: 'A32',
    what: 'a user name without its password beside a login: az serves',
    env: { AZURE_TENANT_ID: T, AZURE_CLIENT_ID: C, AZURE_USERNAME: 'alice' },
    imds: 'absent',
    tools: AZ,
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'A33',
    what: 'a secret and a user name with its password: the secret goes first',
    env: { ...SERVICE_PRINCIPAL, AZURE_USERNAME: 'alice', AZURE_PASSWORD: 'the-password' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'A34',
    what: 'processTimeoutInMs of 0: no limit but that of the whole acquisition',
    env: only('AzureCliCredential'),
    options: { processTimeoutInMs: 0 },
    tools: AZ,
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'A35',
    what: 'a user name and its password beside a login: named, not sent, and no other credential is used',
    env: {
      AZURE_TENANT_ID: T,
      AZURE_CLIENT_ID: C,
      AZURE_USERNAME: 'alice',
      AZURE_PASSWORD: 'the-password',
    },
    imds: 'absent',
    tools: AZ,
    expect: { ...NOTHING, outcome: { error: /AZURE_USERNAME/, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: sends the password in a flow that Entra has retired',
  },
]
