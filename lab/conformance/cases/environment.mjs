import { only, OTHER, PUBLIC, secretRequest, SERVICE_PRINCIPAL, T } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const INSTANCE = `GET ${PUBLIC}/common/discovery/instance?api-version=1.1&authorization_endpoint=`
/** @param {string} host @param {string} [tenant] */
const unknown = (host, tenant = 'T') => [
  `${INSTANCE}${host}/${tenant}/oauth2/v2.0/authorize`,
  `GET ${host}/${tenant}/v2.0/.well-known/openid-configuration`,
]
const PRIVATE = 'https://login.private.example'
/** The baseline ends the path with a slash here; the endpoint is the same. @param {string} host */
const regional = (host) =>
  new RegExp(`^POST https://${host}/T/oauth2/v2.0/token/? \\| client_id=C&client_secret=the-secret&`)
const NO_REGION = 'worse: takes "auto_discover" for the name of the region'
/** Section C: a service principal in the environment. @type {Case[]} */
export const cases = [
  {
    id: 'C01',
    what: 'client secret: one POST, no discovery',
    env: SERVICE_PRINCIPAL,
    expect: {
      requests: [secretRequest()],
      proxied: ['CONNECT login.microsoftonline.com:443'],
      outcome: { token: 'token-1', expiry: { in: 3599 } },
    },
    peer: 'equal',
  },
  {
    id: 'C02',
    what: 'two calls, one request',
    env: SERVICE_PRINCIPAL,
    calls: [{}, {}],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C03',
    what: 'AZURE_AUTHORITY_HOST of a sovereign cloud with a trailing slash: one slash goes out',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' },
    expect: {
      requests: [secretRequest({ host: 'https://login.microsoftonline.us' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C04',
    what: 'an authority that is not one of the known: Microsoft is asked about it, then it about itself',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    expect: {
      requests: [...unknown(PRIVATE), secretRequest({ host: PRIVATE })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C06',
    what: 'an authority over http is refused; the message says https',
    env: {
      ...SERVICE_PRINCIPAL,
      AZURE_AUTHORITY_HOST: 'http://login.private.example',
      ...only('EnvironmentCredential'),
    },
    expect: {
      requests: [],
      outcome: { error: /AUTHORITY_HOST[\s\S]*https/i, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: says only "Failed to retrieve a valid token"',
  },
  {
    id: 'C08',
    what: 'a tenant in the call that is not allowed: refused, nothing is sent',
    env: { ...SERVICE_PRINCIPAL, ...only('EnvironmentCredential') },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [], outcome: { error: /AdditionallyAllowedTenants/i } },
    peer: 'equal',
  },
  {
    id: 'C09',
    what: "AZURE_ADDITIONALLY_ALLOWED_TENANTS=*: the call's tenant is asked",
    env: { ...SERVICE_PRINCIPAL, AZURE_ADDITIONALLY_ALLOWED_TENANTS: '*' },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [secretRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'worse: 4.13 ignores the variable',
  },
  {
    id: 'C10',
    what: "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: the call's tenant is not heeded",
    env: { ...SERVICE_PRINCIPAL, AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: '1' },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C13',
    what: 'claims: the kept token is not used, the claims go out, another token comes back',
    env: SERVICE_PRINCIPAL,
    calls: [{}, { options: { claims: '{"access_token":{"nbf":{"essential":true}}}' } }],
    expect: {
      // The baseline adds claims of its own about the id token, which this flow does not have.
      requests: [
        secretRequest(),
        /^POST \S+ \| claims=\{"access_token":\{"nbf":\{"essential":true\}\}.*\}&client_id=C&/,
      ],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'equal',
  },
  {
    id: 'C14',
    what: 'AZURE_ADDITIONALLY_ALLOWED_TENANTS as a list with semicolons',
    env: { ...SERVICE_PRINCIPAL, AZURE_ADDITIONALLY_ALLOWED_TENANTS: `contoso.com;${OTHER}` },
    calls: [{ options: { tenantId: OTHER } }, {}],
    expect: {
      requests: [secretRequest({ tenant: 'OTHER' }), secretRequest()],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'worse: 4.13 ignores the variable',
  },
  {
    id: 'C15',
    what: 'additionallyAllowedTenants as an option',
    env: SERVICE_PRINCIPAL,
    options: { additionallyAllowedTenants: [OTHER] },
    calls: [{ options: { tenantId: OTHER } }],
    expect: { requests: [secretRequest({ tenant: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C16',
    what: 'the call names the configured tenant: allowed without a list',
    env: SERVICE_PRINCIPAL,
    calls: [{ options: { tenantId: T } }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C17',
    what: 'the authority of China',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' },
    calls: [{ scopes: 'https://cognitiveservices.azure.cn/.default' }],
    expect: {
      // Two names of one cloud.
      requests: [
        /^POST https:\/\/login\.(chinacloudapi|partner\.microsoftonline)\.cn\/T\/oauth2\/v2\.0\/token .*azure\.cn/,
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C18',
    what: 'authorityHost as an option beats the variable',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    options: { authorityHost: 'https://login.microsoftonline.us' },
    expect: {
      requests: [secretRequest({ host: 'https://login.microsoftonline.us' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C19',
    what: 'a region: its own host of the public cloud',
    env: { ...SERVICE_PRINCIPAL, AZURE_REGIONAL_AUTHORITY_NAME: 'westeurope' },
    expect: { requests: [regional('westeurope.login.microsoft.com')], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C20',
    what: 'AutoDiscoverRegion with REGION_NAME',
    env: {
      ...SERVICE_PRINCIPAL,
      AZURE_REGIONAL_AUTHORITY_NAME: 'AutoDiscoverRegion',
      REGION_NAME: 'eastus2',
    },
    expect: {
      requests: [secretRequest({ host: 'https://eastus2.login.microsoft.com' })],
      outcome: { token: 'token-1' },
    },
    peer: NO_REGION,
  },
  {
    id: 'C21',
    what: 'AutoDiscoverRegion by IMDS',
    env: { ...SERVICE_PRINCIPAL, AZURE_REGIONAL_AUTHORITY_NAME: 'AutoDiscoverRegion' },
    imds: { status: 200, headers: { 'content-type': 'text/plain' }, body: 'northeurope' },
    expect: {
      requests: [
        /^GET http:\/\/imds\/metadata\/instance\/compute\/location\?api-version=\S+&format=text \| metadata: true$/,
        secretRequest({ host: 'https://northeurope.login.microsoft.com' }),
      ],
      outcome: { token: 'token-1' },
    },
    peer: NO_REGION,
  },
  {
    id: 'C22',
    what: 'AutoDiscoverRegion without IMDS: the global authority',
    env: { ...SERVICE_PRINCIPAL, AZURE_REGIONAL_AUTHORITY_NAME: 'AutoDiscoverRegion' },
    imds: 'absent',
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: NO_REGION,
  },
  {
    id: 'C23',
    what: "a region of a sovereign cloud keeps that cloud's host",
    env: {
      ...SERVICE_PRINCIPAL,
      AZURE_REGIONAL_AUTHORITY_NAME: 'usgovvirginia',
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us',
    },
    expect: {
      requests: [regional('usgovvirginia.login.microsoftonline.us')],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C24',
    what: 'disableInstanceDiscovery: Microsoft is not asked about a private authority',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    options: { disableInstanceDiscovery: true },
    expect: {
      requests: [unknown(PRIVATE)[1], secretRequest({ host: PRIVATE })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C25',
    what: 'Microsoft does not know the authority: the secret is not sent to it',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    instance: {
      status: 400,
      body: { error: 'invalid_instance', error_description: 'AADSTS50049: Unknown instance.' },
    },
    expect: {
      requests: [unknown(PRIVATE)[0]],
      outcome: { error: /authority|instance|endpoints_resolution/i },
    },
    peer: 'equal',
  },
  {
    id: 'C26',
    what: 'the private authority names a token endpoint of its own host',
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: PRIVATE },
    openid: {
      status: 200,
      body: {
        token_endpoint: `${PRIVATE}/T/exchange`,
        authorization_endpoint: `${PRIVATE}/${T}/oauth2/v2.0/authorize`,
        issuer: `${PRIVATE}/${T}/v2.0`,
        jwks_uri: `${PRIVATE}/${T}/keys`,
      },
    },
    expect: {
      requests: [
        ...unknown(PRIVATE),
        `POST ${PRIVATE}/T/exchange | client_id=C&client_secret=the-secret&grant_type=client_credentials&scope=SCOPE`,
      ],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C27',
    what: 'Entra answers 503 once: it is asked again',
    env: SERVICE_PRINCIPAL,
    authority: [{ status: 503, body: 'Service Unavailable' }, undefined],
    expect: { requests: [secretRequest(), secretRequest()], outcome: { token: 'token-1' }, maxMs: 4000 },
    peer: 'equal',
  },
  {
    id: 'C28',
    what: 'Entra answers 429 with Retry-After: 1: asked again after a second',
    env: SERVICE_PRINCIPAL,
    authority: [{ status: 429, headers: { 'retry-after': '1' }, body: '{}' }, undefined],
    expect: {
      requests: [secretRequest(), secretRequest()],
      outcome: { token: 'token-1' },
      minMs: 950,
      maxMs: 4000,
    },
    peer: 'equal',
  },
  {
    id: 'C29',
    what: 'Entra answers 503 for ever: four requests, then an error',
    env: SERVICE_PRINCIPAL,
    authority: { status: 503, body: 'Service Unavailable' },
    expect: { requests: 4, outcome: { error: /503|Service Unavailable|network/i, code: 'ENTRA_ID_NETWORK' } },
    peer: 'equal',
    limitMs: 20_000,
    slow: true,
  },
  {
    id: 'C30',
    what: 'the connection is reset once: asked again',
    env: SERVICE_PRINCIPAL,
    authority: [{ reset: true }, undefined],
    expect: { requests: 2, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
]
