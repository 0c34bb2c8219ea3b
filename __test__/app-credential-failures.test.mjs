import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'

import { ClientSecretCredential, ManagedIdentityCredential } from '@azure/identity'
import {
  ClientAssertionCredential,
  EntraIdError,
  entraIdFetch,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'
import { plants } from '../testkit/planted.mjs'
import { rejectsWith } from './support/errors.mjs'
import { secret } from '../testkit/secrets.mjs'

/** @type {any} its constructor is private */
const Thrown = EntraIdError

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ONCE = { retryOptions: { maxRetries: 0 } }

/** An address without a listener. */
const CLOSED = 'https://127.0.0.1:9'

const server = createServer((_request, response) => response.writeHead(503).end('the service is down'))
/** @type {string} */
let url
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`
})
after(() => server.close())

/**
 * A credential whose request fails as `failing` does.
 *
 * @param {() => any} failing any, because it may give what is no token
 */
const credentialThat = (failing) => ({ getToken: async () => failing() })
/** @param {unknown} error */
const throwing = (error) =>
  credentialThat(() => {
    throw error
  })
/** @param {string} name @param {object} [fields] */
const named = (name, fields) => Object.assign(new Error('words of the credential'), { name, ...fields })

/** @param {import('azure-openai-entra').TokenCredential} credential @param {Record<string, unknown>} expected */
const failsWith = (credential, expected) =>
  rejectsWith(getBearerTokenProvider(credential, SCOPE)(), { credential: 'TokenCredential', ...expected })

describe('what passes by itself is told from a refusal', () => {
  test('a refused connection of fetch', async () => {
    await failsWith(
      credentialThat(() => fetch(CLOSED)),
      { code: 'ENTRA_ID_NETWORK', message: /fetch failed/i },
    )
  })

  test('a time limit of fetch', async () => {
    await failsWith(
      credentialThat(() => fetch(url, { signal: AbortSignal.timeout(0) })),
      { code: 'ENTRA_ID_TIMEOUT', message: /timeout/ },
    )
  })

  test('a service principal of @azure/identity whose authority is not reached', async () => {
    const options = { ...ONCE, authorityHost: CLOSED }
    const credential = new ClientSecretCredential('a-tenant', 'a-client', secret('client-secret'), options)
    await failsWith(credential, { code: 'ENTRA_ID_NETWORK', message: /endpoints_resolution_error/ })
  })

  test('a managed identity of @azure/identity whose endpoint is down', async () => {
    const variables = { IDENTITY_ENDPOINT: url, IDENTITY_HEADER: secret('identity-header') }
    await withEnvironment(variables, () =>
      failsWith(new ManagedIdentityCredential(ONCE), { code: 'ENTRA_ID_NETWORK', message: /network_error/ }),
    )
  })

  for (const { what, error, code, status, retryAfterMs } of [
    {
      what: 'an AuthenticationError of 429',
      error: named('AuthenticationError', { statusCode: 429 }),
      code: 'ENTRA_ID_THROTTLED',
      status: 429,
    },
    {
      what: 'a RestError with Retry-After',
      error: named('RestError', {
        statusCode: 503,
        response: { headers: new Headers({ 'retry-after': '7' }) },
      }),
      code: 'ENTRA_ID_NETWORK',
      status: 503,
      retryAfterMs: 7000,
    },
    {
      what: 'an error of axios',
      error: named('AxiosError', {
        code: 'ERR_BAD_RESPONSE',
        response: { status: 429, headers: { 'retry-after': '2' } },
      }),
      code: 'ENTRA_ID_THROTTLED',
      status: 429,
      retryAfterMs: 2000,
    },
    {
      what: 'an AuthenticationError of 401',
      error: named('AuthenticationError', { statusCode: 401 }),
      code: 'ENTRA_ID_REJECTED',
      status: 401,
    },
    {
      what: 'a cause below another',
      error: named('Error', { cause: named('Error', { cause: named('Error', { code: 'EAI_AGAIN' }) }) }),
      code: 'ENTRA_ID_NETWORK',
    },
    {
      what: 'an error of this package',
      error: new Thrown({
        code: 'ENTRA_ID_THROTTLED',
        message: 'wait',
        status: 429,
        retryAfterMs: 3000,
      }),
      code: 'ENTRA_ID_THROTTLED',
      status: 429,
      retryAfterMs: 3000,
    },
    {
      what: 'a chain of which none is set up',
      error: named('AggregateAuthenticationError', {
        errors: [named('CredentialUnavailableError', { cause: named('Error', { code: 'ECONNREFUSED' }) })],
      }),
      code: 'ENTRA_ID_UNAVAILABLE',
    },
    {
      what: 'a chain of which one is',
      error: named('AggregateAuthenticationError', {
        errors: [named('CredentialUnavailableError'), named('AuthenticationError', { statusCode: 500 })],
      }),
      code: 'ENTRA_ID_NETWORK',
      status: 500,
    },
  ]) {
    test(what, async () => {
      const failed = await failsWith(throwing(error), { code })
      assert.deepEqual([failed.status, failed.retryAfterMs], [status, retryAfterMs])
    })
  }

  test('a client is told to try again', async () => {
    const fetchWith = entraIdFetch(undefined, {
      credential: credentialThat(() => fetch(CLOSED)),
    })
    const response = await fetchWith('https://my.openai.azure.com/openai/deployments', {
      headers: { 'api-key': secret('api-key') },
    })
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('x-entra-id-error'), 'ENTRA_ID_NETWORK')
  })
})

describe('nothing that is thrown is left without an answer', () => {
  const circle = named('Error', {})
  circle.cause = circle
  const unreadable = new Proxy(new Error('a secret'), {
    get: () => {
      throw new Error('unreadable')
    },
  })
  for (const [what, error] of [
    ['an error that is its own cause', circle],
    ['an object without a prototype', Object.create(null)],
    ['undefined', undefined],
    ['a symbol', Symbol('why')],
    ['what cannot be read', unreadable],
  ])
    test(what, async () => {
      await failsWith(throwing(error), { code: 'ENTRA_ID_REJECTED' })
    })

  const MEMBERS = ['message', 'name', 'code', 'errorCode', 'status', 'statusCode', 'retryAfterMs', 'response']
  const VALUES = [0, 1, -1, 1e300, NaN, 1n, true, null, '\ud800', Symbol('why'), {}, [{}], () => 1, circle]
  for (const member of [...MEMBERS, 'errors', 'cause', 'stack'])
    test(`an error whose ${member} is of any type`, async () => {
      for (const value of VALUES) {
        const { code } = await failsWith(throwing(Object.assign(new Error('why'), { [member]: value })), {})
        assert.match(code, /^ENTRA_ID_[A-Z]+$/, typeof value)
      }
    })

  for (const member of ['token', 'expiresOnTimestamp', 'refreshAfterTimestamp'])
    test(`a token whose ${member} is of any type`, async () => {
      for (const value of VALUES) {
        const given = { token: 'a', expiresOnTimestamp: Date.now() + 3_600_000, [member]: value }
        const asked = getBearerTokenProvider(
          credentialThat(() => given),
          SCOPE,
        )()
        const { code } = await asked.then(
          () => ({ code: 'served' }),
          (error) => error,
        )
        assert.match(code, /^(served|ENTRA_ID_[A-Z]+)$/, typeof value)
      }
    })
})

describe('what an app’s own code throws', () => {
  /** @type {Record<string, (act: () => Promise<never>) => import('azure-openai-entra').TokenCredential>} */
  const callers = {
    'a TokenCredential': (act) => ({ getToken: act }),
    getAssertion: (act) => new ClientAssertionCredential('contoso.example', 'application', act),
  }
  for (const [what, credentialWith] of Object.entries(callers))
    test(`shows no key, and no more than a log should hold, from ${what}`, async () => {
      for (const plant of plants('proxy.example:3128')) {
        for (const text of [plant.text, `the helper gave ${plant.text}`, `?key=${plant.text}&x`]) {
          const act = async () => {
            throw new Error(text)
          }
          const error = await rejectsWith(getBearerTokenProvider(credentialWith(act), SCOPE)(), {})
          const { attempts } = error
          assert.ok(
            !plant.isIn(`${error.message}${error.stack}${inspect(attempts)}`.toLowerCase()),
            plant.what,
          )
        }
      }
      const act = async () => {
        throw new Error('too long '.repeat(500_000))
      }
      const error = await rejectsWith(getBearerTokenProvider(credentialWith(act), SCOPE)(), {})
      assert.match(error.message, /too long too long/)
      assert.ok(inspect(error.attempts).length + error.message.length < 20_000)
    })
})

test('an error of this package links the explanation of its codes once', async () => {
  const inner = await failsWith(throwing(new Error('no')), { code: 'ENTRA_ID_REJECTED' })
  const outer = await failsWith(throwing(inner), { code: 'ENTRA_ID_REJECTED' })
  assert.equal(outer.message.match(/Troubleshooting/g)?.length, 1)
})
