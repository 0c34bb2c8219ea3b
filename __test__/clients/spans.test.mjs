import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { once } from 'node:events'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  clearTokenCache,
} from 'azure-openai-entra'

import { rejectsWith } from '../support/errors.mjs'
import { client } from '../support/clients.mjs'
import { onSource } from '../support/fixture.mjs'
import { startAuthority } from '../../testkit/authority.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ONLY_MANAGED = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
const CLIENT = 2
const [OK, ERROR] = [1, 2]

const { context, trace } = await client('@opentelemetry/api')
const { InMemorySpanExporter, SimpleSpanProcessor, StackContextManager, TracerProvider } =
  await client('@opentelemetry/sdk-trace')

/** @typedef {import('../support/clients.mjs').Driven} Span of the SDK */
const exporter = new InMemorySpanExporter()

/** The span of the call, and those of its requests below it. @returns {{ call: Span, requests: Span[] }} */
const finished = () => {
  const spans = /** @type {Span[]} */ (exporter.getFinishedSpans())
  const call = spans.find(({ name }) => name.endsWith('.getToken'))
  const isBelow = (/** @type {Span} */ span) =>
    (span.parentSpanContext?.spanId ?? span.parentSpanId) === call.spanContext().spanId
  const requests = spans.filter(isBelow)
  assert.equal(requests.length + 1, spans.length)
  return { call, requests }
}
/** @param {Span} span */
const told = ({ name, kind, attributes, status }) => ({
  name,
  kind,
  code: status.code,
  url: attributes['http.url'],
  status: attributes['http.status_code'],
})
/** @param {Span} span */
const cacheOf = ({ attributes }) => [
  attributes['azure_openai_entra.cache'],
  attributes['azure_openai_entra.requests'],
]

describe("with the OpenTelemetry SDK's tracer", () => {
  before(() => {
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    trace.setGlobalTracerProvider(provider)
    context.setGlobalContextManager(new StackContextManager().enable())
  })
  afterEach(() => exporter.reset())
  after(() => {
    trace.disable()
    context.disable()
  })

  test('each request for a token is a span below that of the call', () =>
    onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
      source.next({ status: 500, body: {} })
      await new ManagedIdentityCredential({ retryOptions: { retryDelayInMs: 1 } }).getToken(SCOPE)
      const { call, requests } = finished()
      const request = { name: 'HTTP GET', kind: CLIENT, url: source.origin }
      assert.deepEqual(requests.map(told), [
        { ...request, code: ERROR, status: 500 },
        { ...request, code: OK, status: 200 },
      ])
      assert.deepEqual(cacheOf(call), ['miss', 2])
      assert.equal(call.attributes['azure_openai_entra.credential'], 'ManagedIdentityCredential')
    }))

  test('requests are told to the call that began the fetch, not to those that joined', () =>
    onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
      await Promise.all([1, 2, 3].map(() => new DefaultAzureCredential().getToken(SCOPE)))
      assert.equal(source.requests.length, 1)
      const spans = /** @type {Span[]} */ (exporter.getFinishedSpans())
      const calls = spans.filter(({ name }) => name === 'ChainedTokenCredential.getToken')
      assert.deepEqual(calls.map(cacheOf).toSorted(), [
        ['joined', undefined],
        ['joined', undefined],
        ['miss', 1],
      ])
      assert.equal(spans.length, 4)
    }))

  test('a forced fetch is a refresh, and a failure that is remembered sends nothing', () =>
    onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
      const credential = new DefaultAzureCredential()
      await credential.getToken(SCOPE)
      exporter.reset()
      await credential.getToken(SCOPE, /** @type {object} of ours */ ({ forceRefresh: true }))
      assert.deepEqual(cacheOf(finished().call), ['refresh', 1])
      clearTokenCache()
      source.always({ status: 403, body: 'no' })
      for (const expected of [
        ['miss', 1],
        ['failure', undefined],
      ]) {
        exporter.reset()
        await rejectsWith(credential.getToken(SCOPE), { status: 403 })
        const { call } = finished()
        assert.deepEqual([cacheOf(call), call.attributes['error.type']], [expected, 'ENTRA_ID_REJECTED'])
      }
    }))

  test('a refresh in the background is no span, and the channel tells of it', () =>
    onSource({ start: startIdentity, variables: ONLY_MANAGED }, async (source) => {
      const heard = new EventTarget()
      const listener = () => heard.dispatchEvent(new Event('refreshed'))
      diagnostics.subscribe('azure-openai-entra:refresh', listener)
      try {
        const refreshed = once(heard, 'refreshed', { signal: AbortSignal.timeout(30_000) })
        const [token, expires] = [secret('token'), String(Math.floor(Date.now() / 1000) + 10)]
        source.next({ body: { access_token: token, expires_on: expires, refresh_in: '1' } })
        const credential = new DefaultAzureCredential()
        for (let calls = 0; source.requests.length < 2 && calls < 300; calls += 1) {
          await credential.getToken(SCOPE)
          await sleep(50)
        }
        await refreshed
        assert.deepEqual(cacheOf(finished().call), ['miss', 1])
      } finally {
        diagnostics.unsubscribe('azure-openai-entra:refresh', listener)
      }
    }))

  test('no span has the secret, the token, or a path', () =>
    onSource({ start: startAuthority }, async (source) => {
      const { AZURE_TENANT_ID: tenant = '', AZURE_CLIENT_ID: id = '' } = source.environment
      const { AZURE_CLIENT_SECRET: right = '' } = source.environment
      const wrong = secret('client-secret')
      await new ClientSecretCredential(tenant, id, right).getToken(SCOPE)
      await rejectsWith(new ClientSecretCredential(tenant, id, wrong).getToken(SCOPE), { status: 401 })
      const spans = /** @type {Span[]} */ (exporter.getFinishedSpans())
      const shown = JSON.stringify(
        spans.map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
      )
      for (const planted of [right, wrong, source.tokens.issued[0]]) {
        assert.ok(!shown.includes(planted), shown)
      }
      const posts = spans.filter(({ name }) => name === 'HTTP POST')
      assert.ok(posts.length >= 2)
      for (const { attributes } of posts) assert.equal(attributes['http.url'], source.origin)
    }))
})
