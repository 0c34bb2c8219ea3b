import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, describe, test } from 'node:test'

import * as real from '@azure/identity'
import * as everything from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { secret } from '../testkit/secrets.mjs'
import { until } from '../testkit/until.mjs'
import { rejectsWith } from './support/errors.mjs'
import { onSource } from './support/fixture.mjs'

const entra = { ...everything }
const SCOPE = 'https://vault.azure.net/.default'
const HOUR = 3_600_000

const {
  ChainedTokenCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  clearTokenCache,
  getBearerTokenProvider,
} = entra

afterEach(() => clearTokenCache())

/**
 * A credential of the app, which records what it is asked.
 *
 * @param {(...given: any[]) => Promise<any>} [act] any, as each test gives it
 */
const appCredential = (
  act = async () => ({ token: secret('token'), expiresOnTimestamp: Date.now() + HOUR }),
) => {
  /** @type {any[]} any, as they come */
  const asked = []
  return { asked, getToken: async (/** @type {unknown[]} */ ...given) => (asked.push(given), act(...given)) }
}
/** @param {unknown} error */
const failing = (error) =>
  appCredential(async () => {
    throw error
  })

/** @param {import('../testkit/authority.mjs').Authority} authority @returns {[string, string, string]} */
const application = ({ tenantId, clientId, clientSecret }) => [tenantId, clientId, clientSecret]

/**
 * A credential of each class with these options, whose parameters are good.
 *
 * @param {string} name
 * @param {object} options
 * @param {object} [library]
 */
const made = (name, options, library = entra) => {
  const parameters = { tenantId: 'contoso.example', clientId: 'application' }
  const first = Object.values(parameters)
  process.env.SYSTEM_OIDCREQUESTURI = 'https://pipelines.example'
  /** @type {Record<string, unknown[]>} */
  const forms = {
    ClientSecretCredential: [...first, 'a secret', options],
    ClientCertificateCredential: [...first, '/app.pem', options],
    ClientAssertionCredential: [...first, async () => '', options],
    AzurePipelinesCredential: [...first, 'connection', 'token', options],
    OnBehalfOfCredential: [{ ...parameters, clientSecret: 's', userAssertionToken: 'u', ...options }],
    WorkloadIdentityCredential: [{ ...parameters, tokenFilePath: '/token', ...options }],
  }
  return Reflect.construct(Reflect.get(library, name), forms[name] ?? [options])
}

describe('ChainedTokenCredential', () => {
  const unavailable = () => new entra.CredentialUnavailableError('not here')

  test('mixes credentials of this package, of @azure/identity and of the app', () =>
    onSource({ start: startIdentity }, async (host) => {
      const sources = [
        new EnvironmentCredential(),
        failing(new real.CredentialUnavailableError('not there')),
        failing(new real.AuthenticationRequiredError({ scopes: [SCOPE] })),
        appCredential(async () => null),
        new ManagedIdentityCredential(),
        appCredential(),
      ]
      const { token } = await new ChainedTokenCredential(...sources).getToken(SCOPE)
      assert.deepEqual([token], host.tokens.issued)
      assert.deepEqual(
        sources.map((/** @type {any} ours record nothing */ { asked }) => asked?.length),
        [undefined, 1, 1, 1, undefined, 0],
      )
    }))

  for (const name of [
    'ClientSecretCredential',
    'ClientCertificateCredential',
    'ClientAssertionCredential',
    'AzurePipelinesCredential',
    'OnBehalfOfCredential',
    'WorkloadIdentityCredential',
    'AzureCliCredential',
    'AzureDeveloperCliCredential',
    'AzurePowerShellCredential',
  ]) {
    test(`passes over ${name} if the call is for a tenant that it may not ask, as that of @azure/identity`, async () => {
      for (const library of [entra, real]) {
        const behind = appCredential()
        const credential = made(name, { tenantId: 'contoso.example' }, library)
        const options = { tenantId: 'other.example' }
        await new library.ChainedTokenCredential(credential, behind).getToken([SCOPE], options)
        assert.equal(behind.asked.length, 1)
        await assert.rejects(credential.getToken(SCOPE, options), { name: 'CredentialUnavailableError' })
      }
    })
  }

  const [unfit, ofTwo] = ['api://x+y/.default', ['https://a.example/.default', 'https://b.example/.default']]
  for (const [name, scopes] of /** @type {const} */ ([
    ['AzureCliCredential', unfit],
    ['AzureDeveloperCliCredential', unfit],
    ['AzurePowerShellCredential', unfit],
    ['ManagedIdentityCredential', ofTwo],
  ])) {
    test(`passes over ${name} if it cannot be asked for the scopes, as that of @azure/identity`, async () => {
      for (const library of [entra, real]) {
        const behind = appCredential()
        const credential = Reflect.construct(library[name], [])
        await new library.ChainedTokenCredential(credential, behind).getToken([scopes].flat())
        assert.equal(behind.asked.length, 1)
        await assert.rejects(credential.getToken(scopes), { name: 'CredentialUnavailableError' })
      }
    })
  }

  test('throws any other error as the same object, and asks no more', async () => {
    const refusal = new Error('a refusal')
    const behind = appCredential()
    const chain = new ChainedTokenCredential(failing(unavailable()), failing(refusal), behind)
    await assert.rejects(chain.getToken(SCOPE), (error) => error === refusal)
    assert.equal(behind.asked.length, 0)
  })

  test('has no memory of its own', async () => {
    const [first, second] = [failing(unavailable()), appCredential()]
    const chain = new ChainedTokenCredential(first, second)
    await chain.getToken(SCOPE)
    await chain.getToken([SCOPE], { tenantId: 'contoso.example' })
    assert.deepEqual(first.asked, second.asked)
    assert.deepEqual(second.asked, [
      [SCOPE, {}],
      [[SCOPE], { tenantId: 'contoso.example' }],
    ])
  })

  test('collects the errors if none serves', async () => {
    const errors = [unavailable(), new real.CredentialUnavailableError('nor there')]
    const error = await rejectsWith(new ChainedTokenCredential(...errors.map(failing)).getToken(SCOPE), {
      name: 'AggregateAuthenticationError',
      code: 'ENTRA_ID_UNAVAILABLE',
      errors,
    })
    assert.match(error.message, /^ChainedTokenCredential authentication failed\.\n.*not here\n.*nor there$/)
    await rejectsWith(new ChainedTokenCredential().getToken(SCOPE), { name: 'CredentialUnavailableError' })
  })

  test('tells no secret in what its credentials say', async () => {
    const known = 'correct-horse-tiger'
    const text = (/** @type {string} */ part) => Buffer.from(part).toString('base64url')
    const jwt = [text('{"alg":"RS256","typ":"JWT"}'), text('{"sub":"joe"}'), text('x'.repeat(256))].join('.')
    const { AZURE_CLIENT_SECRET } = process.env
    process.env.AZURE_CLIENT_SECRET = known
    try {
      for (const planted of [
        known,
        jwt,
        `abc8Q~${'aB1'.repeat(11)}x`,
        'https://joe:hunter2x9@vault.example/',
      ]) {
        const words = `the vault refused ${planted} of joe`
        const name = 'CredentialUnavailableError'
        for (const thrown of [
          new entra.CredentialUnavailableError(words),
          new real.CredentialUnavailableError(words),
          Object.assign(new Error(words), { name }),
          { name, toString: () => words },
        ]) {
          const error = await new ChainedTokenCredential(failing(thrown)).getToken(SCOPE).catch((it) => it)
          assert.equal(error.name, 'AggregateAuthenticationError')
          assert.match(error.message, /the vault refused/)
          assert.ok(!`${error.message} ${error.stack}`.includes(planted), planted)
          assert.equal(error.errors[0], thrown)
        }
      }
    } finally {
      if (AZURE_CLIENT_SECRET === undefined) delete process.env.AZURE_CLIENT_SECRET
      else process.env.AZURE_CLIENT_SECRET = AZURE_CLIENT_SECRET
    }
  })

  test('says which of its sources is no credential', async () => {
    for (const source of [null, undefined, 5, 'x', {}, { getToken: 5 }, []]) {
      const chain = new ChainedTokenCredential(
        failing(unavailable()),
        /** @type {any} what an app may pass */ (source),
      )
      await rejectsWith(chain.getToken(SCOPE), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: /^Credential 2 of the chain must be an object with a method getToken/,
      })
    }
  })

  test('goes on after any error that has the name, even if no more of it can be read', async () => {
    const name = 'CredentialUnavailableError'
    const throws = () => {
      throw new Error('unreadable')
    }
    const odd = [
      Object.assign(Object.create(null), { name }),
      { name, toString: throws },
      { name, message: Symbol('why'), code: 5n },
      Object.defineProperty(unavailable(), 'message', { get: throws }),
      Object.defineProperty(unavailable(), 'code', { get: throws }),
      Object.assign(unavailable(), { message: 'x'.repeat(5_000_000) }),
    ]
    const chain = new ChainedTokenCredential(...odd.map(failing))
    const error = await rejectsWith(chain.getToken(SCOPE), {
      name: 'AggregateAuthenticationError',
      code: 'ENTRA_ID_UNAVAILABLE',
      errors: odd,
    })
    assert.ok(error.message.length < 20_000)
    // Any other is thrown on as it is.
    const unreadable = Object.defineProperty({}, 'name', { get: throws })
    const thrown = await new ChainedTokenCredential(failing(unreadable)).getToken(SCOPE).catch((it) => it)
    assert.equal(thrown, unreadable)
  })

  test('ends when its caller does, although a source does not', async () => {
    const silent = appCredential(() => new Promise(() => {}))
    const behind = appCredential()
    const chain = new ChainedTokenCredential(silent, behind)
    await rejectsWith(chain.getToken(SCOPE, { timeoutMs: 20 }), { code: 'ENTRA_ID_TIMEOUT' })
    const controller = new AbortController()
    const aborted = chain.getToken(SCOPE, { abortSignal: controller.signal })
    controller.abort()
    await rejectsWith(aborted, { code: 'ENTRA_ID_ABORTED' })
    assert.equal(behind.asked.length, 0)
  })

  test('a wrong secret of ClientSecretCredential lets it go on, one of the environment ends it', () =>
    onSource({ start: startAuthority }, async (authority) => {
      const { clientSecret } = authority
      const [tenantId, clientId] = application(authority)
      const wrong = new ClientSecretCredential(tenantId, clientId, secret('wrong'))
      const right = new ClientSecretCredential(tenantId, clientId, clientSecret)
      assert.ok(authority.knows((await new ChainedTokenCredential(wrong, right).getToken(SCOPE)).token))
      process.env.AZURE_CLIENT_SECRET = secret('wrong')
      await rejectsWith(new ChainedTokenCredential(new EnvironmentCredential(), right).getToken(SCOPE), {
        name: 'AuthenticationError',
        statusCode: 400,
        status: 401,
        code: 'ENTRA_ID_REJECTED',
      })
    }))

  test('DefaultAzureCredential is one', () => {
    assert.ok(new DefaultAzureCredential() instanceof ChainedTokenCredential)
    assert.ok(entra.getDefaultAzureCredential() instanceof DefaultAzureCredential)
  })
})

describe('code can work with a class', () => {
  const token = { token: 'of-a-stub', expiresOnTimestamp: Date.now() + HOUR }

  test('a method on the prototype can be replaced, and providers call it', async () => {
    for (const Class of [ManagedIdentityCredential, entra.AzureCliCredential, DefaultAzureCredential]) {
      const { getToken } = Class.prototype
      assert.ok(Object.hasOwn(Class.prototype, 'getToken'))
      Class.prototype.getToken = /** @type {any} a stub, as of a test */ (async () => token)
      try {
        assert.equal((await new Class().getToken(SCOPE)).token, 'of-a-stub')
        assert.equal(await getBearerTokenProvider(new Class(), SCOPE)(), 'of-a-stub')
      } finally {
        Class.prototype.getToken = getToken
      }
    }
  })

  test('a class can be extended, and a method of an object replaced', () =>
    onSource({ start: startAuthority }, async (authority) => {
      class Counting extends ClientSecretCredential {
        calls = 0
        /** @param {string | string[]} scopes @param {import('azure-openai-entra').GetTokenOptions} [options] */
        async getToken(scopes, options) {
          this.calls += 1
          return super.getToken(scopes, options)
        }
      }
      const [tenantId, clientId, clientSecret] = application(authority)
      const credential = new Counting(tenantId, clientId, clientSecret)
      assert.ok(authority.knows(await getBearerTokenProvider(credential, SCOPE)()))
      assert.equal(credential.calls, 1)
      assert.ok(credential instanceof ClientSecretCredential)
      credential.getToken = async () => /** @type {any} a stub */ (token)
      assert.equal((await credential.getToken(SCOPE)).token, 'of-a-stub')
    }))

  test('a proxy around it works', () =>
    onSource({ start: startIdentity }, async (host) => {
      const proxy = new Proxy(new ManagedIdentityCredential(), {})
      assert.deepEqual([(await proxy.getToken(SCOPE)).token], host.tokens.issued)
    }))

  test('nothing in it can be seen', () => {
    const planted = secret('client-secret')
    const credential = new ClientSecretCredential('contoso.example', 'application', planted)
    assert.deepEqual([JSON.stringify(credential), Object.keys(credential)], ['{}', []])
  })

  test('options of the network reach it', async () => {
    /** @type {import('azure-openai-entra').AdditionalPolicyConfig['policy']} */
    const policy = {
      name: 'x-of-the-app',
      sendRequest: (request, next) => {
        request.headers.set('x-of-the-app', 'yes')
        return next(request)
      },
    }
    /** @type {import('azure-openai-entra').TokenCredentialOptions} */
    const options = { additionalPolicies: [{ policy, position: 'perCall' }] }
    /** @param {Pick<import('../testkit/stand-in.mjs').StandIn, 'requests'>} host */
    const isMarked = ({ requests }) =>
      requests.length > 0 && requests.every((it) => it.headers['x-of-the-app'])
    await onSource({ start: startIdentity }, async (host) => {
      await new ManagedIdentityCredential(options).getToken(SCOPE)
      await new ManagedIdentityCredential('an-identity', options).getToken(SCOPE)
      assert.ok(isMarked(host))
    })
    await onSource({ start: startAuthority }, async (authority) => {
      const trusting = { ...options, tlsOptions: { ca: readFileSync(authority.caFile) } }
      await new ClientSecretCredential(...application(authority), trusting).getToken(SCOPE)
      await new EnvironmentCredential(trusting).getToken(SCOPE)
      assert.ok(isMarked(authority))
      assert.equal(authority.requests.length, 2)
    })
    for (const name of Object.keys(entra).filter((it) => it.endsWith('Credential'))) {
      if (/Interactive|DeviceCode|Authorization|Username|Chained|get/.test(name)) continue
      const broken = { proxyOptions: { host: 'ftp://proxy.example', port: 1 } }
      assert.throws(() => made(name, broken), /proxyOptions/, name)
    }
  })

  test('a tenant that is undefined counts as left out', () =>
    onSource({ start: startAuthority }, async (authority) => {
      const credential = new ClientSecretCredential(...application(authority))
      assert.ok(authority.knows((await credential.getToken(SCOPE, { tenantId: undefined })).token))
    }))
})

describe('a credential of the app', () => {
  test('is called with a list of scopes and all options of @azure/core-auth', async () => {
    const credential = appCredential()
    await getBearerTokenProvider(credential, SCOPE)()
    const [[scopes, options]] = credential.asked
    assert.deepEqual(scopes, [SCOPE])
    assert.deepEqual(Object.keys(options).toSorted(), ['abortSignal', 'claims', 'enableCae', 'tenantId'])
    assert.ok(options.abortSignal instanceof AbortSignal)
    assert.equal(options.enableCae, true)
  })

  test('has its request aborted when nothing waits for it any more', async () => {
    let aborted = Promise.resolve()
    const credential = appCredential((_, { abortSignal }) => {
      aborted = new Promise((resolve) => abortSignal.addEventListener('abort', () => resolve(undefined)))
      return new Promise(() => {})
    })
    const caller = new AbortController()
    const call = getBearerTokenProvider(credential, SCOPE, { abortSignal: caller.signal })()
    await until(() => credential.asked.length > 0)
    // It ends the fetch, and begins another for the call.
    clearTokenCache()
    await aborted
    caller.abort()
    await rejectsWith(call, { code: 'ENTRA_ID_ABORTED' })
  })

  test('fails with its own error as the cause, and is asked by the next call at once', async () => {
    const errors = [new Error('first'), new TypeError('second')]
    const credential = appCredential(async () => {
      throw errors[credential.asked.length - 1]
    })
    const provider = getBearerTokenProvider(credential, SCOPE)
    for (const cause of errors) await rejectsWith(provider(), { cause })
  })
})
