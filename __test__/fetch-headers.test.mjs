import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { Headers as PackageHeaders } from 'undici'

import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT } from './support/internet.mjs'
import { onSource } from './support/fixture.mjs'

/**
 * Sends a request through the wrapper; gives what the inner fetch got, and the token.
 *
 * @param {any} input any, as are the headers that no type allows
 * @param {any} [init] any, for the same reason
 */
const sent = async (input, init) => {
  /** @type {[input: any, init: any] | undefined} any, as above */
  let call
  const inner = async (/** @type {[input: any, init: any]} any, as above */ ...args) => {
    call = args
    return new Response('{}')
  }
  let token
  await onSource({ start: startIdentity }, async (source) => {
    await entraIdFetch(inner)(input, init)
    token = source.tokens.issued[0]
  })
  return { input: call?.[0], init: call?.[1], token }
}

/** The same for an address that gets no token. @param {any} init any, because no type allows some headers */
const sentElsewhere = async (init, url = 'https://elsewhere.example/') => {
  /** @type {any[] | undefined} any, as above */
  let call
  const response = await entraIdFetch(async (...args) => {
    call = args
    return new Response('{}')
  })(url, init)
  return { response, init: call?.[1] }
}

/** @type {[string, string][]} */
const GIVEN = [
  ['api-key', 'key'],
  ['x-api-key', 'key'],
  ['Ocp-Apim-Subscription-Key', 'subscription'],
  ['Content-Type', 'application/json'],
  ['authorization', `Bearer ${ENTRA_ID_PLACEHOLDER}`],
]
/** @param {string | undefined} token */
const EXPECTED = (token) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  'ocp-apim-subscription-key': 'subscription',
})

/**
 * Every form in which fetch takes headers.
 *
 * @type {{ form: string, make: (list: [string, string][]) => any, is: (it: unknown) => boolean }[]} any, because they differ
 */
const FORMS = [
  { form: 'Headers', make: (list) => new Headers(list), is: (it) => it instanceof Headers },
  { form: 'an array of pairs', make: (list) => list.map((pair) => [...pair]), is: Array.isArray },
  {
    form: 'a plain object',
    make: (list) => Object.fromEntries(list),
    is: (it) => Object.getPrototypeOf(it) === Object.prototype,
  },
  {
    form: 'an object without a prototype',
    make: (list) => Object.assign(Object.create(null), Object.fromEntries(list)),
    is: (it) => !(it instanceof Headers),
  },
  { form: 'a Map', make: (list) => new Map(list), is: (it) => it instanceof Headers },
  {
    form: "the undici package's Headers",
    make: (list) => new PackageHeaders(list),
    is: (it) => it instanceof Headers,
  },
]

/** @param {any} headers any, as their forms differ */
const plain = (headers) => Object.fromEntries(new Headers(headers))

describe('a key goes, a token comes, the rest stays', () => {
  for (const { form, make, is } of FORMS) {
    test(`headers as ${form}`, async () => {
      const headers = make(GIVEN)
      const init = { method: 'POST', body: BODY, headers }
      const { init: given, token } = await sent(CHAT, init)
      assert.deepEqual(plain(given.headers), EXPECTED(token))
      assert.ok(is(given.headers))
      // The caller's own are as they were.
      assert.deepEqual(plain(headers), plain(GIVEN))
      assert.deepEqual(init, { method: 'POST', body: BODY, headers })
    })
  }

  for (const spelling of [
    'api-key',
    'Api-Key',
    'API-KEY',
    'aPi-kEy',
    'x-api-key',
    'X-Api-Key',
    'X-API-KEY',
  ]) {
    for (const { form, make } of FORMS) {
      test(`${spelling} in ${form}`, async () => {
        const { init, token } = await sent(CHAT, { headers: make([[spelling, 'key']]) })
        assert.deepEqual(plain(init.headers), { authorization: `Bearer ${token}` })
      })
    }
  }

  test('several spellings at once, and Authorization in two', async () => {
    const given = {
      'api-key': '1',
      'API-Key': '2',
      Authorization: 'Bearer 3',
      authorization: 'Basic 4',
      a: '5',
    }
    for (const headers of [given, Object.entries(given)]) {
      const { init, token } = await sent(CHAT, { headers })
      assert.deepEqual(plain(init.headers), { authorization: `Bearer ${token}`, a: '5' })
    }
  })

  test('no headers', async () => {
    for (const init of [undefined, {}, { headers: undefined }]) {
      const call = await sent(CHAT, init)
      assert.deepEqual(plain(call.init.headers), { authorization: `Bearer ${call.token}` })
    }
  })

  test("a Request's own headers", async () => {
    const request = new Request(CHAT, { method: 'POST', body: BODY, headers: GIVEN })
    const { input, init, token } = await sent(request)
    assert.equal(input, request)
    assert.deepEqual(plain(init.headers), EXPECTED(token))
    assert.equal(request.headers.get('api-key'), 'key')
  })

  test("init's headers in place of a Request's", async () => {
    const request = new Request(CHAT, { method: 'POST', body: BODY, headers: GIVEN })
    const { init, token } = await sent(request, { headers: { other: 'one', 'api-key': 'key' } })
    assert.deepEqual(plain(init.headers), { authorization: `Bearer ${token}`, other: 'one' })
  })

  test('an iterator, which gives them once', async () => {
    const { init, token } = await sent(CHAT, { method: 'POST', body: BODY, headers: GIVEN.values() })
    assert.deepEqual(plain(init.headers), EXPECTED(token))
    const passed = await sentElsewhere({ headers: [['a', '1']].values() })
    assert.deepEqual(plain(passed.init.headers), { a: '1' })
  })

  test('a header with the name of the prototype stays a header', async () => {
    for (const value of ['"x"', '{"x-planted":"1"}', '["x","y"]', 'null']) {
      const headers = JSON.parse(`{"api-key":"k","__proto__":${value},"x-own":"2"}`)
      const parsed = JSON.parse(value)
      // On the way to Azure OpenAI as the text that fetch makes of it.
      const text = value.startsWith('{') ? String(parsed) : parsed
      for (const [init, expected] of [
        [(await sent(CHAT, { headers })).init, text],
        [(await sentElsewhere({ headers })).init, parsed],
      ]) {
        assert.equal(Object.getPrototypeOf(init.headers), Object.prototype)
        assert.deepEqual(Object.getOwnPropertyDescriptor(init.headers, '__proto__')?.value, expected)
        assert.equal(init.headers['x-own'], '2')
      }
    }
  })

  test('frozen headers and a frozen init', async () => {
    const init = Object.freeze({ headers: Object.freeze(Object.fromEntries(GIVEN)) })
    const call = await sent(CHAT, init)
    assert.deepEqual(plain(call.init.headers), EXPECTED(call.token))
  })

  test('a header that fetch refuses is refused as there', async () => {
    const headers = new Map([['not a name', 'value']])
    await assert.rejects(sent(CHAT, { headers }), TypeError)
  })
})

describe('a Host header also says which name TLS is to prove', () => {
  for (const { as, headers } of [
    { as: 'an object', headers: (/** @type {string} */ host) => ({ HOST: host, 'api-key': 'key' }) },
    { as: 'Headers', headers: (/** @type {string} */ host) => new Headers({ host, 'api-key': 'key' }) },
    {
      as: 'pairs',
      headers: (/** @type {string} */ host) => [
        ['api-key', 'key'],
        ['Host', host],
      ],
    },
  ]) {
    test(`of the same or another allowed host, in ${as}: a token`, async () => {
      for (const host of [new URL(CHAT).host, 'other.openai.azure.com:443']) {
        const { init, token } = await sent(CHAT, { headers: headers(host) })
        assert.deepEqual(plain(init.headers), { authorization: `Bearer ${token}`, host })
      }
    })

    for (const host of ['evil.example', 'r.openai.azure.com.evil.example', 'user@r.openai.azure.com', '/']) {
      test(`${host}, in ${as}: no token, and no placeholder`, async () => {
        const { init } = await sentElsewhere({ headers: headers(host) }, CHAT)
        assert.deepEqual(plain(init.headers), { 'api-key': 'key', host })
        const inBasic = `Basic ${Buffer.from(`user:${ENTRA_ID_PLACEHOLDER}`).toString('base64')}`
        for (const [name, value] of [
          ['api-key', ENTRA_ID_PLACEHOLDER],
          ['authorization', inBasic],
        ]) {
          const withPlaceholder = new Headers(headers(host))
          withPlaceholder.set(name, value)
          const refused = await sentElsewhere({ headers: withPlaceholder }, CHAT)
          assert.equal(refused.init, undefined)
          assert.equal(refused.response.status, 401)
          assert.equal(refused.response.headers.get('x-entra-id-error'), 'ENTRA_ID_CONFIGURATION')
        }
      })
    }
  }
})

describe('a key in the query', () => {
  const [base] = CHAT.split('?')
  for (const [query, expected] of [
    ['?api-version=2024-10-21&api-key=key', '?api-version=2024-10-21'],
    ['?api-key=key', ''],
    ['?X-API-Key=key&%61pi-key=key', ''],
    ['?API-KEY=key&a=1&Api-Key=other', '?a=1'],
    ['?api%2Dkey=key&a=1', '?a=1'],
    ['?api-%6Bey=key&a=1', '?a=1'],
    ['?Authorization=Bearer%20key&a=1', '?a=1'],
    ['?a=%20b&api-key=key&c=d+e', '?a=%20b&c=d+e'],
    ['?a=api-key=key', '?a=api-key=key'],
    ['?subscription-key=key', '?subscription-key=key'],
  ]) {
    for (const { as, make } of [
      { as: 'text', make: (/** @type {string} */ url) => url },
      { as: 'a URL', make: (/** @type {string} */ url) => new URL(url) },
      {
        as: 'a Request',
        make: (/** @type {string} */ url) =>
          new Request(url, { method: 'POST', body: BODY, headers: { a: '1' } }),
      },
    ]) {
      test(`${query} as ${as}`, async () => {
        const given = make(base + query)
        const { input } = await sent(given)
        assert.equal(input.url ?? input, base + expected)
        assert.equal(given instanceof Request ? given.url : String(given), base + query)
        if (as !== 'a Request') return
        assert.equal(input.headers.get('a'), '1')
        assert.equal(await input.text(), BODY)
      })
    }
  }
})

test('the inner fetch gets the address as it was judged, whatever its own parser reads in it', async () => {
  for (const given of [
    'https:\\\\my-resource.openai.azure.com\\@evil.example/',
    ' HTTPS://MY-RESOURCE.openai.azure.com/a\n',
  ]) {
    const { input } = await sent(given)
    assert.equal(new URL(input).host, 'my-resource.openai.azure.com')
    assert.match(input, /^https:\/\/my-resource\.openai\.azure\.com\//)
  }
})

test('all other members of init reach the inner fetch, also those that a Request in its place inherits', async () => {
  const dispatcher = {}
  const { signal } = new AbortController()
  const own = {
    method: 'POST',
    body: BODY,
    duplex: 'half',
    dispatcher,
    signal,
    keepalive: true,
    redirect: 'error',
  }
  const { init } = await sent(CHAT, own)
  const { headers: _headers, ...rest } = init
  assert.deepEqual(rest, own)
  assert.equal(init.dispatcher, dispatcher)
  assert.equal(init.signal, signal)

  const call = await sent(CHAT, new Request(CHAT, { method: 'POST', body: BODY, headers: GIVEN }))
  const received = new Request(call.input, call.init)
  assert.equal(received.method, 'POST')
  assert.equal(await received.text(), BODY)
  assert.deepEqual(plain(received.headers), EXPECTED(call.token))
})
