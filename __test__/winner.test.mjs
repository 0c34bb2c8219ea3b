import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { cacheStats, getAzureOpenAIToken } from 'azure-openai-entra'

import { failing, html, reset, throttled, truncated } from '../testkit/answers.mjs'
import { fakeAzureCli } from '../testkit/azure-cli.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'

// A shell script stands in for az; its like on Windows is for core/tests/tools.rs to try.
const skip = process.platform === 'win32' && 'needs a shell'

/** @typedef {import('../testkit/stand-in.mjs').Answer} Answer */

/** What a failing endpoint gets of one acquisition, and no pause between them. */
const TRIES = 6
/** @param {Answer} answer @returns {Answer} */
const atOnce = (answer) => ({ ...answer, headers: { ...answer.headers, 'retry-after': '0' } })
const PASSING = atOnce(failing(503))

const SCOPES = ['https://a.example/.default', 'https://b.example/.default']

/**
 * @typedef {{
 *   source: import('./support/fixture.mjs').Identity, az: import('../testkit/azure-cli.mjs').FakeAzureCli, login: string,
 * }} Both
 */

/** A managed identity endpoint, and an `az` whose login is good. @param {(both: Both) => unknown} act */
const withBoth = async (act) => {
  const login = secret('token-of-az')
  const az = fakeAzureCli({ stdout: { accessToken: login, expires_on: Date.now() / 1000 + 3600 } })
  const { PATH } = az.environment
  try {
    await onSource({ start: startIdentity, variables: { PATH } }, (source) => act({ source, az, login }))
  } finally {
    az.remove()
  }
}

describe('managed identity has served, and a logged-in az is there too', { skip }, () => {
  const ALONE = ['ManagedIdentityCredential']
  /** @param {import('azure-openai-entra').EntraIdError} error */
  const namesOf = ({ attempts }) => attempts.map(({ credential }) => credential)

  for (const { blip, last, code } of [
    { blip: '429', last: throttled(0), code: 'ENTRA_ID_THROTTLED' },
    { blip: '500', last: atOnce(failing(500)), code: 'ENTRA_ID_NETWORK' },
    { blip: '503', last: PASSING, code: 'ENTRA_ID_NETWORK' },
    { blip: '504 of a gateway', last: { ...html, status: 504 }, code: 'ENTRA_ID_NETWORK' },
    { blip: 'a connection that is reset', last: reset, code: 'ENTRA_ID_NETWORK' },
    { blip: 'an answer that is cut off', last: truncated, code: 'ENTRA_ID_NETWORK' },
  ]) {
    test(`${blip}: az is not asked, with a token held or without, and managed identity comes back`, () =>
      withBoth(async ({ source, az }) => {
        const held = await getAzureOpenAIToken()
        // The second acquisition is of an endpoint that failed a whole one: it gets a single try.
        for (const { options, tries } of [
          { options: { forceRefresh: true }, tries: TRIES },
          { options: { scope: SCOPES[0] }, tries: 1 },
        ]) {
          source.next(...Array(tries - 1).fill(PASSING), last)
          const error = await rejectsWith(getAzureOpenAIToken(options), { code, credential: ALONE[0] })
          assert.deepEqual(namesOf(error), ALONE)
        }
        assert.equal(source.requests.length, 1 + TRIES + 1)
        assert.equal(await getAzureOpenAIToken(), held)
        assert.equal(await getAzureOpenAIToken({ scope: SCOPES[1] }), source.tokens.issued[1])
        assert.deepEqual(az.calls(), [])
      }))
  }

  test('a connection that is refused: az is not asked', () =>
    withBoth(async ({ source, az }) => {
      const held = await getAzureOpenAIToken()
      const lastAnswer = () => {
        source.stopListening()
        return { ...PASSING, headers: { ...PASSING.headers, connection: 'close' } }
      }
      source.next(...Array(TRIES - 2).fill(PASSING), lastAnswer)
      const error = await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), {
        code: 'ENTRA_ID_NETWORK',
        message: /refused/,
      })
      assert.deepEqual(namesOf(error), ALONE)
      assert.equal(source.requests.length, TRIES)
      assert.equal(await getAzureOpenAIToken(), held)
      assert.deepEqual(az.calls(), [])
    }))

  for (const status of [400, 403]) {
    test(`${status} is a refusal: the chain is walked again, and az serves from then on`, () =>
      withBoth(async ({ source, az, login }) => {
        await getAzureOpenAIToken()
        source.always({ status, body: 'This identity was taken away' })
        assert.equal(await getAzureOpenAIToken({ forceRefresh: true }), login)
        assert.equal(await getAzureOpenAIToken({ scope: SCOPES[0] }), login)
        assert.equal(source.requests.length, 2, 'az is the one that is remembered now')
        assert.equal(az.calls().filter((line) => line === 'get-access-token').length, 2)
      }))
  }
})

describe('no credential has served yet, and az has a login', { skip }, () => {
  for (const { fault, answers } of [
    { fault: 'refuses', answers: [{ status: 400, body: 'There is no identity' }] },
    { fault: 'fails', answers: Array(TRIES).fill(PASSING) },
  ]) {
    test(`managed identity ${fault}: the chain goes on, and az serves`, () =>
      withBoth(async ({ source, login }) => {
        source.next(...answers)
        assert.equal(await getAzureOpenAIToken(), login)
        assert.equal(cacheStats().tokens[0].credential, 'AzureCliCredential')
        assert.equal(source.requests.length, answers.length)
      }))
  }
})
