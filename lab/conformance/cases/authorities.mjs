import { APP_SERVICE, AZ_TOKEN, C, OTHER, PUBLIC, SERVICE_PRINCIPAL, T, WORKLOAD } from './common.mjs'
import { appServiceRequest, granted, only, secretRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const US = 'https://login.microsoftonline.us'
const DOMAIN = 'contoso.onmicrosoft.com'
const PRIVATE = 'https://login.private.example'
const AZ = { az: { stdout: AZ_TOKEN } }
const anyTenant = { additionallyAllowedTenants: ['*'] }

/** An OpenID configuration of the private authority, but for `changes`. @param {object} changes */
const openid = (changes) => ({
  status: 200,
  body: {
    token_endpoint: `${PRIVATE}/${T}/oauth2/v2.0/token`,
    authorization_endpoint: `${PRIVATE}/${T}/oauth2/v2.0/authorize`,
    issuer: `${PRIVATE}/${T}/v2.0`,
    jwks_uri: `${PRIVATE}/${T}/keys`,
    ...changes,
  },
})

/**
 * Instance discovery's answer about the private authority, whose endpoints are at `preferred`.
 *
 * @param {string} preferred
 */
const instance = (preferred) => ({
  status: 200,
  body: {
    tenant_discovery_endpoint: `https://${preferred}/${T}/v2.0/.well-known/openid-configuration`,
    metadata: [
      {
        preferred_network: preferred,
        preferred_cache: preferred,
        aliases: [PRIVATE.replace('https://', ''), preferred],
      },
    ],
  },
})

/** MSAL asks for claims of an ID token beside it. */
const TAKES_CHALLENGES =
  /\| claims=\{.*"access_token":\{"xms_cc":\{"values":\["cp1"\]\}\}.*\}&client_id=C&client_secret=the-secret&/

/** Section C: authorities, tenants and scopes that are spelled in odd ways. @type {Case[]} */
export const cases = [
  {
    id: 'C70',
    what: 'scopes go out in the order of the call',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: ['https://ai.azure.com/b', 'https://ai.azure.com/a', 'https://ai.azure.com/b'] }],
    expect: {
      requests: [secretRequest({ scope: 'https://ai.azure.com/b https://ai.azure.com/a' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C71',
    what: 'a scope with characters that few have',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: "api://app~1/it's+(100%25)/.default" }],
    expect: {
      requests: [secretRequest({ scope: "api://app~1/it's+(100%25)/.default" })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C72',
    what: 'tenantId as an option does not stand in for AZURE_TENANT_ID: App Service serves',
    env: { AZURE_CLIENT_ID: C, AZURE_CLIENT_SECRET: 'the-secret', ...APP_SERVICE },
    options: { tenantId: OTHER },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C73',
    what: 'an authority that ends in the tenant: the tenant stands once in the address',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: `${US}/${T}/` },
    expect: { requests: [secretRequest({ host: US })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C74',
    what: 'an empty AZURE_AUTHORITY_HOST counts as unset, also for App Service',
    env: { ...APP_SERVICE, AZURE_AUTHORITY_HOST: '' },
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: drops the managed identity and hides why',
  },
  {
    id: 'C75',
    what: 'an empty AZURE_AUTHORITY_HOST and a service principal: the public cloud',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: '' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C76',
    what: 'authorityHost over http: the constructor throws and says https',
    env: SERVICE_PRINCIPAL,
    options: { authorityHost: 'http://login.private.example' },
    expect: {
      requests: [],
      outcome: { thrown: true, error: /authorityHost[\s\S]*https/, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: does not throw, and asks the other credentials',
  },
  {
    id: 'C77',
    what: 'another name of the public cloud',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'https://login.windows.net' },
    expect: {
      requests: [/^POST https:\/\/login\.(windows\.net|microsoftonline\.com)\/T\/oauth2\/v2\.0\/token /],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C78',
    what: 'the configured tenant in other letters: it is the same',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: DOMAIN },
    calls: [{ options: { tenantId: 'CONTOSO.onmicrosoft.com' } }],
    expect: { requests: [/^POST \S+\/contoso\.onmicrosoft\.com\/oauth2/i], outcome: { token: 'token-1' } },
    peer: 'worse: refuses it as another tenant',
  },
  {
    id: 'C79',
    what: 'a tenant of the call that is no tenant is refused before any request',
    env: SERVICE_PRINCIPAL,
    options: anyTenant,
    calls: [{ options: { tenantId: '../evil' } }],
    expect: { requests: [], outcome: { error: /tenant/i, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: sends the secret to an address that the tenant spells',
  },
  {
    id: 'C80',
    what: 'claims that are no JSON: refused, and the message says so',
    env: SERVICE_PRINCIPAL,
    calls: [{ options: { claims: 'nonsense' } }],
    expect: { requests: [], outcome: { error: /claims/i, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: drops them and gives a token that does not meet them',
  },
  {
    id: 'C81',
    what: 'blank claims count as none',
    env: SERVICE_PRINCIPAL,
    calls: [{ options: { claims: '  ' } }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C82',
    what: 'enableCae: a token of its own, whose request says that challenges are taken',
    env: SERVICE_PRINCIPAL,
    calls: [{}, { options: { enableCae: true } }],
    expect: {
      requests: [secretRequest(), TAKES_CHALLENGES],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'equal',
  },
  {
    id: 'C82a',
    what: 'a provider: the request says that challenges are taken',
    env: SERVICE_PRINCIPAL,
    provider: true,
    expect: { requests: [TAKES_CHALLENGES], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C83',
    what: 'an invalid region: the global authority',
    env: { ...SERVICE_PRINCIPAL, AZURE_REGIONAL_AUTHORITY_NAME: 'no region/?' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: makes an address of it that does not exist',
  },
  {
    id: 'C84',
    what: 'disableInstanceDiscovery and a workload identity',
    env: { ...WORKLOAD, AZURE_AUTHORITY_HOST: 'https://login.private.example' },
    files: { token: 'FEDERATED' },
    options: { disableInstanceDiscovery: true },
    expect: {
      requests: [
        'GET https://login.private.example/T/v2.0/.well-known/openid-configuration',
        /^POST https:\/\/login\.private\.example\/T\/oauth2\/v2\.0\/token \| client_assertion=FEDERATED&/,
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C85',
    what: 'a malformed AZURE_TENANT_ID beside App Service: named, and no other credential is used',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: '<your tenant>', ...APP_SERVICE },
    expect: { requests: [], outcome: { error: /AZURE_TENANT_ID/, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'worse: goes on as another identity, without a word',
  },
  {
    id: 'C86',
    what: 'a token of one minute: served again within it',
    env: SERVICE_PRINCIPAL,
    authority: granted({ expires_in: 60 }),
    calls: [{}, {}],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1', expiry: { in: 60 } } },
    peer: 'worse: asks again with every call',
  },
  {
    id: 'C87',
    what: 'past refresh_in: the held token at once, a new one behind it',
    env: SERVICE_PRINCIPAL,
    clock: true,
    authority: [granted({ expires_in: 86_400, refresh_in: 43_200 }), granted({ expires_in: 86_400 })],
    calls: [{}, { advance: 43_300 }, {}, { sleep: 400 }, {}],
    expect: { requests: 2, outcome: [{ token: 'token-1' }, { token: 'token-1' }, { token: 'token-2' }] },
    peer: 'equal',
  },
  {
    id: 'C88',
    what: 'an endpoint that repeats the secret in its refusal: the message does not',
    env: { ...SERVICE_PRINCIPAL, ...only('EnvironmentCredential') },
    authority: {
      status: 401,
      body: { error: 'invalid_client', error_description: 'AADSTS7000215: the-secret is wrong' },
    },
    expect: {
      requests: [secretRequest()],
      outcome: { error: /^(?![\s\S]*the-secret)[\s\S]*AADSTS7000215/, code: 'ENTRA_ID_REJECTED' },
    },
    peer: 'worse: the message holds the secret',
  },
  {
    id: 'C89',
    what: 'a page of a proxy with status 403: the message says what came',
    env: SERVICE_PRINCIPAL,
    authority: { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Blocked</html>' },
    expect: { requests: [secretRequest()], outcome: { error: /403[\s\S]*HTML/, code: 'ENTRA_ID_REJECTED' } },
    peer: 'worse: a bare network_error, without what answered',
  },
  {
    id: 'C90',
    what: 'no client id: App Service serves with its own identity',
    env: { AZURE_TENANT_ID: T, AZURE_CLIENT_SECRET: 'the-secret', ...APP_SERVICE },
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C91',
    what: `a scope that names ${PUBLIC.replace('https://', '')}'s Graph without /.default`,
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: 'https://graph.microsoft.com' }],
    expect: {
      requests: [secretRequest({ scope: 'https://graph.microsoft.com' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C102',
    what: 'an authority over http beside az: named, and no other credential is used',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'http://login.private.example' },
    tools: AZ,
    expect: {
      requests: [],
      spawned: [],
      outcome: { error: /AZURE_AUTHORITY_HOST[\s\S]*https/, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: continues with the login, silently',
  },
  {
    id: 'C103',
    what: 'an authority without https:// beside az: named, and no other credential is used',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'login.microsoftonline.com' },
    tools: AZ,
    expect: {
      requests: [],
      spawned: [],
      outcome: { error: /AZURE_AUTHORITY_HOST/, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: continues with the login, silently',
  },
  {
    id: 'C104',
    what: 'the scheme of the authority in capital letters',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'HTTPS://login.microsoftonline.com' },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: refuses it and hides why',
  },
  {
    id: 'C105',
    what: 'an authority that ends in common: the tenant stands in its place',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: `${PUBLIC}/common` },
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: takes common for the tenant, and refuses it',
  },
  {
    id: 'C106',
    what: 'AZURE_TENANT_ID=organizations: refused before any request',
    env: { ...SERVICE_PRINCIPAL, AZURE_TENANT_ID: 'organizations' },
    tools: AZ,
    expect: {
      requests: [],
      spawned: [],
      outcome: { error: /tenant/i, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'equal',
  },
  {
    id: 'C107',
    what: 'Microsoft cannot be asked about the authority: the secret is not sent to it',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    instance: { status: 500, body: {} },
    expect: { requests: 4, outcome: { error: /authority|endpoints_resolution/i } },
    peer: 'equal',
    limitMs: 20_000,
  },
  {
    id: 'C108',
    what: 'an authority without an OpenID configuration: the usual endpoint is asked',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    openid: { status: 404, body: {} },
    expect: { requests: 3, outcome: { token: 'token-1' } },
    peer: 'worse: fails',
  },
  {
    id: 'C109',
    what: 'AZURE_ADDITIONALLY_ALLOWED_TENANTS with blanks around its names',
    env: { ...SERVICE_PRINCIPAL, AZURE_ADDITIONALLY_ALLOWED_TENANTS: `contoso.com; ${OTHER} ;` },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [secretRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'worse: takes the blanks for a part of the names',
  },
  {
    id: 'C110',
    what: 'an empty tenantId in the call is ignored',
    env: SERVICE_PRINCIPAL,
    calls: [{ options: { tenantId: '' } }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: refuses it as another tenant',
  },
  {
    id: 'C111',
    what: 'AZURE_IDENTITY_DISABLE_MULTITENANTAUTH counts whatever its value',
    env: { ...SERVICE_PRINCIPAL, AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: 'false' },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C200',
    what: 'the OpenID configuration of a private authority names a foreign token endpoint: no secret goes there',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    openid: openid({ token_endpoint: 'https://tokens.private.example/T/exchange' }),
    expect: {
      requests: 2,
      outcome: { error: /tokens\.private\.example/, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: posts the secret to the foreign host',
  },
  {
    id: 'C201',
    what: 'the OpenID configuration of a private authority names a foreign issuer: no secret goes out',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    openid: openid({ issuer: `https://login.other.example/${T}/v2.0` }),
    expect: { requests: 2, outcome: { error: /issuer|endpoints_resolution_error/ } },
    peer: 'equal',
  },
  {
    id: 'C202',
    what: 'instance discovery knows the authority by another name: that one is asked',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    instance: instance('sts.private.example'),
    openid: openid({
      token_endpoint: `https://sts.private.example/${T}/oauth2/v2.0/token`,
      issuer: `https://sts.private.example/${T}/v2.0`,
    }),
    expect: {
      requests: [
        /^GET https:\/\/login\.microsoftonline\.com\/common\/discovery\/instance\?/,
        'GET https://sts.private.example/T/v2.0/.well-known/openid-configuration',
        secretRequest({ host: 'https://sts.private.example' }),
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C203',
    what: 'a tenant of External ID: instance discovery, which knows none of them, is not asked',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'https://contoso.ciamlogin.com' },
    instance: { status: 400, body: { error: 'invalid_instance' } },
    expect: {
      requests: [
        'GET https://contoso.ciamlogin.com/T/v2.0/.well-known/openid-configuration',
        secretRequest({ host: 'https://contoso.ciamlogin.com' }),
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C204',
    what: 'a 200 that holds an error beside a token: the token is not taken',
    env: { ...SERVICE_PRINCIPAL, ...only('EnvironmentCredential') },
    authority: granted({ expires_in: 3600, error: 'invalid_client', error_description: 'AADSTS7000215: no' }),
    expect: { requests: [secretRequest()], outcome: { error: /AADSTS7000215/ } },
    peer: 'equal',
  },
]
