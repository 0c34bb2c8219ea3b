import assert from 'node:assert/strict'
import { afterEach, describe, mock, test } from 'node:test'

import { DefaultAzureCredential, entraIdFetch, getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { rejectsWith } from './support/errors.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const HOUR = 3_600_000
const MANAGED_IDENTITY_ONLY = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
const managed = { start: startIdentity, variables: MANAGED_IDENTITY_ONLY }

/** @param {number} hours */
const moveClock = (hours) => mock.timers.enable({ apis: ['Date'], now: Date.now() + hours * HOUR })

const credential = new DefaultAzureCredential()
const inner = async (/** @type {unknown} */ _url, /** @type {RequestInit} */ { headers } = {}) =>
  new Response(new Headers(headers).get('authorization'))
const send = entraIdFetch(/** @type {any} answers with the token */ (inner))

/** Every way to a token that JavaScript keeps. */
const WAYS = {
  'getAzureOpenAIToken()': () => getAzureOpenAIToken(),
  'a credential': async () => (await credential.getToken(SCOPE)).token,
  entraIdFetch: async () => (await send('https://my-resource.openai.azure.com/')).text(),
}

describe('a clock that a test moves', () => {
  afterEach(() => mock.timers.reset())

  for (const [way, tokenOf] of Object.entries(WAYS)) {
    test(`ahead: ${way} renews the token once, for all callers and for its life`, () =>
      onSource(managed, async (source) => {
        const first = await tokenOf()
        moveClock(25)
        const [second, third] = await Promise.all([tokenOf(), tokenOf()])
        assert.notEqual(second, first)
        assert.equal(third, second)
        assert.equal(await tokenOf(), second)
        assert.equal(source.requests.length, 2)
        mock.timers.tick(25 * HOUR)
        assert.notEqual(await tokenOf(), second)
        assert.equal(source.requests.length, 3)
      }))
  }

  test('set back again: the newest token is served, without a request', () =>
    onSource(managed, async (source) => {
      await getAzureOpenAIToken()
      moveClock(25)
      const newest = await getAzureOpenAIToken()
      mock.timers.reset()
      assert.equal(await getAzureOpenAIToken(), newest)
      assert.equal(source.requests.length, 2)
    }))

  test('from the start: the first token lives as long as it is said to', () =>
    onSource({ start: startAuthority }, async (source) => {
      moveClock(1000)
      const first = await getAzureOpenAIToken()
      assert.equal(await getAzureOpenAIToken(), first)
      assert.equal(source.tokenRequests().length, 1)
    }))

  test('ahead, by less than the life of the token: it is served', () =>
    onSource(managed, async (source) => {
      const first = await getAzureOpenAIToken()
      moveClock(0.25)
      assert.equal(await getAzureOpenAIToken(), first)
      assert.equal(source.requests.length, 1)
    }))

  test('ahead, and an endpoint that refuses: its error, and not the expired token', () =>
    onSource(managed, async (source) => {
      await getAzureOpenAIToken()
      moveClock(25)
      source.always({
        status: 400,
        body: { error: 'invalid_request', error_description: 'Identity not found' },
      })
      await rejectsWith(getAzureOpenAIToken(), { message: /Identity not found/ })
    }))

  test('ahead: a call with options is renewed as well', () =>
    onSource(managed, async (source) => {
      const tokenOf = async () => (await credential.getToken(SCOPE, { tenantId: 'contoso.example' })).token
      const first = await tokenOf()
      assert.equal(await tokenOf(), first)
      moveClock(25)
      assert.notEqual(await tokenOf(), first)
      assert.equal(source.requests.length, 2)
    }))
})
