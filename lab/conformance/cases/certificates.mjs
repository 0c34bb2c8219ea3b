import { C, only, T } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Part} Part */
/** @typedef {import('./common.mjs').Variables} Variables */

const VARIABLES = {
  AZURE_TENANT_ID: T,
  AZURE_CLIENT_ID: C,
  AZURE_CLIENT_CERTIFICATE_PATH: '{files}/app.pem',
  ...only('EnvironmentCredential'),
}
const CERT = '{certificates}/app.crt'
const KEY = '{certificates}/app.key'
const PASSWORD = { AZURE_CLIENT_CERTIFICATE_PASSWORD: 'the-password' }
const ENCRYPTED = { key: KEY, passphrase: 'the-password' }
/** @param {string} [chain] */
const assertion = (chain = '') =>
  new RegExp(
    `^POST https://login.microsoftonline.com/T/oauth2/v2.0/token \\| client_assertion=jwt\\([^ ]+ [^ ]+${chain} aud=`,
  )
/**
 * @param {string} id
 * @param {string} what
 * @param {Part[]} concat
 * @param {{ env?: Variables, chain?: string, peer?: string, lineEnd?: string, before?: string }} [form]
 * @returns {Case}
 */
const signs = (id, what, concat, { env, chain, peer = 'equal', ...form } = {}) => ({
  id,
  what,
  env: { ...VARIABLES, ...env },
  files: { 'app.pem': { concat, ...form } },
  expect: { requests: [assertion(chain)], outcome: { token: 'token-1' } },
  peer,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Part[]} concat
 * @param {Variables} env
 * @param {RegExp} error
 * @param {string} [peer]
 * @returns {Case}
 */
const refuses = (id, what, concat, env, error, peer = 'equal') => ({
  id,
  what,
  env: { ...VARIABLES, ...env },
  files: { 'app.pem': { concat } },
  expect: { requests: [], outcome: { error, code: 'ENTRA_ID_CONFIGURATION' } },
  peer,
})

/** Section C: forms of certificates and their keys. @type {Case[]} */
export const cases = [
  signs('C60', 'an encrypted key and its password', [ENCRYPTED, CERT], { env: PASSWORD }),
  refuses(
    'C61',
    'an encrypted key and another password',
    [ENCRYPTED, CERT],
    {
      AZURE_CLIENT_CERTIFICATE_PASSWORD: 'another',
    },
    /password/i,
    'worse: "bad decrypt", without the file or the variable',
  ),
  refuses(
    'C62',
    'an encrypted key without its password: the message says which variable',
    [ENCRYPTED, CERT],
    {},
    /AZURE_CLIENT_CERTIFICATE_PASSWORD/,
    'worse: "secretOrPrivateKey must be an asymmetric key"',
  ),
  signs('C63', 'a key in PKCS#1', [{ key: KEY, type: 'pkcs1' }, CERT]),
  signs('C64', 'a file with the line ends of Windows', [KEY, CERT], { lineEnd: '\r\n' }),
  signs('C65', 'the chain of two certificates', [KEY, CERT, '{certificates}/ca.pem'], {
    env: { AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'TRUE' },
    chain: ' x5c×2',
  }),
  signs('C66', 'a password for a key that needs none', [KEY, CERT], { env: PASSWORD }),
  signs('C67', 'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=yes is not true: no chain', [KEY, CERT], {
    env: { AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'yes' },
  }),
  {
    id: 'C68',
    what: 'a path that is a folder: the message names it',
    env: VARIABLES,
    files: { 'app.pem': { folder: true } },
    expect: { requests: [], outcome: { error: /app\.pem|EISDIR/, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'equal',
  },
  {
    id: 'C69',
    what: 'claims with a certificate',
    env: VARIABLES,
    files: { 'app.pem': { concat: [KEY, CERT] } },
    calls: [{ options: { claims: '{"access_token":{"nbf":{"essential":true}}}' } }],
    expect: {
      requests: [/\| claims=\{"access_token":\{"nbf".*&client_assertion=jwt\(/],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  signs('C100', 'a file with byte order marks, as editors on Windows write them', [CERT, KEY], {
    before: '\u{FEFF}',
  }),
  signs('C101', 'a file of openssl pkcs12, with attributes between its parts', [KEY, CERT], {
    before: 'Bag Attributes\n    friendlyName: app\nsubject=CN = app\n\n',
  }),
]
