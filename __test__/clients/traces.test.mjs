import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import {
  DefaultAzureCredential,
  ManagedIdentityCredential,
  clearTokenCache,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { rejectsWith } from '../support/errors.mjs'
import { client } from '../support/clients.mjs'
import { onSource } from '../support/fixture.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run } from '../../testkit/process.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {{ name: string, attributes: Record<string, unknown>, parent: unknown, status: object, ended: number }} Span */
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ONLY_MANAGED = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }

const { ROOT_CONTEXT, context, createContextKey, trace } = await client('@opentelemetry/api')
const KEY = createContextKey('parent')

/** Every span that was started, with what became of it. @type {Span[]} */
const spans = []

/** The part of an SDK that a tracer is. */
const tracer = {
  /** @param {string} name @param {{ attributes?: object }} [options] @param {Driven} [parent] */
  startSpan(name, { attributes = {} } = {}, parent = context.active()) {
    const span = {
      name,
      attributes: { ...attributes },
      parent: parent.getValue(KEY),
      status: {},
      ended: 0,
    }
    spans.push(span)
    return {
      setAttributes: (/** @type {object} */ more) => Object.assign(span.attributes, more),
      setStatus: (/** @type {object} */ status) => Object.assign(span.status, status),
      end: () => (span.ended += 1),
    }
  },
}

/** @type {{ name: string, version: string }[]} */
const tracers = []
const storage = new AsyncLocalStorage()
/** A context manager as that of @opentelemetry/context-async-hooks. */
const manager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (
    /** @type {Driven} */ active,
    /** @type {Function} */ act,
    /** @type {unknown} */ self,
    /** @type {unknown[]} */ ...args
  ) => storage.run(active, () => act.apply(self, args)),
  bind: (/** @type {Driven} */ _active, /** @type {unknown} */ target) => target,
  enable: () => manager,
  disable: () => manager,
}

/** The spans of calls. Those of requests are the subject of spans.test.mjs. */
const taken = () => spans.splice(0).filter(({ name }) => name.endsWith('.getToken'))

describe('with a tracer that the app has registered', () => {
  before(() => {
    trace.setGlobalTracerProvider({
      /** @param {string} name @param {string} version */
      getTracer(name, version) {
        tracers.push({ name, version })
        return tracer
      },
    })
    context.setGlobalContextManager(manager)
  })
  after(() => {
    trace.disable()
    context.disable()
  })

  const ways = {
    'ChainedTokenCredential.getToken': [
      () => new DefaultAzureCredential().getToken(SCOPE),
      () => getAzureOpenAIToken(),
      () => getBearerTokenProvider(new DefaultAzureCredential(), SCOPE)(),
    ],
    'ManagedIdentityCredential.getToken': [() => new ManagedIdentityCredential().getToken(SCOPE)],
    'TokenCredential.getToken': [
      () =>
        getBearerTokenProvider(
          { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 1e6 }) },
          SCOPE,
        )(),
    ],
  }
  for (const [name, acts] of Object.entries(ways)) {
    for (const act of acts) {
      test(`${name}: ${act} has a span for the fetch, and none for a token that is cached`, () =>
        onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
          await act()
          const [span, ...others] = taken()
          assert.equal(others.length, 0)
          assert.deepEqual([span.name, span.status, span.ended], [name, { code: 1 }, 1])
          assert.equal(span.attributes['az.namespace'], 'Microsoft.AAD')
          const credential = source.requests.length > 0 ? 'ManagedIdentityCredential' : 'TokenCredential'
          assert.equal(span.attributes['azure_openai_entra.credential'], credential)
          assert.ok(!JSON.stringify(span).includes(String(source.tokens.issued[0])))
          if (credential === 'ManagedIdentityCredential') await act()
          assert.deepEqual(taken(), [])
          assert.equal(tracers.at(-1)?.name, 'azure-openai-entra')
          assert.match(String(tracers.at(-1)?.version), /^\d+\.\d+/)
        }))
    }
  }

  test('a failure has its code, and a call that is refused at once has a span too', () =>
    onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
      source.always({ status: 403, body: 'no' })
      for (const requests of [1, 1]) {
        const error = await rejectsWith(new DefaultAzureCredential().getToken(SCOPE), { status: 403 })
        const [{ status, attributes, ended }, ...others] = taken()
        assert.deepEqual([others.length, ended, source.requests.length], [0, 1, requests])
        assert.deepEqual(status, { code: 2, message: error.message })
        assert.equal(attributes['error.type'], 'ENTRA_ID_REJECTED')
        assert.equal(attributes['azure_openai_entra.attempts'], 1)
      }
    }))

  test('the parent is the active context, or that of tracingOptions', () =>
    onSource({ start: startIdentity }, async () => {
      const [active, given] = ['active', 'given'].map((value) => ROOT_CONTEXT.setValue(KEY, value))
      const tracingOptions = { tracingContext: given }
      const credential = new DefaultAzureCredential()
      for (const [parent, act] of /** @type {[string, () => Promise<unknown>][]} */ ([
        ['active', () => credential.getToken(SCOPE)],
        ['given', () => credential.getToken(SCOPE, { tracingOptions })],
        ['given', () => getBearerTokenProvider(credential, SCOPE, { tracingOptions })()],
      ])) {
        clearTokenCache()
        await context.with(active, act)
        assert.deepEqual(
          taken().map((span) => span.parent),
          [parent],
        )
      }
    }))

  test('a tracer that throws fails no call', () =>
    onSource({ start: startIdentity }, async () => {
      const { startSpan } = tracer
      tracer.startSpan = () => {
        throw new Error('the tracer failed')
      }
      try {
        assert.equal(typeof (await getAzureOpenAIToken()), 'string')
      } finally {
        tracer.startSpan = startSpan
      }
    }))
})

test('without a tracer, the code for it is not loaded', () =>
  onSource({ start: startIdentity }, async ({ environment }) => {
    const code = `require('azure-openai-entra').getAzureOpenAIToken().then((token) => {
      console.log(typeof token, Object.keys(require.cache).filter((file) => file.endsWith('tracing.js')).length)
    })`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const { stdout, stderr } = await run([process.execPath, '-e', code], { cwd, variables: environment })
    assert.equal(stdout, 'string 0\n', stderr)
  }))

test('a registered object that cannot be read fails no call', () =>
  onSource({ start: startIdentity }, async () => {
    const name = Symbol.for('opentelemetry.js.api.1')
    const registered = Object.getOwnPropertyDescriptor(globalThis, name)
    const fails = () => {
      throw new Error('unreadable')
    }
    const failing = [
      Object.defineProperty({}, 'trace', { get: fails }),
      {
        trace: {},
        get context() {
          return fails()
        },
      },
      { trace: { getTracer: fails } },
      { trace: 1 },
    ]
    for (const value of failing) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
      try {
        clearTokenCache()
        await getAzureOpenAIToken()
      } finally {
        if (registered) Object.defineProperty(globalThis, name, registered)
        else Reflect.deleteProperty(globalThis, name)
      }
    }
  }))
