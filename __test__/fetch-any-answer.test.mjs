import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { entraIdFetch } from 'azure-openai-entra'

const CHAT = 'https://my-resource.openai.azure.com/openai/v1/chat/completions'
const CREDENTIAL = {
  cacheKey: 'fetch-any-answer',
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
}

const fail = () => {
  throw new Error('not to be asked')
}
const throwing = (/** @type {object} */ given, /** @type {string} */ name) =>
  Object.defineProperty(given, name, { get: fail, enumerable: true })
const to = (/** @type {unknown} */ location) => ({ headers: { get: () => location } })

/** What tests and hand-made functions give in place of a Response. */
const ANSWERS = {
  nothing: undefined,
  null: null,
  'a number': 5,
  'a text': 'answer',
  'a symbol': Symbol('answer'),
  'an object': {},
  'a status that throws': throwing({}, 'status'),
  'a status that is text': { status: '401', headers: new Headers() },
  ...Object.fromEntries(
    [401, 302].flatMap((status) => [
      [`${status}`, { status }],
      [`${status} with plain headers`, { status, headers: {} }],
      [`${status} without headers`, { status, headers: null }],
      [`${status} with headers that throw`, { status, headers: { get: fail, has: fail } }],
      [`${status} with headers that give objects`, { status, ...to({ toString: fail }) }],
      [`${status} with headers that cannot be read`, throwing({ status }, 'headers')],
      [`${status} with a body that throws`, throwing({ status, headers: new Headers() }, 'body')],
      [
        `${status} that cannot be cloned`,
        { status, headers: new Headers(), clone: fail, body: { cancel: fail } },
      ],
      [
        `${status} with a body that ends in an exception`,
        {
          status,
          headers: new Headers(),
          clone: () => ({
            body: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true }), return: fail }) },
          }),
        },
      ],
    ]),
  ),
}

describe('an answer of the app’s own fetch that is no whole Response', () => {
  for (const status of [401, 302])
    test(`the body of a ${status} that breaks off after it is given up ends nothing`, async () => {
      const body = new Readable({ read: () => {} })
      const clone = () => ({ body: Readable.from([]) })
      const first = { status, clone, body, headers: new Headers({ location: '/next' }) }
      const last = { status: 200 }
      const answers = [first, last]
      const fetch = entraIdFetch(
        /** @type {any} as little as an app may give */ (async () => answers.shift()),
        {
          credential: {
            getToken: async () => ({
              token: `token-${Math.random()}`,
              expiresOnTimestamp: Date.now() + 3_600_000,
            }),
          },
        },
      )
      assert.equal(await fetch(CHAT, { method: 'POST', body: '{}' }), last)
      // Without a listener, Node ends the process.
      assert.ok(body.listenerCount('error') > 0)
      body.destroy(new Error('cut off'))
      await setImmediate()
    })

  for (const [named, answer] of Object.entries(ANSWERS)) {
    test(`${named} is the caller’s`, async () => {
      const inner = /** @type {any} it may give anything */ (async () => answer)
      const fetch = entraIdFetch(inner, { credential: CREDENTIAL })
      assert.equal(await fetch(CHAT, { method: 'POST', body: '{}' }), answer)
    })
  }

  for (const [named, body] of Object.entries({
    'a body that throws': { cancel: fail, resume: fail },
    'a body whose end is no promise': { cancel: () => ({ catch: fail }) },
  })) {
    test(`a redirect with ${named} is followed`, async () => {
      const last = { status: 200 }
      const answers = [{ status: 302, ...to(`${CHAT}/2`), body }, last]
      const inner = /** @type {any} it may give anything */ (async () => answers.shift())
      assert.equal(await entraIdFetch(inner, { credential: CREDENTIAL })(CHAT), last)
    })
  }
})

test('an app’s fetch and credential may ask what they are given for what each object has', async () => {
  /** @type {unknown[]} */
  const said = []
  const ask = (/** @type {object} */ given, /** @type {string} */ name) =>
    said.push(given.hasOwnProperty(name), String(given))
  const credential = {
    getToken: async (/** @type {unknown} */ _scopes, /** @type {object} */ options) => {
      ask(options, 'enableCae')
      return { token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }
    },
  }
  const inner = /** @type {any} its answer is not read */ (
    async (/** @type {unknown} */ _input, /** @type {object} */ init) => ask(init, 'headers')
  )
  await entraIdFetch(inner, { credential })(CHAT)
  assert.deepEqual(said, [true, '[object Object]', true, '[object Object]'])
})
