import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'

import {
  DefaultAzureCredential,
  cacheStats,
  checkHealth,
  clearTokenCache,
  getAzureOpenAIToken,
  healthHandler,
} from 'azure-openai-entra'

import { close, listen } from '../testkit/listen.mjs'
import { silence } from '../testkit/answers.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const refused = { status: 400, body: { error: 'invalid_request', error_description: 'no such identity' } }

/** @param {(source: import('./support/fixture.mjs').Identity) => unknown} act */
const onIdentity = (act) =>
  onSource({ start: startIdentity, variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' } }, act)

/**
 * @typedef {{ status: number, headers: Headers, body: any }} Answered any, as it is JSON
 * @typedef {(path?: string, options?: RequestInit) => Promise<Answered>} Ask
 */

/**
 * Serves `handler` and gives a function that asks it.
 *
 * @param {http.RequestListener} handler
 * @param {(ask: Ask) => unknown} act
 */
const onServer = async (handler, act) => {
  const server = http.createServer(handler)
  const port = await listen(server)
  try {
    await act(async (path = '/', options) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, options)
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text && JSON.parse(text) }
    })
  } finally {
    await close(server)
  }
}

test('an unused app is idle, and the probe sends no request', () =>
  onIdentity(async (source) => {
    assert.deepEqual(await checkHealth(), { status: 'idle', code: undefined })
    assert.equal(source.requests.length, 0)
  }))

test('the status follows what is served: ok, degraded, ok, failing', () =>
  onIdentity(async (source) => {
    await getAzureOpenAIToken()
    assert.deepEqual(await checkHealth(), { status: 'ok', code: undefined })

    source.next(refused)
    await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), { code: 'ENTRA_ID_REJECTED' })
    assert.deepEqual(await checkHealth(), { status: 'degraded', code: 'ENTRA_ID_REJECTED' })

    clearTokenCache()
    assert.equal((await checkHealth()).status, 'idle')
    source.next(refused)
    await rejectsWith(getAzureOpenAIToken(), {})
    assert.deepEqual(await checkHealth(), { status: 'failing', code: 'ENTRA_ID_REJECTED' })
  }))

test('a scope that one caller mistyped does not take the app out of service', () =>
  onIdentity(async (source) => {
    await getAzureOpenAIToken()
    source.next(refused)
    await rejectsWith(getAzureOpenAIToken({ scope: 'https://mistyped.example/.default' }), {})
    assert.equal((await checkHealth()).status, 'degraded')
  }))

test('with fetch a token is asked for once, and the held one serves from then on', () =>
  onIdentity(async (source) => {
    const statuses = []
    for (let probe = 0; probe < 10; probe += 1) statuses.push((await checkHealth({ fetch: true })).status)
    assert.deepEqual(new Set(statuses), new Set(['ok']))
    assert.equal(source.requests.length, 1)
  }))

test('with fetch a source that is down is asked about once in seconds, however often probes come', () =>
  onIdentity(async (source) => {
    source.always(refused)
    for (let probe = 0; probe < 50; probe += 1) {
      assert.deepEqual(await checkHealth({ fetch: true }), { status: 'failing', code: 'ENTRA_ID_REJECTED' })
    }
    assert.ok(source.requests.length <= 2, `${source.requests.length} requests`)
  }))

test('with fetch a source that hangs holds a probe no longer than timeoutMs', () =>
  onIdentity(async (source) => {
    source.always(silence)
    const health = await checkHealth({ fetch: true, timeoutMs: 50 })
    assert.deepEqual(health, { status: 'failing', code: 'ENTRA_ID_TIMEOUT' })
  }))

test("with fetch the credential's own token and scope are asked for", () =>
  onIdentity(async (source) => {
    const credential = new DefaultAzureCredential({ managedIdentityClientId: 'its-client' })
    await checkHealth({ fetch: true, credential, scope: 'https://ai.azure.com/.default' })
    const [{ query }] = source.requests
    assert.deepEqual([query.client_id, query.resource], ['its-client', 'https://ai.azure.com'])

    let asked = 0
    const ofTheApp = {
      getToken: async () => {
        asked += 1
        return { token: secret('token'), expiresOnTimestamp: Date.now() + 3_600_000 }
      },
    }
    assert.equal((await checkHealth({ fetch: true, credential: ofTheApp, details: true })).tokens?.length, 2)
    assert.equal(asked, 1)
  }))

test('details tell whose the token is and why the last refresh failed, and no token', () =>
  onIdentity(async (source) => {
    const claims = { aud: 'https://a.example', tid: 'the-tenant', appid: 'the-client', oid: 'the-object' }
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const token = `e30.${payload}.${secret('signature')}`
    const expiresOn = Math.floor(Date.now() / 1000) + 3600
    source.next(
      { body: { access_token: token, expires_on: String(expiresOn), token_type: 'Bearer' } },
      refused,
    )
    await getAzureOpenAIToken()
    await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), {})

    const health = await checkHealth({ details: true })
    const [{ lastError, refreshAfterTimestamp, ...told }] = /** @type {any} there, as the next lines say */ (
      health.tokens
    )
    assert.deepEqual(told, {
      scopes: [SCOPE],
      credential: 'ManagedIdentityCredential',
      expiresOnTimestamp: expiresOn * 1000,
      identity: {
        audience: 'https://a.example',
        tenantId: 'the-tenant',
        clientId: 'the-client',
        objectId: 'the-object',
        roles: [],
      },
    })
    assert.ok(refreshAfterTimestamp < told.expiresOnTimestamp)
    assert.equal(lastError.code, 'ENTRA_ID_REJECTED')
    assert.match(lastError.message, /no such identity/)
    assert.ok(Math.abs(lastError.timestamp - Date.now()) < 60_000)
    const { tokens: _, ...cache } = cacheStats()
    assert.deepEqual(health.cache, cache)

    const text = JSON.stringify(health)
    for (const part of [token, payload, source.environment.IDENTITY_HEADER]) assert.ok(!text.includes(part))
  }))

test('details give the reason for no token even if no request was sent', () =>
  withEnvironment({ AZURE_TOKEN_CREDENTIALS: 'ManagedIdentity' }, async () => {
    const health = await checkHealth({ fetch: true, details: true })
    assert.deepEqual([health.status, health.code], ['failing', 'ENTRA_ID_CONFIGURATION'])
    assert.match(health.message ?? '', /^AZURE_TOKEN_CREDENTIALS is 'ManagedIdentity'/)
    assert.deepEqual(await checkHealth({ fetch: true }), {
      status: 'failing',
      code: 'ENTRA_ID_CONFIGURATION',
    })
  }))

test('an answer that was given in its place, as by a limit on time, is left alone', () =>
  onIdentity(async () => {
    const handler = healthHandler()
    /** @type {http.RequestListener} */
    const impatient = (request, response) => {
      handler(request, response)
      response.writeHead(504).end()
    }
    await onServer(impatient, async (ask) => assert.equal((await ask()).status, 504))
  }))

for (const method of ['GET', 'POST'])
  for (const broken of ['headersSent', 'statusCode', 'setHeader', 'end']) {
    test(`a response to ${method} whose ${broken} throws is ended, and the process is not`, () =>
      onIdentity(async () => {
        const ended = await new Promise((resolve) => {
          const fails = () => {
            throw new Error('of a middleware')
          }
          const response = { headersSent: false, statusCode: 0, setHeader() {}, end() {}, destroy: resolve }
          const isMethod = broken === 'setHeader' || broken === 'end'
          Object.defineProperty(response, broken, isMethod ? { value: fails } : { get: fails, set: fails })
          healthHandler()({ method }, response)
        })
        assert.equal(ended, undefined)
      }))
  }

test('the handler answers 200, and 503 on a failure, with only status and code', () =>
  onIdentity((source) =>
    onServer(healthHandler(), async (ask) => {
      const idle = await ask()
      assert.deepEqual([idle.status, idle.body], [200, { status: 'idle' }])
      assert.equal(idle.headers.get('content-type'), 'application/json')
      assert.equal(idle.headers.get('cache-control'), 'no-store')

      await getAzureOpenAIToken()
      source.always(refused)
      await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), {})
      const degraded = await ask()
      assert.deepEqual(
        [degraded.status, degraded.body],
        [200, { status: 'degraded', code: 'ENTRA_ID_REJECTED' }],
      )

      clearTokenCache()
      await rejectsWith(getAzureOpenAIToken(), {})
      const failing = await ask()
      assert.deepEqual(
        [failing.status, failing.body],
        [503, { status: 'failing', code: 'ENTRA_ID_REJECTED' }],
      )
    }),
  ))

test('no query opens what the code does not: neither details nor a fetch', () =>
  onIdentity((source) =>
    onServer(healthHandler(), async (ask) => {
      const { body } = await ask('/?fetch=true&details=true&verbose=1&scope=https://x.example/.default')
      assert.deepEqual(body, { status: 'idle' })
      assert.equal(source.requests.length, 0)
    }),
  ))

test('the handler accepts only GET and HEAD', () =>
  onIdentity(() =>
    onServer(healthHandler({ details: true }), async (ask) => {
      assert.equal((await ask('/', { method: 'HEAD' })).status, 200)
      const { status, headers, body } = await ask('/', { method: 'POST', body: '{"fetch":true}' })
      assert.deepEqual([status, headers.get('allow'), body], [405, 'GET, HEAD', ''])
    }),
  ))

for (const { option, value } of [
  { option: 'fetch', value: 'true' },
  { option: 'details', value: 1 },
  { option: 'timeoutMs', value: -1 },
  { option: 'scope', value: 5 },
  { option: 'credential', value: 'managed' },
  { option: 'options', value: 'all' },
]) {
  test(`a wrong ${option} is told at once`, async () => {
    const options = option === 'options' ? value : { [option]: value }
    const expected = { code: 'ENTRA_ID_CONFIGURATION', message: new RegExp(option) }
    throwsWith(() => healthHandler(/** @type {any} wrong on purpose */ (options)), expected)
    await rejectsWith(checkHealth(/** @type {any} wrong on purpose */ (options)), expected)
  })
}
