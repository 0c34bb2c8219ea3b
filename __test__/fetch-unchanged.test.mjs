import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'

import { FormData as PackageFormData, Headers as PackageHeaders } from 'undici'

import { entraIdFetch } from 'azure-openai-entra'

import { CHAT, HOST } from './support/internet.mjs'

/** What has another text when its owner changes it. @param {string} text */
const mutable = (text) => ({
  text,
  toString() {
    return this.text
  },
})

/** @type {any} any, because no type allows all that implementations of fetch take */
const HEADERS = {
  'a plain object': {
    made: () => ({ 'x-user': 'alice' }),
    change: (/** @type {any} any, as above */ it) =>
      Object.assign(it, { 'x-user': 'bob', host: 'foreign.example' }),
  },
  'an array of pairs': {
    made: () => [['x-user', 'alice']],
    change(/** @type {any} any, as above */ it) {
      it[0][1] = 'bob'
      it.push(['host', 'foreign.example'])
    },
  },
  'an object with arrays': {
    made: () => ({ 'x-user': ['alice'] }),
    change: (/** @type {any} any, as above */ it) => it['x-user'].splice(0, 1, 'bob'),
  },
  'an array of pairs with arrays': {
    made: () => [['x-user', ['alice']]],
    change: (/** @type {any} any, as above */ it) => it[0][1].splice(0, 1, 'bob'),
  },
  'an array of Sets': {
    made: () => [new Set(['x-user', 'alice'])],
    change: (/** @type {any} any, as above */ it) => it[0].clear(),
  },
  'a Map': {
    made: () => new Map([['x-user', 'alice']]),
    change: (/** @type {any} any, as above */ it) => it.set('x-user', 'bob'),
  },
  ...Object.fromEntries(
    Object.entries({
      'a plain object': (/** @type {unknown} */ value) => ({ 'x-user': value }),
      'an array in a plain object': (/** @type {unknown} */ value) => ({ 'x-user': [value] }),
      'a pair': (/** @type {unknown} */ value) => [['x-user', value]],
    }).map(([name, holding]) => {
      /** @type {ReturnType<typeof mutable>[]} */
      const values = []
      const made = () => holding(values[values.push(mutable('alice')) - 1])
      return [
        `an object with a text in ${name}`,
        { made, change: () => values.forEach((it) => (it.text = 'bob')) },
      ]
    }),
  ),
  ...Object.fromEntries(
    Object.entries({ Headers, 'Headers of a package': PackageHeaders }).map(([name, Class]) => [
      name,
      {
        made: () => new Class({ 'x-user': 'alice' }),
        change(/** @type {any} any, as above */ it) {
          it.set('x-user', 'bob')
          it.set('host', 'foreign.example')
        },
      },
    ]),
  ),
}
const bytes = () => new TextEncoder().encode('alice')
/** @type {Record<string, { made: () => any, change: (it: any) => void }>} any, as above */
const BODIES = {
  'a Uint8Array': { made: bytes, change: (it) => it.fill(0) },
  'a Buffer': { made: () => Buffer.from('alice'), change: (it) => it.fill(0) },
  'an ArrayBuffer': { made: () => bytes().buffer, change: (it) => new Uint8Array(it).fill(0) },
  'a DataView': { made: () => new DataView(bytes().buffer), change: (it) => it.setUint32(0, 0) },
  'a view of another realm': {
    made: () => runInNewContext('Uint8Array').from(bytes()),
    change: (it) => it.fill(0),
  },
  'an ArrayBuffer of another realm': {
    made: () => runInNewContext('Uint8Array').from(bytes()).buffer,
    change: (it) => new Uint8Array(it).fill(0),
  },
  'an ArrayBuffer that is handed over': {
    made: () => bytes().buffer,
    change: (it) => it.byteLength > 0 && structuredClone(it, { transfer: [it] }),
  },
  'an object with a text': { made: () => mutable('alice'), change: (it) => (it.text = 'bob') },
  'an array': { made: () => ['alice'], change: (it) => it.splice(0, 1, 'bob') },
  'a Blob': { made: () => new Blob(['alice']), change: () => {} },
  URLSearchParams: { made: () => new URLSearchParams('alice'), change: (it) => it.append('bob', '') },
}

/** Each member of a RequestInit that is a text, with a value that fetch takes. */
const TEXTS = {
  cache: 'no-store',
  credentials: 'omit',
  duplex: 'half',
  integrity: 'sha256-alice',
  method: 'PUT',
  mode: 'cors',
  priority: 'low',
  redirect: 'error',
  referrer: 'about:client',
  referrerPolicy: 'no-referrer',
}

/**
 * Sends two requests with the same `input` and `init`, which `change` changes after the call of the first and after its 401, and gives
 * what was sent for the first.
 *
 * @param {{ input?: any, init?: any, change: () => void }} call any, as above
 */
const sentWith = async ({ input = CHAT, init, change }) => {
  /** @type {[any, any, any, any][]} any, as above */
  const sent = []
  const inner = async (/** @type {any} any, as above */ to, /** @type {any} any, as above */ given) => {
    const { headers, body, ...rest } = given
    sent.push([
      typeof to === 'string' ? to : to.url,
      [...new Headers(headers)],
      body && (await new Response(body).text()),
      rest,
    ])
    change()
    return new Response('', { status: sent.length === 1 ? 401 : 200 })
  }
  let tokens = 0
  const getToken = async () => ({ token: `token-${++tokens}`, expiresOnTimestamp: Date.now() + 3_600_000 })
  const answered = entraIdFetch(inner, { credential: { getToken } })(input, init)
  change()
  const { status } = await answered
  return { sent, status }
}

describe('what the caller changes after the call is not sent, neither first nor after a 401', () => {
  for (const [name, { made, change }] of Object.entries(HEADERS)) {
    test(`headers in ${name}`, async () => {
      const headers = made()
      const { sent } = await sentWith({ init: { headers }, change: () => change(headers) })
      assert.equal(sent.length, 2)
      for (const [index, [, found]] of sent.entries()) {
        assert.deepEqual(found, [
          ['authorization', `Bearer token-${index + 1}`],
          ['x-user', 'alice'],
        ])
      }
    })
  }

  for (const [name, { made, change }] of Object.entries(BODIES)) {
    test(`a body of ${name}`, async () => {
      const body = made()
      const expected = await new Response(made()).text()
      const { sent } = await sentWith({ init: { method: 'POST', body }, change: () => change(body) })
      assert.deepEqual(
        sent.map(([, , text]) => text),
        [expected, expected],
      )
    })
  }

  for (const [realm, Class] of Object.entries({ Node: FormData, 'a package': PackageFormData })) {
    test(`a body of FormData of ${realm}, whose files keep their names`, async () => {
      const form = new Class()
      form.set('user', 'alice')
      form.set('file', new Blob(['content']), 'name.txt')
      /** @type {unknown[]} */
      const sent = []
      const change = () => void form.set('user', 'bob')
      const inner = async (/** @type {unknown} */ _to, /** @type {any} any, as above */ { body }) => {
        sent.push([
          body instanceof Class,
          body.get('user'),
          body.get('file').name,
          await body.get('file').text(),
        ])
        change()
        return new Response('', { status: sent.length === 1 ? 401 : 200 })
      }
      let tokens = 0
      const getToken = async () => ({ token: `t-${++tokens}`, expiresOnTimestamp: Date.now() + 3_600_000 })
      const init = { method: 'POST', body: /** @type {any} any, as above */ (form) }
      const answered = entraIdFetch(/** @type {any} any, as above */ (inner), { credential: { getToken } })(
        CHAT,
        init,
      )
      change()
      await answered
      const expected = [true, 'alice', 'name.txt', 'content']
      assert.deepEqual(sent, [expected, expected])
    })
  }

  for (const [name, value] of Object.entries(TEXTS)) {
    test(`an object with a text as ${name}`, async () => {
      const given = mutable(value)
      const init = { [name]: given }
      const change = () => {
        given.text = 'bob'
        init[name] = mutable('bob')
      }
      const { sent } = await sentWith({ init, change })
      assert.deepEqual(
        sent.map(([, , , rest]) => rest[name]),
        [value, value],
      )
    })
  }

  test('a redirect that is followed, as an object with a text, is followed by this package', async () => {
    const { sent } = await sentWith({ init: { redirect: mutable('follow') }, change: () => {} })
    assert.equal(sent[0][3].redirect, 'manual')
  })

  test("the buffer of a Request of node-fetch's", async () => {
    const body = Buffer.from('alice')
    const input = { url: CHAT, method: 'POST', headers: {}, body }
    const { sent } = await sentWith({ input, change: () => void body.fill(0) })
    assert.deepEqual(
      sent.map(([, , text]) => text),
      ['alice', 'alice'],
    )
  })

  test('an object as the address is read once', async () => {
    let reads = 0
    const input = { toString: () => (++reads === 1 ? CHAT : 'https://foreign.example/') }
    const { sent } = await sentWith({ input, change: () => {} })
    assert.deepEqual(
      sent.map(([url]) => url),
      [CHAT, CHAT],
    )
  })

  for (const [name, headersOf] of Object.entries({
    'an object': (/** @type {unknown} */ host) => ({ host }),
    'a pair': (/** @type {unknown} */ host) => [['host', host]],
    'an array in an object': (/** @type {unknown} */ host) => ({ host: [host] }),
    'pairs that can be read once': (/** @type {unknown} */ host) => {
      const pairs = [['host', host]].values()
      return { [Symbol.iterator]: () => pairs }
    },
  })) {
    test(`a Host in ${name} is read once`, async () => {
      let reads = 0
      const host = { toString: () => (++reads === 1 ? HOST : 'foreign.example') }
      const { sent } = await sentWith({ init: { headers: headersOf(host) }, change: () => {} })
      for (const [, found] of sent) assert.deepEqual(found[1], ['host', HOST])
      assert.equal(sent.length, 2)
    })
  }

  test('a URL', async () => {
    const input = new URL(CHAT)
    const change = () => void (input.host = 'foreign.example')
    const { sent } = await sentWith({ input, change })
    assert.deepEqual(
      sent.map(([url]) => url),
      [CHAT, CHAT],
    )
  })

  test('a Request whose class lets its address be changed is not sent', async () => {
    const input = { url: CHAT, headers: {} }
    const change = () => void (input.url = 'https://foreign.example/')
    const { sent, status } = await sentWith({ input, change })
    assert.deepEqual([sent, status], [[], 401])
  })

  for (const url of [
    'https://r.openai.azure.com\\@foreign.example/openai/v1/models',
    'https:////r.openai.azure.com/openai/v1/models',
    'https:r.openai.azure.com/openai/v1/models',
    'https://r.openai\t.azure.com/openai/v1/models',
    'https://r.openai.azure%2Ecom/openai/v1/models',
    'https://r\u3002openai.azure.com/openai/v1/models',
  ])
    test(`a Request of another implementation whose address clients read in different ways is not sent: ${JSON.stringify(url)}`, async () => {
      const { sent, status } = await sentWith({ input: { url, headers: {} }, change() {} })
      assert.deepEqual([sent, status], [[], 401])
    })
})
