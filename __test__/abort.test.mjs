import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'

import {
  ChainedTokenCredential,
  DefaultAzureCredential,
  cacheStats,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'

/** @param {unknown} reason */
const aborted = (reason) => ({ code: 'ENTRA_ID_ABORTED', cause: reason, attempts: [] })

/** Every way to hand in a signal. @type {{ way: string, ask: (signal: AbortSignal) => Promise<string> }[]} */
const WAYS = [
  { way: 'signal of getAzureOpenAIToken', ask: (signal) => getAzureOpenAIToken({ signal }) },
  {
    way: 'signal beside forceRefresh',
    ask: (signal) => getAzureOpenAIToken({ signal, forceRefresh: true }),
  },
  {
    way: 'signal of getToken',
    ask: async (signal) => (await new DefaultAzureCredential().getToken(SCOPE, { signal })).token,
  },
  {
    way: 'abortSignal of getToken',
    ask: async (abortSignal) => (await new DefaultAzureCredential().getToken(SCOPE, { abortSignal })).token,
  },
  {
    way: 'abortSignal of getBearerTokenProvider',
    ask: (abortSignal) => getBearerTokenProvider(undefined, SCOPE, { abortSignal })(),
  },
]

for (const { way, ask } of WAYS) {
  describe(way, () => {
    const reason = new Error('the user went away')

    test('already aborted: rejected without a request', () =>
      onSource({ start: startIdentity }, async (source) => {
        await rejectsWith(ask(AbortSignal.abort(reason)), aborted(reason))
        assert.equal(source.requests.length, 0)
      }))

    test('already aborted: rejected even if a token is cached', () =>
      onSource({ start: startIdentity }, async () => {
        await ask(new AbortController().signal)
        await rejectsWith(ask(AbortSignal.abort(reason)), aborted(reason))
      }))

    test('aborted while it waits: rejected at once, the others are left alone, all of one request', () =>
      onSource({ start: startIdentity }, async (source) => {
        const release = source.hold()
        const controllers = Array.from({ length: 3 }, () => new AbortController())
        const [first, ...others] = controllers.map(({ signal }) => ask(signal))
        const unbounded = getAzureOpenAIToken()
        await source.arrived(1)
        controllers[0].abort(reason)
        await rejectsWith(first, aborted(reason))
        release()
        const tokens = await Promise.all([...others, unbounded])
        assert.deepEqual(new Set(tokens), new Set(source.tokens.issued))
        assert.equal(source.requests.length, 1)
      }))

    test('the only caller aborts: the next caller gets the response of the same request', () =>
      onSource({ start: startIdentity }, async (source) => {
        const release = source.hold()
        const controller = new AbortController()
        const call = ask(controller.signal)
        await source.arrived(1)
        controller.abort(reason)
        await rejectsWith(call, aborted(reason))
        const next = getAzureOpenAIToken()
        release()
        assert.equal(await next, source.tokens.issued[0])
        assert.equal(source.requests.length, 1)
      }))

    test('the only caller aborts: a clear right after it starts no fetch', () =>
      onSource({ start: startIdentity }, async (source) => {
        source.hold()
        const controller = new AbortController()
        const call = ask(controller.signal)
        await source.arrived(1)
        const { fetches } = cacheStats()
        controller.abort(reason)
        clearTokenCache()
        const after = cacheStats()
        assert.deepEqual([after.fetches, after.inFlight], [fetches, 0])
        await rejectsWith(call, aborted(reason))
      }))

    test('not aborted: no listener is left on the signal', () =>
      onSource({ start: startIdentity }, async (source) => {
        const { signal } = new AbortController()
        assert.equal(await ask(signal), source.tokens.issued[0])
        source.next({ status: 403, body: 'no' })
        await ask(signal).catch(() => {})
        assert.equal(getEventListeners(signal, 'abort').length, 0)
      }))
  })
}

for (const signal of /** @type {any[]} what a call must not be given */ ([
  5,
  'x',
  true,
  {},
  { aborted: true },
  () => {},
])) {
  test(`entraIdFetch leaves it to the inner fetch to refuse what is no signal: ${inspect(signal)}`, async () => {
    const getToken = async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 })
    const call = entraIdFetch(fetch, { credential: { getToken } })('https://r.openai.azure.com/', { signal })
    await assert.rejects(call, { name: 'TypeError', message: /AbortSignal/ })
  })
}

test('a signal of another make than Node’s will do', () =>
  onSource({ start: startIdentity }, async (source) => {
    /** @typedef {(event: { type: string }) => void} Listener */
    /** @type {Set<Listener>} */
    const listeners = new Set()
    const abortSignal = {
      aborted: false,
      addEventListener: (/** @type {string} */ _type, /** @type {Listener} */ listener) =>
        void listeners.add(listener),
      removeEventListener: (/** @type {string} */ _type, /** @type {Listener} */ listener) =>
        void listeners.delete(listener),
    }
    source.hold()
    const call = new DefaultAzureCredential().getToken(SCOPE, { abortSignal })
    await source.arrived(1)
    abortSignal.aborted = true
    for (const listener of listeners) listener({ type: 'abort' })
    await rejectsWith(call, aborted(undefined))
    assert.equal(listeners.size, 0)
  }))

/** What a call comes to, by the code of its error. @type {Record<string, string | undefined>} */
const ENDS = {
  'a token': undefined,
  'a failure': 'ENTRA_ID_REJECTED',
  'a time-out': 'ENTRA_ID_TIMEOUT',
  'its abort': 'ENTRA_ID_ABORTED',
}
const fails = () => {
  throw new Error('of the signal')
}

for (const [name, code] of Object.entries(ENDS)) {
  for (const broken of ['removeEventListener', 'reason']) {
    test(`a signal whose ${broken} throws neither ends the process nor keeps ${name} back`, () =>
      onSource({ start: startIdentity }, async (source) => {
        /** @type {(() => void)[]} */
        const listeners = []
        const signal = {
          aborted: false,
          addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) =>
            listeners.push(listener),
          removeEventListener() {},
        }
        Object.defineProperty(signal, broken, broken === 'reason' ? { get: fails } : { value: fails })
        const release = source.hold()
        if (name === 'a failure') source.next({ status: 400, body: { error: 'invalid_request' } })
        const timeoutMs = name === 'a time-out' ? 1 : undefined
        const call = getAzureOpenAIToken({ signal: /** @type {any} a polyfill's */ (signal), timeoutMs })
        const outcome = code === undefined ? call : rejectsWith(call, { code })
        await source.arrived(1)
        if (name === 'its abort') for (const listener of listeners) listener()
        else if (name !== 'a time-out') release()
        await outcome
        release()
      }))
  }
}

for (const credential of [
  { getToken: () => Promise.reject(new Error('of the credential')) },
  { getToken: async () => null },
])
  for (const broken of ['aborted', 'addEventListener', 'removeEventListener', 'reason'])
    test(`in a chain, a signal whose ${broken} throws is told, and nothing is left unhandled`, async () => {
      /** @type {unknown[]} */
      const unhandled = []
      const note = (/** @type {unknown} */ reason) => unhandled.push(reason)
      process.on('unhandledRejection', note)
      const abortSignal = { aborted: false, addEventListener() {}, removeEventListener() {} }
      const isMethod = broken.endsWith('Listener')
      Object.defineProperty(abortSignal, broken, isMethod ? { value: fails } : { get: fails })
      const chain = new ChainedTokenCredential(/** @type {any} null too */ (credential))
      await assert.rejects(chain.getToken(SCOPE, { abortSignal }))
      // Node tells of what was left unhandled after the promises of this turn.
      await setImmediate()
      process.off('unhandledRejection', note)
      assert.deepEqual(unhandled, [])
    })

describe('a time-out', () => {
  for (const { option, ask } of [
    {
      option: 'timeoutMs of getAzureOpenAIToken',
      ask: (/** @type {number} */ timeoutMs) => getAzureOpenAIToken({ timeoutMs }),
    },
    {
      option: 'timeoutMs of getToken',
      ask: (/** @type {number} */ timeoutMs) => new DefaultAzureCredential().getToken(SCOPE, { timeoutMs }),
    },
    {
      option: 'requestOptions.timeout of getToken',
      ask: (/** @type {number} */ timeout) =>
        new DefaultAzureCredential().getToken(SCOPE, { requestOptions: { timeout } }),
    },
  ]) {
    test(`${option} ends this wait and no other`, () =>
      onSource({ start: startIdentity }, async (source) => {
        const release = source.hold()
        const patient = getAzureOpenAIToken()
        await rejectsWith(ask(1), { code: 'ENTRA_ID_TIMEOUT', message: /\b1 ms\b/ })
        release()
        assert.equal(await patient, source.tokens.issued[0])
        assert.equal(source.requests.length, 1)
      }))
  }

  test('requestOptions.timeout of 0 means no timeout, as in @azure/core-auth', () =>
    onSource({ start: startIdentity }, async (source) => {
      const { token } = await new DefaultAzureCredential().getToken(SCOPE, { requestOptions: { timeout: 0 } })
      assert.equal(token, source.tokens.issued[0])
    }))
})
