import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { generate } from 'selfsigned'

import { aadsts, startAuthority } from '../testkit/authority.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { secret } from '../testkit/secrets.mjs'
import { PACKAGES, startPackage, wire } from './support/both-packages.mjs'

const SCOPE = 'https://vault.azure.net/.default'
const CAE = { xms_cc: { values: ['cp1'] } }

const folder = mkdtempSync(join(tmpdir(), 'entra-classes-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const made = await generate([{ name: 'commonName', value: 'app' }], { keySize: 2048, algorithm: 'sha256' })
const password = secret('certificate-password')
const pem = `${made.private.trim()}\n${made.cert.trim()}\n`
const key = createPrivateKey(made.private)
const locked = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
const encryptedPem = `${locked}${made.cert.trim()}\n`
/** @param {string} name @param {string | Buffer} text */
const file = (name, text) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const certificatePath = file('app.pem', pem)
const tokenFilePath = file('token', 'federated')

/**
 * Both packages in processes of their own, each with its own stand-ins, so that each has a cache of its own.
 *
 * @param {string} name
 */
const open = async (name) => {
  const [authority, host] = await Promise.all([startAuthority(), startIdentity()])
  authority.always(({ path }) => {
    if (path === '/oidc') return { body: { oidcToken: 'assertion-of-a-pipeline' } }
    const { token, expiresIn } = authority.tokens.issue()
    return { body: { token_type: 'Bearer', expires_in: expiresIn, access_token: token } }
  })
  const { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS } = authority.environment
  const process = startPackage(name, {
    AZURE_AUTHORITY_HOST,
    NODE_EXTRA_CA_CERTS,
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
    AZURE_POD_IDENTITY_AUTHORITY_HOST: undefined,
  })
  return {
    authority,
    host,
    /** What the case brings, and which requests it sends. */
    /** @param {Record<string, any>} setting any, as each case needs */
    run: async ({ answers = [], env, ...told }) => {
      const counts = [authority, host].map(({ requests }) => requests.length)
      authority.next(...answers)
      const { token, ...rest } = await process.ask({
        scopes: SCOPE,
        ...told,
        env: env?.({ authority, host }),
      })
      const issued = [...authority.tokens.issued, ...host.tokens.issued]
      const requests = [authority, host].flatMap((it, nth) => it.requests.slice(counts[nth]).map(wire))
      /** @type {Record<string, any>} any, as the program says it */
      const outcome = { ...rest, isToken: token && issued.includes(token) }
      return { outcome, requests }
    },
    close: async () => {
      await process.end()
      await Promise.all([authority.close(), host.close()])
    },
  }
}

const TENANT = 'contoso.example'
const NO_DISCOVERY = { disableInstanceDiscovery: true }
/** An application of its own for each case: what one case cached, no other is served. */
let applications = 0
const client = () => `00000000-0000-0000-0000-${String(++applications).padStart(12, '0')}`

/** @typedef {Awaited<ReturnType<typeof open>>} Side one of the packages, with its own stand-ins */

/** @param {Side} side */
const appService = ({ host }) => host.environment
const refused = () => aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.')
const application = { tenantId: TENANT, ...NO_DISCOVERY }
const user = () => ({ userAssertionToken: secret('user') })

/**
 * A class, the form of its constructor, its arguments, which are new for each test, and what else the case has.
 *
 * @typedef {[string, string, () => unknown[], Record<string, any>?]} Case any, as each case needs
 */

/** Each form of each constructor. Both packages get the same arguments. @type {Case[]} */
const SERVED = [
  ['ManagedIdentityCredential', 'nothing', () => [], { env: appService }],
  ['ManagedIdentityCredential', 'undefined', () => [undefined], { env: appService }],
  ['ManagedIdentityCredential', 'an empty object', () => [{}], { env: appService }],
  ['ManagedIdentityCredential', 'a client id', () => [client()], { env: appService }],
  ['ManagedIdentityCredential', 'a client id and options', () => [client(), {}], { env: appService }],
  ['ManagedIdentityCredential', 'clientId', () => [{ clientId: client() }], { env: appService }],
  [
    'ManagedIdentityCredential',
    'resourceId',
    () => [{ resourceId: '/subscriptions/x' }],
    { env: appService },
  ],
  ['ManagedIdentityCredential', 'objectId', () => [{ objectId: client() }], { env: appService }],
  [
    'ManagedIdentityCredential',
    'nothing, beside AZURE_CLIENT_ID',
    () => [{ clientId: undefined }],
    {
      env: (/** @type {Side} */ it) => ({ ...appService(it), AZURE_CLIENT_ID: 'of-another' }),
      scopes: 'https://storage.azure.com',
    },
  ],
  [
    'ManagedIdentityCredential',
    'a bare resource',
    () => [],
    { env: appService, scopes: ['api://AzureADTokenExchange'] },
  ],
  ['ClientSecretCredential', 'a secret', () => [TENANT, client(), secret('client-secret'), NO_DISCOVERY]],
  [
    'ClientSecretCredential',
    'a tenant of the call',
    () => [TENANT, client(), secret('client-secret'), { ...NO_DISCOVERY, additionallyAllowedTenants: ['*'] }],
    { options: { tenantId: 'other.example' } },
  ],
  [
    'ClientSecretCredential',
    "'*' as text",
    () => [TENANT, client(), secret('client-secret'), { ...NO_DISCOVERY, additionallyAllowedTenants: '*' }],
    { options: { tenantId: 'other.example' } },
  ],
  [
    'ClientSecretCredential',
    'claims and CAE',
    () => [TENANT, client(), secret('client-secret'), NO_DISCOVERY],
    { options: { claims: JSON.stringify({ access_token: { nbf: { value: '1' } } }), enableCae: true } },
  ],
  [
    'ClientSecretCredential',
    'a provider',
    () => [TENANT, client(), secret('client-secret'), NO_DISCOVERY],
    { isProvider: true },
  ],
  ['ClientCertificateCredential', 'a path', () => [TENANT, client(), certificatePath, NO_DISCOVERY]],
  [
    'ClientCertificateCredential',
    'certificatePath',
    () => [TENANT, client(), { certificatePath }, NO_DISCOVERY],
  ],
  [
    'ClientCertificateCredential',
    'certificate',
    () => [TENANT, client(), { certificate: pem }, NO_DISCOVERY],
  ],
  [
    'ClientCertificateCredential',
    'a password, and the chain',
    () => {
      const certificate = { certificate: encryptedPem, certificatePassword: password }
      return [TENANT, client(), certificate, { ...NO_DISCOVERY, sendCertificateChain: true }]
    },
  ],
  [
    'ClientAssertionCredential',
    'a function',
    () => [TENANT, client(), { gives: 'assertion-of-a-function' }, NO_DISCOVERY],
  ],
  [
    'OnBehalfOfCredential',
    'clientSecret',
    () => [{ ...application, clientId: client(), clientSecret: secret('client-secret'), ...user() }],
  ],
  [
    'OnBehalfOfCredential',
    'certificatePath',
    () => [{ ...application, clientId: client(), certificatePath, ...user() }],
  ],
  [
    'OnBehalfOfCredential',
    'getAssertion',
    () => [{ ...application, clientId: client(), getAssertion: { gives: 'assertion' }, ...user() }],
  ],
  ['WorkloadIdentityCredential', 'options', () => [{ ...application, clientId: client(), tokenFilePath }]],
  [
    'WorkloadIdentityCredential',
    'variables',
    () => [NO_DISCOVERY],
    {
      env: () => ({
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: 'c',
        AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
      }),
    },
  ],
  [
    'EnvironmentCredential',
    'a secret',
    () => [NO_DISCOVERY],
    {
      env: () => ({
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: 'e',
        AZURE_CLIENT_SECRET: 'environment-secret',
      }),
    },
  ],
  [
    'EnvironmentCredential',
    'a certificate, whose chain AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=1 sends',
    () => [NO_DISCOVERY],
    {
      env: () => ({
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: 'f',
        AZURE_CLIENT_CERTIFICATE_PATH: certificatePath,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: '1',
      }),
    },
  ],
  [
    'AzurePipelinesCredential',
    'a service connection',
    () => [TENANT, client(), 'connection', secret('system-token'), NO_DISCOVERY],
    {
      env: (/** @type {Side} */ { authority }) => ({ SYSTEM_OIDCREQUESTURI: `${authority.origin}/oidc` }),
      // MSAL asks for each assertion twice.
      isRepeated: true,
    },
  ],
]

/** What each refuses. @type {Case[]} */
const REFUSED = [
  ['ClientSecretCredential', 'no tenant', () => ['', 'c', 's']],
  ['ClientSecretCredential', 'no client id', () => [TENANT, '', 's']],
  ['ClientSecretCredential', 'no secret', () => [TENANT, 'c', undefined]],
  ['ClientAssertionCredential', 'no function', () => [TENANT, 'c', undefined]],
  ['OnBehalfOfCredential', 'no proof', () => [{ tenantId: TENANT, clientId: 'c', userAssertionToken: 'u' }]],
  ['OnBehalfOfCredential', 'no user', () => [{ tenantId: TENANT, clientId: 'c', clientSecret: 's' }]],
  ['AzurePipelinesCredential', 'no pipeline', () => [TENANT, 'c', 'connection', 'token']],
  ['AzurePipelinesCredential', 'no token', () => [TENANT, 'c', 'connection', '']],
  ['WorkloadIdentityCredential', 'no variables', () => []],
  ['EnvironmentCredential', 'no variables', () => []],
  [
    'ClientSecretCredential',
    'a wrong secret',
    () => [TENANT, client(), secret('client-secret'), NO_DISCOVERY],
    { answers: [refused()] },
  ],
  [
    'OnBehalfOfCredential',
    'a wrong secret',
    () => [{ ...application, clientId: client(), clientSecret: secret('client-secret'), ...user() }],
    { answers: [refused()] },
  ],
  [
    'EnvironmentCredential',
    'a wrong secret',
    () => [NO_DISCOVERY],
    {
      env: () => ({ AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: 'w', AZURE_CLIENT_SECRET: 'wrong' }),
      answers: [refused()],
    },
  ],
  [
    'ManagedIdentityCredential',
    'several scopes',
    () => [],
    { env: appService, scopes: ['https://a/.default', 'https://b/.default'], differs: 'names what to pass' },
  ],
  ['AzureCliCredential', 'claims', () => [], { options: { claims: '{"a":1}' } }],
  ['AzurePowerShellCredential', 'claims', () => [], { options: { claims: '{"a":1}' } }],
]

describe('beside @azure/identity', () => {
  /** @type {Awaited<ReturnType<typeof open>>[]} */
  let both
  before(async () => {
    both = await Promise.all([open(PACKAGES.ours), open(PACKAGES.theirs)])
  })
  after(() => Promise.all(both.map((it) => it.close())))

  /** @param {object} told */
  const inBoth = (told) => Promise.all(both.map((it) => it.run(told)))
  /** Each has authorities and hosts of its own. @param {ReturnType<typeof wire>[]} requests */
  const comparable = (requests) =>
    requests.map(({ header, ...request }) => ({ ...request, hasHeader: header !== undefined }))

  /** @param {object[]} requests */
  const distinct = (requests) =>
    requests.filter((request, nth) => nth === requests.findIndex((it) => isDeepStrictEqual(it, request)))

  for (const [name, what, args, told] of SERVED) {
    test(`${name} with ${what} sends the same requests`, async () => {
      const [ours, theirs] = await inBoth({ ...told, name, args: args() })
      assert.equal(theirs.outcome.isToken, true, JSON.stringify(theirs.outcome))
      assert.deepEqual(ours.outcome, theirs.outcome)
      const expected = comparable(theirs.requests)
      assert.deepEqual(comparable(ours.requests), told?.isRepeated ? distinct(expected) : expected)
    })
  }

  for (const [name, what, args, { differs = undefined, ...told } = {}] of REFUSED) {
    test(`${name} with ${what} fails with the same error`, async () => {
      const [ours, theirs] = await inBoth({ ...told, name, args: args() })
      assert.ok(theirs.outcome.isError, JSON.stringify(theirs.outcome))
      const kind = (/** @type {Awaited<ReturnType<Side['run']>>} */ { outcome }) =>
        ['name', 'instances', 'statusCode', 'scopes'].map((field) => [field, outcome[field]])
      if (differs === undefined) assert.deepEqual(kind(ours), kind(theirs), ours.outcome.message)
      else assert.match(ours.outcome.code, /^ENTRA_ID_/)
      assert.deepEqual(comparable(ours.requests), comparable(theirs.requests))
    })
  }

  test('a provider tells Entra ID that its app takes challenges', async () => {
    const args = [TENANT, client(), secret('client-secret'), NO_DISCOVERY]
    const [{ requests }] = await inBoth({ name: 'ClientSecretCredential', args, isProvider: true })
    assert.deepEqual(requests[0].claims, CAE)
  })

  test('what a function throws is the cause', async () => {
    const [ours] = both
    const args = [TENANT, client(), { throws: 'the vault is closed' }, NO_DISCOVERY]
    for (let time = 0; time < 2; time++) {
      // oxlint-disable-next-line no-await-in-loop -- nothing holds off the second call
      const { outcome, requests } = await ours.run({ name: 'ClientAssertionCredential', args })
      assert.equal(outcome.cause, 'the vault is closed')
      assert.deepEqual(requests, [])
    }
  })
})
