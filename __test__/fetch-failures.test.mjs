import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'

import {
  EntraIdError,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIToken,
  setLogger,
} from 'azure-openai-entra'

import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { throwsWith } from './support/errors.mjs'
import { FAILURES, onFailure } from './support/fetch-failures.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, ORIGIN, onInternet } from './support/internet.mjs'
import { runProgram } from './support/programs.mjs'
import { collectingLogger, tee } from './support/tee.mjs'

/** @type {any} its constructor is private */
const Thrown = EntraIdError

const { failureResponse } = createRequire(import.meta.url)('../lib/failure-response.js')

const POST = { method: 'POST', body: BODY }

describe('no token: an answer in the shape of OpenAI’s errors, and nothing is sent', () => {
  for (const failure of FAILURES) {
    const { code, status, retryAfter = null } = failure
    test(`${code}: ${status}${retryAfter ? `, retry-after ${retryAfter}` : ''}`, () =>
      onFailure(failure, async ({ azure, fetch }) => {
        const wanted = await getAzureOpenAIToken().catch((error) => error)
        assert.equal(wanted.code, code)
        assert.ok((wanted.retryAfterMs ?? 0) <= 300_000, `retryAfterMs is ${wanted.retryAfterMs}`)
        clearTokenCache()

        const response = await entraIdFetch(fetch)(CHAT, { ...POST, headers: { 'api-key': 'key' } })
        assert.equal(response.status, status)
        assert.equal(response.headers.get('x-entra-id-error'), code)
        assert.equal(response.headers.get('retry-after'), retryAfter)
        assert.equal(response.headers.get('content-type'), 'application/json')
        const { error } = /** @type {any} JSON */ (await response.json())
        assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code'])
        assert.equal(error.code, code)
        assert.match(error.message, /Troubleshooting: /)
        assert.equal(azure.requests.length, 0)
      }))
  }

  for (const { code, retryAfterMs, isWorthARetry, status, retryAfter } of [
    { code: 'ENTRA_ID_TIMEOUT', status: 503, retryAfter: '1' },
    { code: 'ENTRA_ID_TIMEOUT', retryAfterMs: 0, status: 503, retryAfter: '1' },
    { code: 'ENTRA_ID_THROTTLED', retryAfterMs: 1001, status: 503, retryAfter: '2' },
    { code: 'ENTRA_ID_NETWORK', retryAfterMs: 60_000, status: 503, retryAfter: '60' },
    { code: 'ENTRA_ID_REJECTED', retryAfterMs: 1000, status: 401, retryAfter: null },
    { code: 'ENTRA_ID_NETWORK', isWorthARetry: true, status: 503, retryAfter: '1' },
    { code: 'ENTRA_ID_NETWORK', isWorthARetry: false, status: 401, retryAfter: null },
    { code: 'ENTRA_ID_TIMEOUT', isWorthARetry: false, status: 401, retryAfter: null },
  ]) {
    const lasts = isWorthARetry === false ? ' of a lasting outage' : ''
    test(`${code}${lasts} with retryAfterMs ${retryAfterMs}: ${status}, retry-after ${retryAfter}`, () => {
      const response = failureResponse(new Thrown({ code, message: 'why', retryAfterMs, isWorthARetry }))
      assert.equal(response.status, status)
      assert.equal(response.headers.get('retry-after'), retryAfter)
    })
  }

  test('nested wrappers pass that answer through, and ask for the token once', () =>
    onFailure(FAILURES[1], async ({ source, fetch }) => {
      const passed = []
      /** @type {typeof fetch} */
      const between = async (...args) => {
        const response = await fetch(...args)
        passed.push(response)
        return response
      }
      const response = await entraIdFetch(entraIdFetch(between))(CHAT, POST)
      assert.equal(response.headers.get('x-entra-id-error'), 'ENTRA_ID_REJECTED')
      assert.equal(source.tokenRequests().length, 1)
      assert.equal(passed.length, 0)
    }))

  test('a synthetic 401 is not taken for a refused token', () =>
    onInternet({ start: startIdentity }, async ({ source, fetch }) => {
      // The inner wrapper has another credential, which gives no token.
      const inner = entraIdFetch(fetch, { credential: { getToken: () => Promise.resolve(null) } })
      const response = await entraIdFetch(inner)(CHAT, POST)
      assert.equal(response.headers.get('x-entra-id-error'), 'ENTRA_ID_REJECTED')
      assert.equal(source.requests.length, 1)
    }))

  test('it recovers with its source', () =>
    onInternet({ start: startIdentity }, async ({ source, fetch }) => {
      const send = entraIdFetch(fetch)
      source.next({ status: 400, body: { message: 'not yet' } })
      assert.equal((await send(CHAT, POST)).status, 401)
      clearTokenCache()
      assert.equal((await send(CHAT, POST)).status, 200)
    }))
})

describe('an abort while the token is awaited', () => {
  const reason = new Error('the user went away')
  for (const {
    by,
    call,
  } of /** @type {{ by: string, call: (send: typeof fetch, signal: AbortSignal) => Promise<Response> }[]} */ ([
    { by: "init's signal", call: (send, signal) => send(CHAT, { ...POST, signal }) },
    { by: "a Request's signal", call: (send, signal) => send(new Request(CHAT, { ...POST, signal })) },
  ])) {
    test(`${by}: rejected with its reason, nothing is sent`, () =>
      onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
        const release = source.hold()
        const controller = new AbortController()
        const call_ = call(entraIdFetch(fetch), controller.signal)
        const others = entraIdFetch(fetch)(CHAT, POST)
        await source.arrived(1)
        controller.abort(reason)
        await assert.rejects(call_, (thrown) => thrown === reason)
        assert.equal(azure.requests.length, 0)
        release()
        assert.equal((await others).status, 200)
      }))
  }

  test('aborted before: no request at all, with and without a token', () =>
    onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
      const send = entraIdFetch(fetch)
      const signal = AbortSignal.abort(reason)
      await assert.rejects(send(CHAT, { ...POST, signal }), (thrown) => thrown === reason)
      assert.equal(source.requests.length, 0)
      await getAzureOpenAIToken()
      await assert.rejects(send(CHAT, { ...POST, signal }), (thrown) => thrown === reason)
      assert.equal(azure.requests.length, 0)
    }))

  test("init's null in place of a Request's signal", () =>
    onInternet({ start: startIdentity }, async ({ fetch }) => {
      const request = new Request(CHAT, { ...POST, signal: AbortSignal.abort(reason) })
      assert.equal((await entraIdFetch(fetch)(request, { signal: null })).status, 200)
    }))

  test('a signal without a reason, as polyfills have: an AbortError', () =>
    onInternet({ start: startIdentity }, async ({ fetch }) => {
      const signal = /** @type {any} wrong on purpose */ ({
        aborted: true,
        addEventListener() {},
        removeEventListener() {},
      })
      await assert.rejects(entraIdFetch(fetch)(CHAT, { ...POST, signal }), { name: 'AbortError' })
    }))
})

describe('what is wrong is refused at once', () => {
  for (const [args, word] of [
    [['text'], 'inner'],
    [[{}], 'inner'],
    [[undefined, 'text'], 'options'],
    [[undefined, { credential: {} }], 'credential'],
    [[undefined, { credential: 'text' }], 'credential'],
    [[undefined, { scope: '' }], 'scope'],
    [[undefined, { scope: [] }], 'scope'],
    [[undefined, { scope: [1] }], 'scope'],
  ]) {
    test(`entraIdFetch(${[...args].map((arg) => JSON.stringify(arg)).join(', ')})`, () => {
      throwsWith(() => /** @type {any} wrong on purpose */ (entraIdFetch)(...args), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: new RegExp(String(word), 'i'),
      })
    })
  }

  test('entraIdFetch in place of entraIdFetch(): the answer says so', async () => {
    const ofAnotherRealm = { href: CHAT, toString: () => CHAT }
    for (const input of [CHAT, new URL(CHAT), new Request(CHAT), ofAnotherRealm]) {
      const response = await /** @type {any} wrong on purpose */ (entraIdFetch)(input, POST)
      assert.equal(response.status, 401)
      const { error } = await response.json()
      assert.equal(error.code, 'ENTRA_ID_CONFIGURATION')
      assert.match(error.message, /Pass entraIdFetch\(\)\./)
    }
  })

  test('what fetch itself refuses is refused by it', async () => {
    for (const input of ['/relative', 'nonsense', undefined]) {
      await assert.rejects(entraIdFetch()(/** @type {any} wrong on purpose */ (input)), TypeError)
    }
    await assert.rejects(entraIdFetch()(`https://user:password@${new URL(ORIGIN).host}/`), TypeError)
  })
})

test('a logger gets the reason why no other token came', () =>
  onInternet({ start: startIdentity, variables: noDeveloperTools() }, async ({ source, azure, fetch }) => {
    const send = entraIdFetch(fetch)
    await send(CHAT, POST)
    azure.always({ status: 401, body: { error: { code: '401', message: 'refused' } } })
    source.always({ status: 400, body: { message: 'the endpoint says no' } })
    /** @type {string[]} */
    const warnings = []
    setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
    try {
      assert.equal((await send(CHAT, POST)).status, 401)
    } finally {
      setLogger(collectingLogger)
    }
    assert.ok(
      warnings.some((line) => /Azure OpenAI refused a token.*the endpoint says no/s.test(line)),
      warnings.join(),
    )
  }))

test('a 401 that names another audience leads to the scope to set, once', () =>
  onInternet({ start: startIdentity, variables: noDeveloperTools() }, async ({ azure, fetch }) => {
    /** @type {string[]} */
    const warnings = []
    setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
    const refuse = (/** @type {string} */ audience) =>
      azure.always({ status: 401, body: { error: { message: `audience is incorrect, ${audience}` } } })
    const hints = () => warnings.filter((line) => line.includes('expects a token for'))
    try {
      const send = entraIdFetch(fetch)
      // That of the token: it is wrong for another reason.
      refuse('https://cognitiveservices.azure.com')
      await send(CHAT, POST)
      assert.deepEqual(hints(), [])
      refuse('https://ai.azure.com')
      for (let i = 0; i < 3; i++) await send(CHAT, POST)
      assert.equal(hints().length, 1)
      assert.match(hints()[0], /AZURE_OPENAI_ENTRA_SCOPE, to https:\/\/ai\.azure\.com\/\.default\.$/)
    } finally {
      setLogger(collectingLogger)
    }
  }))

test('where Node has no fetch, as with --no-experimental-fetch, the hook makes none, and entraIdFetch says what it needs', async () => {
  const { code, stdout, stderr } = await runProgram('without-fetch.cjs')
  assert.deepEqual([code, stderr], [0, ''])
  const [type, ...errors] = stdout.trim().split('\n')
  assert.equal(type, 'undefined')
  assert.equal(errors.length, 7)
  for (const error of errors)
    assert.match(error, /^ENTRA_ID_CONFIGURATION entraIdFetch needs .*Headers, Response on globalThis/)
})
