import { APP_SERVICE, C, OTHER, SCOPE, SERVICE_PRINCIPAL, T } from './common.mjs'
import { aadsts, granted, only, secretRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Answers} Answers */
/** @typedef {import('./common.mjs').Case} Case */

const CERTIFICATE = {
  AZURE_TENANT_ID: T,
  AZURE_CLIENT_ID: C,
  AZURE_CLIENT_CERTIFICATE_PATH: '{files}/app.pem',
}
const PEM = { 'app.pem': { concat: ['{certificates}/app.pem'] } }
/** @param {string} [rest] */
const assertion = (rest = '') =>
  new RegExp(
    `^POST https://login.microsoftonline.com/T/oauth2/v2.0/token \\| client_assertion=jwt\\((?:PS256 x5t#S256|RS256 x5t)${rest} aud=https://login.microsoftonline.com/T/(?:oauth2/)?v2.0(?:/token)? iss=C sub=C\\)&client_assertion_type=\\S+&client_id=C&grant_type=client_credentials&scope=SCOPE$`,
  )
const PRIVATE = 'https://login.private.example'
/**
 * @param {number} code
 * @param {string} text
 * @param {{ status?: number, error?: string, [field: string]: unknown }} [more]
 */
const refused = (code, text, more) => aadsts(code, text, { status: 400, ...more })
/**
 * @param {string} id
 * @param {string} what
 * @param {Answers} answer
 * @param {RegExp | RegExp[]} error
 * @param {string} [code]
 * @returns {Case}
 */
const fails = (id, what, answer, error, code = 'ENTRA_ID_REJECTED') => ({
  id,
  what,
  env: SERVICE_PRINCIPAL,
  authority: answer,
  expect: { requests: [secretRequest()], outcome: { error, code } },
  peer: 'equal',
})

/** More of section C: what Entra refuses, forms of answers, certificates, odd tenants. @type {Case[]} */
export const cases = [
  fails(
    'C31',
    'expired client secret',
    refused(7000222, 'The provided client secret keys are expired.', {
      status: 401,
      error: 'invalid_client',
    }),
    /AADSTS7000222/,
  ),
  fails(
    'C32',
    'application not found',
    refused(700016, 'Application was not found in the directory.', { error: 'unauthorized_client' }),
    /AADSTS700016/,
  ),
  fails('C33', 'tenant not found', refused(90002, 'Tenant was not found.'), /AADSTS90002/),
  fails(
    'C34',
    'scope malformed',
    refused(1002012, 'The provided value for scope is not valid.', { error: 'invalid_scope' }),
    /AADSTS1002012/,
  ),
  fails(
    'C35',
    'resource unknown in the tenant',
    refused(500011, 'The resource principal was not found.', { error: 'invalid_resource' }),
    /AADSTS500011/,
  ),
  fails(
    'C36',
    'conditional access blocks the service principal',
    refused(53003, 'Access has been blocked by Conditional Access policies.', { error: 'access_denied' }),
    /AADSTS53003/,
  ),
  {
    id: 'C37',
    what: 'a token endpoint that answers 200 without a token',
    env: SERVICE_PRINCIPAL,
    authority: { body: { token_type: 'Bearer', expires_in: 3599 } },
    expect: { requests: [secretRequest()], outcome: { error: /./, code: 'ENTRA_ID_NETWORK' } },
    peer: 'equal',
  },
  {
    id: 'C38',
    what: 'expires_in as text',
    env: SERVICE_PRINCIPAL,
    authority: granted({ expires_in: '3599', ext_expires_in: '3599' }),
    expect: { requests: [secretRequest()], outcome: { token: 'token-1', expiry: { in: 3599 } } },
    peer: 'equal',
  },
  {
    id: 'C39',
    what: 'refresh_in: the moment of refresh is handed on',
    env: SERVICE_PRINCIPAL,
    authority: granted({ expires_in: 86400, refresh_in: 43200 }),
    expect: {
      requests: [secretRequest()],
      outcome: { token: 'token-1', expiry: { in: 86400 }, refreshIn: 43200 },
    },
    peer: 'equal',
  },
  {
    id: 'C40',
    what: 'a secret of letters that a form has to escape',
    env: { ...SERVICE_PRINCIPAL, AZURE_CLIENT_SECRET: 'a+b&c=d %/~é' },
    expect: { requests: [secretRequest({ secret: 'a+b&c=d %/~é' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C41',
    what: 'two scopes of one resource',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: ['https://ai.azure.com/.default', 'https://ai.azure.com/other'] }],
    expect: {
      requests: [secretRequest({ scope: 'https://ai.azure.com/.default https://ai.azure.com/other' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C42',
    what: 'certificate: a signed assertion, no secret',
    env: CERTIFICATE,
    files: PEM,
    expect: { requests: [assertion()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C43',
    what: 'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=true: the chain is in the assertion',
    env: { ...CERTIFICATE, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'true' },
    files: PEM,
    expect: { requests: [assertion(' x5c×1')], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C44',
    what: 'secret and certificate: the secret goes first',
    env: { ...CERTIFICATE, AZURE_CLIENT_SECRET: 'the-secret' },
    files: PEM,
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C45',
    what: 'a certificate file that is not there: the message names it',
    env: { ...CERTIFICATE, ...only('EnvironmentCredential') },
    expect: { requests: [], outcome: { error: /app\.pem/ } },
    peer: 'equal',
  },
  {
    id: 'C46',
    what: 'a certificate file without a certificate: the message says so',
    env: { ...CERTIFICATE, ...only('EnvironmentCredential') },
    files: { 'app.pem': { concat: ['{certificates}/app.key'] } },
    expect: { requests: [], outcome: { error: /certificate/i } },
    peer: 'equal',
  },
  {
    id: 'C47',
    what: 'the certificate before its key in the file',
    env: { ...CERTIFICATE, AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: '1' },
    files: { 'app.pem': { concat: ['{certificates}/app.crt', '{certificates}/app.key'] } },
    expect: { requests: [assertion(' x5c×1')], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C48',
    what: 'an assertion that Entra refuses',
    env: CERTIFICATE,
    files: PEM,
    authority: aadsts(700027, 'The certificate used to sign the client assertion is not registered.', {
      status: 401,
      error: 'invalid_client',
    }),
    expect: { requests: [assertion()], outcome: { error: /AADSTS700027/, code: 'ENTRA_ID_REJECTED' } },
    peer: 'equal',
  },
  {
    id: 'C49',
    what: 'user name and password: refused with a sentence, the password is not sent',
    env: {
      AZURE_TENANT_ID: T,
      AZURE_CLIENT_ID: C,
      AZURE_USERNAME: 'u',
      AZURE_PASSWORD: 'p',
      ...only('EnvironmentCredential'),
    },
    expect: { requests: [], outcome: { error: /AZURE_USERNAME|password/i } },
    peer: 'worse: sends the password in a flow that Entra has retired',
  },
  {
    id: 'C50',
    what: "the authority never answers: an error within the caller's limit of 2 s",
    env: SERVICE_PRINCIPAL,
    authority: { silent: true },
    calls: [{ options: { requestOptions: { timeout: 2000 }, timeoutMs: 2000 } }],
    expect: { outcome: { error: /2 ?s|2000|time/i }, maxMs: 2600 },
    peer: 'worse: does not heed the limit; waits for ever',
  },
  {
    id: 'C51',
    what: 'the AADSTS text in an answer of 200 milliseconds and 20 callers: one request, one message',
    env: SERVICE_PRINCIPAL,
    authority: { delayMs: 200, ...aadsts(7000215, 'Invalid client secret provided.', { status: 401 }) },
    calls: [{ times: 20 }],
    expect: { requests: 1, outcome: { failures: 20, error: /AADSTS7000215/ } },
    peer: 'worse: sends the wrong secret 20 times',
  },
  {
    id: 'C52',
    what: 'a claims challenge by Entra itself (interaction_required)',
    env: SERVICE_PRINCIPAL,
    authority: aadsts(50076, 'You must use multi-factor authentication.', {
      error: 'interaction_required',
      claims: '{"access_token":{}}',
    }),
    expect: { requests: [secretRequest()], outcome: { error: /AADSTS50076/ } },
    peer: 'equal',
  },
  {
    id: 'C53',
    what: 'an authority host with a path of blanks around it',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: ' https://login.microsoftonline.us ' },
    expect: {
      requests: [secretRequest({ host: 'https://login.microsoftonline.us' })],
      outcome: { token: 'token-1' },
    },
    peer: 'worse: asks no credential and hides why',
  },
  {
    id: 'C54',
    what: "tenantId as an option does not replace AZURE_TENANT_ID of the environment's service principal",
    env: SERVICE_PRINCIPAL,
    options: { tenantId: OTHER },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C55',
    what: 'a tenant by domain name',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: 'contoso.onmicrosoft.com' },
    expect: {
      requests: [secretRequest({ tenant: 'contoso.onmicrosoft.com' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C56',
    what: 'AD FS as the tenant of a private authority',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: 'adfs', AZURE_AUTHORITY_HOST: PRIVATE },
    expect: {
      requests: [
        `GET ${PRIVATE}/adfs/.well-known/openid-configuration`,
        `POST ${PRIVATE}/adfs/oauth2/token | client_id=C&client_secret=the-secret&grant_type=client_credentials&scope=SCOPE`,
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C57',
    what: 'a redirect by the authority is not followed',
    env: SERVICE_PRINCIPAL,
    authority: { status: 307, headers: { location: '/elsewhere' }, body: '' },
    expect: { requests: [secretRequest()], outcome: { error: /./ } },
    peer: 'worse: sends the secret to the target of the redirect, 20 times',
  },
  {
    id: 'C58',
    what: 'the scope of Foundry beside the usual one: two tokens',
    env: SERVICE_PRINCIPAL,
    calls: [{}, { scopes: 'https://ai.azure.com/.default' }, { scopes: SCOPE }],
    expect: {
      requests: [secretRequest(), secretRequest({ scope: 'https://ai.azure.com/.default' })],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }, { token: 'token-1' }],
    },
    peer: 'equal',
  },
  {
    id: 'C59',
    what: 'a secret of blanks and an App Service: blanks are no secret',
    env: { ...SERVICE_PRINCIPAL, AZURE_CLIENT_SECRET: '   ', ...APP_SERVICE },
    expect: { outcome: { token: 'token-1' }, requests: [/^GET http:\/\/host\/msi\/token/] },
    peer: 'worse: sends the blanks as a secret',
  },
]
