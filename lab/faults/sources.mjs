/**
 * Where tokens come from: what the environment says, and what the endpoint answers while it is well. `{origin}`,
 * `{files}` and `{certificates}` are filled in.
 */

/**
 * @typedef {import('../../testkit/stand-in.mjs').Answer} Answer
 * @typedef {{ token: string, life: number, expiresOn: number, refreshIn?: number }} Grant
 *
 * @typedef {{
 *   id: string, what: string, env: Record<string, string>, files?: Record<string, string>, kind: 'entra' | 'identity',
 *   tls?: boolean, grant: (grant: Grant) => object, address?: string, port?: number, needsNamespace?: boolean,
 *   before?: (request: import('node:http').IncomingMessage) => Answer | undefined, isOursOnly?: boolean,
 * }} Source `isOursOnly`: `@azure/identity` does not have it
 */

/** @param {string} credential */
const only = (credential) => ({ AZURE_TOKEN_CREDENTIALS: credential })
const MANAGED_IDENTITY = only('ManagedIdentityCredential')
const APPLICATION = {
  AZURE_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  AZURE_CLIENT_ID: '22222222-2222-4222-8222-222222222222',
}
const ASSERTION = 'e30.e30.c2lnbmF0dXJl'
const CHALLENGE_FILE = '/var/opt/azcmagent/tokens/faults.key'

/** Entra ID's form; times are seconds. @param {Grant} grant */
const entraGrant = ({ token, life, refreshIn }) => ({
  token_type: 'Bearer',
  expires_in: life,
  ext_expires_in: life,
  ...(refreshIn && { refresh_in: refreshIn }),
  access_token: token,
})

/** The form of identity endpoints: moments, as text. @param {Grant} grant */
const identityGrant = ({ token, expiresOn, refreshIn }) => ({
  access_token: token,
  expires_on: String(expiresOn),
  ...(refreshIn && { refresh_in: String(refreshIn) }),
  resource: 'https://cognitiveservices.azure.com',
  token_type: 'Bearer',
})

/**
 * @param {string} id
 * @param {string} what
 * @param {Record<string, string>} env
 * @param {Record<string, string>} [files]
 * @returns {Source}
 */
const entra = (id, what, env, files) => ({
  id,
  what,
  env: { ...APPLICATION, ...env },
  files,
  kind: 'entra',
  tls: true,
  grant: entraGrant,
})
/**
 * An issuer of assertions at `path` of the same endpoint as Entra ID, so that a fault is one of both.
 *
 * @param {string} choice
 * @param {string} what
 * @param {string} path
 * @param {unknown} minted
 * @param {Record<string, string>} env
 * @returns {Source}
 */
const assertion = (choice, what, path, minted, env) => ({
  ...entra(`assertion-${choice}`, what, {
    ...only('WorkloadIdentityCredential'),
    AZURE_OPENAI_ENTRA_ASSERTION: choice,
    ...env,
  }),
  before: ({ url }) => (url?.startsWith(path) ? { body: minted } : undefined),
  isOursOnly: true,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Record<string, string>} env
 * @param {Partial<Source>} [more]
 * @returns {Source}
 */
const identity = (id, what, env, more) => ({
  id,
  what,
  env: { ...MANAGED_IDENTITY, ...env },
  kind: 'identity',
  grant: identityGrant,
  ...more,
})

/**
 * IMDS refuses what lacks its header, which is how it is recognised.
 *
 * @param {import('node:http').IncomingMessage} request
 */
const withoutMetadata = ({ headers }) =>
  headers.metadata === undefined ? { status: 400, body: { error: 'invalid_request' } } : undefined

/**
 * Arc hands out the name of a file whose content only the right user can read.
 *
 * @param {import('node:http').IncomingMessage} request
 */
const withoutKey = ({ headers }) =>
  headers.authorization === undefined
    ? { status: 401, headers: { 'www-authenticate': `Basic realm=${CHALLENGE_FILE}` }, body: '' }
    : undefined

const IMDS = { address: '169.254.169.254', port: 80, needsNamespace: true, before: withoutMetadata }

export const SOURCES = [
  entra('client-secret', 'client secret', {
    ...only('EnvironmentCredential'),
    AZURE_CLIENT_SECRET: 'the-secret',
  }),
  entra('certificate', 'client certificate', {
    ...only('EnvironmentCredential'),
    AZURE_CLIENT_CERTIFICATE_PATH: '{certificates}/app.pem',
  }),
  entra(
    'workload-identity',
    'workload identity',
    { ...only('WorkloadIdentityCredential'), AZURE_FEDERATED_TOKEN_FILE: '{files}/federated' },
    { '{files}/federated': 'the-assertion' },
  ),
  {
    ...entra(
      'token-proxy',
      'the token proxy of AKS',
      {
        ...only('WorkloadIdentityCredential'),
        AZURE_FEDERATED_TOKEN_FILE: '{files}/federated',
        AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true',
        AZURE_KUBERNETES_TOKEN_PROXY: '{origin}',
        AZURE_KUBERNETES_CA_FILE: '{certificates}/ca.pem',
      },
      { '{files}/federated': 'the-assertion' },
    ),
    isOursOnly: true,
  },
  assertion(
    'github-actions',
    'an assertion of GitHub Actions',
    '/oidc',
    { value: ASSERTION },
    {
      ACTIONS_ID_TOKEN_REQUEST_URL: '{origin}/oidc?api-version=2.0',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'the-request-token',
    },
  ),
  assertion('google-cloud', 'an assertion of Google Cloud', '/computeMetadata/', ASSERTION, {
    GCE_METADATA_HOST: '{address}',
  }),
  assertion(
    'managed-identity',
    'an assertion of a managed identity',
    '/msi',
    { access_token: ASSERTION, expires_in: 3600 },
    { IDENTITY_ENDPOINT: '{origin}/msi', IDENTITY_HEADER: 'the-header' },
  ),
  identity('app-service', 'App Service', {
    IDENTITY_ENDPOINT: '{origin}/msi/token',
    IDENTITY_HEADER: 'the-header',
  }),
  identity('imds', 'IMDS', {}, IMDS),
  identity('imds-in-chain', 'IMDS, found by the chain', only('prod'), IMDS),
  identity(
    'azure-arc',
    'Azure Arc',
    { IDENTITY_ENDPOINT: '{origin}/arc', IMDS_ENDPOINT: '{origin}' },
    { files: { [CHALLENGE_FILE]: 'the-key' }, needsNamespace: true, before: withoutKey },
  ),
  identity('azure-ml', 'Azure Machine Learning', {
    MSI_ENDPOINT: '{origin}/ml',
    MSI_SECRET: 'the-secret',
    DEFAULT_IDENTITY_CLIENT_ID: 'the-client',
  }),
  identity('cloud-shell', 'Cloud Shell', { MSI_ENDPOINT: '{origin}/shell' }),
  identity(
    'service-fabric',
    'Service Fabric',
    {
      IDENTITY_ENDPOINT: '{origin}/fabric',
      IDENTITY_HEADER: 'the-header',
      IDENTITY_SERVER_THUMBPRINT: '{thumbprint}',
    },
    { tls: true },
  ),
]
