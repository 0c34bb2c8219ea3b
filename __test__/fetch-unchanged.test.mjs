import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { Headers as PackageHeaders } from 'undici'

import { entraIdFetch } from 'azure-openai-entra'

import { CHAT } from './support/internet.mjs'

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
  URLSearchParams: { made: () => new URLSearchParams('alice'), change: (it) => it.append('bob', '') },
}

/**
 * Sends two requests with the same `input` and `init`, which `change` changes after the call of the first and after its 401, and gives
 * what was sent for the first.
 *
 * @param {{ input?: any, init?: any, change: () => void }} call any, as above
 */
const sentWith = async ({ input = CHAT, init, change }) => {
  /** @type {[any, any, any][]} any, as above */
  const sent = []
  const inner = async (/** @type {any} any, as above */ to, /** @type {any} any, as above */ given) => {
    const { headers, body } = given
    sent.push([
      typeof to === 'string' ? to : to.url,
      [...new Headers(headers)],
      body && (await new Response(body).text()),
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
})
