import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import {
  ClientAssertionCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  cacheStats,
  clearTokenCache,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { aadsts, startAuthority } from '../testkit/authority.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { secret } from '../testkit/secrets.mjs'
import { rejectsWith } from './support/errors.mjs'
import { onSource, stampede } from './support/fixture.mjs'
import { tls } from '../testkit/tls.mjs'
import { startWorker } from './support/worker.mjs'

const SCOPE = 'https://vault.azure.net/.default'
const CHAT_SCOPE = 'https://cognitiveservices.azure.com/.default'
const TENANT = 'contoso.example'
const CLIENT = 'an-application'

afterEach(() => clearTokenCache())

/** An authority that knows one secret, and gives each user a token of its own. */
const startTenant = async () => {
  const authority = await startAuthority()
  const known = secret('client-secret')
  /** @type {Map<string, string>} the user of each token */
  const users = new Map()
  authority.always(({ body }) => {
    const form = new URLSearchParams(body)
    if (form.has('client_secret') && form.get('client_secret') !== known) {
      return aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.')
    }
    const { token, expiresIn } = authority.tokens.issue()
    users.set(token, form.get('assertion') ?? '')
    return { body: { token_type: 'Bearer', expires_in: expiresIn, access_token: token } }
  })
  return { ...authority, known, userOf: (/** @type {string} */ token) => users.get(token) }
}
/** @typedef {Awaited<ReturnType<typeof startTenant>>} Tenant */

/** @param {(tenant: Tenant) => unknown} act */
const onTenant = (act) => onSource({ start: startTenant }, act)
/**
 * @param {Pick<ClientSecretCredential, 'getToken'>} credential
 * @param {import('azure-openai-entra').GetTokenOptions} [options]
 */
const tokenOf = async (credential, options) => (await credential.getToken(SCOPE, options)).token

describe('objects that stand for the same application share its token', () => {
  test('1,000 first calls of 100 objects send one request, and later ones none', () =>
    onTenant(async (tenant) => {
      const objects = Array.from(
        { length: 100 },
        () => new ClientSecretCredential(TENANT, CLIENT, tenant.known),
      )
      const tokens = await stampede(tenant, 1000, (i) => tokenOf(objects[i % 100]))
      assert.deepEqual(new Set(tokens), new Set(tenant.tokens.issued))
      assert.equal(await tokenOf(new ClientSecretCredential(TENANT, CLIENT, tenant.known)), tokens[0])
      assert.equal(tenant.requests.length, 1)
    }))

  test('over 4 threads', () =>
    onTenant(async (tenant) => {
      const workerData = {
        name: 'ClientSecretCredential',
        args: [TENANT, CLIENT, tenant.known],
        scope: SCOPE,
      }
      const workers = await Promise.all(
        Array.from({ length: 4 }, () => startWorker('class-worker.mjs', { workerData })),
      )
      const tokens = await Promise.all(workers.map((worker) => worker.order('ask')))
      assert.deepEqual(new Set(tokens), new Set(tenant.tokens.issued))
      assert.equal(tenant.requests.length, 1)
      await Promise.all(workers.map((worker) => worker.terminate()))
    }))

  test('and with a wrong secret none is served what the right one brought', () =>
    onTenant(async (tenant) => {
      await tokenOf(new ClientSecretCredential(TENANT, CLIENT, tenant.known))
      await rejectsWith(tokenOf(new ClientSecretCredential(TENANT, CLIENT, secret('another'))), {
        name: 'AuthenticationRequiredError',
        code: 'ENTRA_ID_REJECTED',
        scopes: [SCOPE],
      })
      assert.equal(tenant.requests.length, 2)
    }))

  for (const chain of ['EnvironmentCredential', undefined]) {
    test(`so with the secret of a variable, in ${chain ?? 'the default chain'}`, () =>
      onTenant(async (tenant) => {
        process.env.AZURE_TOKEN_CREDENTIALS = chain ?? ''
        const asked = async (/** @type {string} */ clientSecret) => {
          process.env.AZURE_CLIENT_SECRET = clientSecret
          return tokenOf(chain ? new EnvironmentCredential() : new DefaultAzureCredential())
        }
        const token = await asked(tenant.known)
        await rejectsWith(asked(secret('another')), { code: 'ENTRA_ID_REJECTED' })
        assert.equal(await asked(tenant.known), token)
        assert.equal(tenant.requests.length, 2)
      }))
  }

  for (const scopes of [SCOPE, [SCOPE]])
    test(`an object that was asked under another environment changes nothing for another, scopes as ${typeof scopes}`, () =>
      onTenant(async (tenant) => {
        process.env.AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential'
        process.env.AZURE_CLIENT_SECRET = tenant.known
        const [one, other, third] = [1, 2, 3].map(() => new DefaultAzureCredential())
        const asked = async (/** @type {DefaultAzureCredential} */ credential, client = 'alice') => {
          process.env.AZURE_CLIENT_ID = client
          return (await credential.getToken(scopes)).token
        }
        const alices = await asked(one)
        assert.equal(await asked(other), alices)
        clearTokenCache()
        const bobs = await asked(one, 'bob')
        // It follows the environment at its next fetch, and not before.
        assert.equal(await asked(one), bobs)
        const anew = await asked(other)
        assert.equal(await asked(third), anew)
        assert.equal(new Set([alices, bobs, anew]).size, 3)
        assert.deepEqual(
          tenant.requests.map(({ body }) => new URLSearchParams(body).get('client_id')),
          ['alice', 'bob', 'alice'],
        )
      }))

  test('and one function shares while another has a token of its own', () =>
    onTenant(async (tenant) => {
      const made = (/** @type {string} */ assertion) => async () => assertion
      const [one, other] = [made('one'), made('other')]
      /** @param {() => Promise<string>} getAssertion */
      const of = (getAssertion) => tokenOf(new ClientAssertionCredential(TENANT, CLIENT, getAssertion))
      assert.equal(await of(one), await of(one))
      assert.notEqual(await of(one), await of(other))
      assert.equal(tenant.requests.length, 2)
    }))

  test('managed identities are told apart by their ids', () =>
    onSource({ start: startIdentity }, async (host) => {
      /** @type {any[]} any, because no signature takes all forms */
      const ids = [undefined, 'alice', { clientId: 'alice' }, { objectId: 'bob' }, { resourceId: '/carol' }]
      const tokens = []
      for (const id of ids) tokens.push(await tokenOf(new ManagedIdentityCredential(id)))
      assert.equal(tokens[1], tokens[2])
      assert.equal(new Set(tokens).size, 4)
      assert.equal(host.requests.length, 4)
    }))

  for (const planted of [Object.prototype, Array.prototype, String.prototype]) {
    test(`so if ${planted.constructor.name} has a toJSON that makes all of them alike`, () =>
      onSource({ start: startIdentity }, async (host) => {
        // The answers of the stand-in, which this process writes as well, stay what they are.
        /** @this {object} */
        function toJSON() {
          return Object.hasOwn(this, 'access_token') ? this : 'alike'
        }
        Object.defineProperty(planted, 'toJSON', { value: toJSON, configurable: true })
        try {
          /** @param {string} managedIdentityClientId @param {string[]} scopes */
          const of = async (managedIdentityClientId, ...scopes) =>
            (await new DefaultAzureCredential({ managedIdentityClientId }).getToken(scopes)).token
          const shared = new ManagedIdentityCredential({ clientId: 'carol' })
          const tokens = [
            await of('alice', SCOPE),
            await of('bob', SCOPE),
            (await shared.getToken([SCOPE])).token,
            (await shared.getToken([CHAT_SCOPE])).token,
          ]
          assert.equal(new Set(tokens).size, 4)
          assert.equal(host.requests.length, 4)
        } finally {
          Reflect.deleteProperty(planted, 'toJSON')
        }
      }))
  }
})

describe("the app's own way of sending requests keeps two apart", () => {
  /**
   * A client that answers as every endpoint does, with tokens of `user`.
   *
   * @param {string} user
   */
  const clientOf = (user) => {
    let tokens = 0
    return {
      requests: 0,
      async sendRequest(/** @type {any} of @azure/core-rest-pipeline */ request) {
        const { createHttpHeaders } = await import('@azure/core-rest-pipeline')
        const origin = 'https://login.microsoftonline.com/contoso.example'
        const isDiscovery = request.url.includes('openid-configuration')
        const token = { token_type: 'Bearer', expires_in: 3600, access_token: `${user}-${++tokens}` }
        const found = { issuer: `${origin}/v2.0`, token_endpoint: `${origin}/oauth2/v2.0/token` }
        if (!isDiscovery) this.requests += 1
        const bodyAsText = JSON.stringify(isDiscovery ? found : token)
        return {
          request,
          status: 200,
          headers: createHttpHeaders({ 'content-type': 'application/json' }),
          bodyAsText,
        }
      },
    }
  }
  /** @typedef {ReturnType<typeof clientOf>} Client */
  /** @param {Client} client */
  const policyOf = (client) => ({
    name: 'of-the-app',
    sendRequest: (/** @type {any} of @azure/core-rest-pipeline */ request) => client.sendRequest(request),
  })
  const getAssertion = async () => 'an-assertion'
  const application = { tenantId: TENANT, clientId: CLIENT, clientSecret: 'a-secret' }
  /** @type {Record<string, (options: any) => Pick<ClientSecretCredential, 'getToken'>>} any, as the options differ */
  const makers = {
    DefaultAzureCredential: (options) => new DefaultAzureCredential(options),
    EnvironmentCredential: (options) => new EnvironmentCredential(options),
    ManagedIdentityCredential: (options) => new ManagedIdentityCredential(options),
    ClientSecretCredential: (options) => new ClientSecretCredential(TENANT, CLIENT, 'a-secret', options),
    ClientAssertionCredential: (options) =>
      new ClientAssertionCredential(TENANT, CLIENT, getAssertion, options),
    OnBehalfOfCredential: (options) =>
      new OnBehalfOfCredential({ ...application, userAssertionToken: 'a-user', ...options }),
  }
  const environment = {
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: CLIENT,
    AZURE_CLIENT_SECRET: 'a-secret',
    IDENTITY_ENDPOINT: 'http://identity.example/token',
    IDENTITY_HEADER: 'a-header',
  }
  const start = async () => ({ environment, close() {} })
  /** @type {Record<string, (client: Client) => (() => object)>} the options of each object, over what stays */
  const ways = {
    httpClient: (httpClient) => () => ({ httpClient }),
    additionalPolicies: (client) => {
      const policy = policyOf(client)
      return () => ({ additionalPolicies: [{ policy, position: 'perCall' }] })
    },
    'a policy of each try': (client) => {
      const policy = policyOf(client)
      return () => ({ additionalPolicies: [{ policy, position: 'perRetry' }] })
    },
  }
  for (const [name, make] of Object.entries(makers)) {
    for (const [way, over] of Object.entries(ways)) {
      test(`${way} of a ${name}: another object has its own token, the same object shares`, () =>
        onSource({ start }, async () => {
          const clients = [clientOf('alice'), clientOf('bob')]
          const [alice, bob] = clients.map(over)
          assert.equal(await tokenOf(make(alice())), 'alice-1')
          assert.equal(await tokenOf(make(bob())), 'bob-1')
          assert.equal(await tokenOf(make(alice())), 'alice-1')
          assert.equal(await getBearerTokenProvider(make(bob()), CHAT_SCOPE)(), 'bob-2')
          assert.equal(await getBearerTokenProvider(make(alice()), CHAT_SCOPE)(), 'alice-2')
          assert.deepEqual(
            clients.map(({ requests }) => requests),
            [2, 2],
          )
        }))
    }
  }

  test('one more policy, another order or another position has its own token, and so has a credential without policies', () =>
    onSource({ start: startIdentity }, async (host) => {
      const passing = (/** @type {string} */ name) => ({
        name,
        sendRequest: (/** @type {any} the pipeline's */ request, /** @type {any} the same */ next) =>
          next(request),
      })
      const [one, other] = [passing('one'), passing('other')]
      /** @param {any[]} policies any, because the package need not be installed */
      const of = (...policies) =>
        tokenOf(new ManagedIdentityCredential({ additionalPolicies: policies.map(at('perCall')) }))
      /** @param {'perCall' | 'perRetry'} position */
      const at = (position) => (/** @type {any} as above */ policy) => ({ policy, position })
      const asks = () => [
        () => tokenOf(new ManagedIdentityCredential()),
        () => of(one),
        () => of(one, other),
        () => of(other, one),
        () => tokenOf(new ManagedIdentityCredential({ additionalPolicies: [at('perRetry')(one)] })),
      ]
      const tokens = []
      for (const ask of [...asks(), ...asks()]) tokens.push(await ask())
      assert.equal(new Set(tokens).size, 5)
      assert.deepEqual(tokens.slice(5), tokens.slice(0, 5))
      assert.equal(host.requests.length, 5)
    }))

  test('tlsOptions count by their bytes', () =>
    onSource({ start: startIdentity }, async (host) => {
      const [one, other] = [await tls(), await tls(['another.example'])]
      const of = async (/** @type {object | undefined} */ tlsOptions) =>
        tokenOf(new ManagedIdentityCredential({ tlsOptions }))
      const { cert, key, ca } = one
      const plain = await of(undefined)
      const proved = await of({ cert, key })
      assert.equal(await of({ cert: Buffer.from(cert), key: Buffer.from(key) }), proved)
      assert.equal(await of({}), plain)
      const tokens = [plain, proved, await of({ cert: other.cert, key: other.key }), await of({ ca })]
      assert.equal(new Set(tokens).size, 4)
      assert.equal(host.requests.length, 4)
    }))

  test('a token ends with the object that its request was given to', () =>
    onSource({ start }, async () => {
      setFlagsFromString('--expose-gc')
      const collect = runInNewContext('gc')
      const collected = async (/** @type {() => boolean} */ isEnough) => {
        for (let i = 0; i < 100 && !isEnough(); i++) {
          collect()
          await setImmediate()
        }
      }
      const shared = clientOf('alice')
      for (const make of [makers.ManagedIdentityCredential, makers.DefaultAzureCredential]) {
        clearTokenCache()
        // The objects of each call are gone with it.
        for (let i = 0; i < 20; i++) {
          await tokenOf(make({ httpClient: clientOf('bob') }))
          await tokenOf(
            make({
              httpClient: shared,
              additionalPolicies: [{ policy: policyOf(clientOf('x')), position: 'perCall' }],
            }),
          )
        }
        const kept = await tokenOf(make({ httpClient: shared }))
        await collected(() => cacheStats().tokens.length === 1)
        assert.equal(cacheStats().tokens.length, 1)
        // No credential is left, and the object that stayed has its token.
        assert.equal(await tokenOf(make({ httpClient: shared })), kept)
      }
    }))
})

describe('on behalf of users', () => {
  /** @param {Tenant} tenant @param {string} userAssertionToken */
  const application = (tenant, userAssertionToken) => ({
    tenantId: TENANT,
    clientId: CLIENT,
    clientSecret: tenant.known,
    userAssertionToken,
  })

  test('20 users never get one another’s token, in any order and however often', () =>
    onTenant(async (tenant) => {
      const users = Array.from({ length: 20 }, (_, i) => secret(`user-${i}`))
      for (let round = 0; round < 3; round++) {
        const objects = users.map((user) => new OnBehalfOfCredential(application(tenant, user)))
        const calls = objects.flatMap((object, i) =>
          [0, 1].map(async () => [users[i], await tokenOf(object)]),
        )
        for (const [user, token] of await Promise.all(calls)) assert.equal(tenant.userOf(token), user)
      }
      assert.equal(tenant.requests.length, 20)
    }))

  test('a user’s token is forgotten with the last object that can ask for it', () =>
    onTenant(async (tenant) => {
      setFlagsFromString('--expose-gc')
      const collect = runInNewContext('gc')
      const user = secret('user')
      const kept = new OnBehalfOfCredential(application(tenant, secret('another-user')))
      const provider = getBearerTokenProvider(new OnBehalfOfCredential(application(tenant, user)), SCOPE)
      await Promise.all([tokenOf(kept), provider()])
      // Two more objects of the user, which nothing keeps.
      for (let i = 0; i < 2; i++)
        await tokenOf(new OnBehalfOfCredential(application(tenant, user)), { enableCae: true })
      for (let i = 0; i < 10; i++) {
        collect()
        await setImmediate()
      }
      assert.equal(cacheStats().tokens.length, 2, 'the provider keeps its own')
      await provider()
      await forgetting(application(tenant, secret('a-third-user')), collect)
      assert.equal(cacheStats().tokens.length, 2)
      assert.ok(await tokenOf(kept))
    }))
})

/**
 * Asks for a user, and keeps nothing of that user afterwards.
 *
 * @param {ConstructorParameters<typeof OnBehalfOfCredential>[0]} options
 * @param {() => void} collect
 */
const forgetting = async (options, collect) => {
  await tokenOf(new OnBehalfOfCredential(options))
  assert.equal(cacheStats().tokens.length, 3)
  for (let i = 0; i < 100 && cacheStats().tokens.length > 2; i++) {
    collect()
    await setImmediate()
  }
}
