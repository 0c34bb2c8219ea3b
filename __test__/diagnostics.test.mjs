import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { once } from 'node:events'
import { test } from 'node:test'

import { EntraIdError, entraIdFetch, getAzureOpenAIToken } from 'azure-openai-entra'

import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { runProgram } from './support/programs.mjs'
import { secret } from '../testkit/secrets.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const refused = { status: 400, body: { error: 'invalid_request' } }

/**
 * @param {(source: import('./support/fixture.mjs').Identity) => unknown} act
 * @param {Record<string, string>} [variables]
 */
const onIdentity = (act, variables) =>
  onSource(
    {
      start: startIdentity,
      variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential', ...variables },
    },
    act,
  )

/** Runs `act` and gives the message that it causes on the channel. @param {string} name @param {() => unknown} act */
const messageOf = async (name, act) => {
  const heard = new EventTarget()
  /** @param {unknown} message */
  const listener = (message) => heard.dispatchEvent(new CustomEvent('message', { detail: message }))
  diagnostics.subscribe(`azure-openai-entra:${name}`, listener)
  try {
    const message = once(heard, 'message', { signal: AbortSignal.timeout(30_000) })
    await act()
    return (await message)[0].detail
  } finally {
    diagnostics.unsubscribe(`azure-openai-entra:${name}`, listener)
  }
}

test('fetch, refresh and failure are told with what they were for, and without the token', () =>
  onIdentity(async (source) => {
    const fetched = await messageOf('fetch', () => getAzureOpenAIToken())
    const { durationMs, expiresOnTimestamp, ...rest } = fetched
    assert.deepEqual(rest, { scopes: [SCOPE], credential: 'ManagedIdentityCredential' })
    assert.ok(durationMs >= 0 && expiresOnTimestamp > Date.now())

    const refreshed = await messageOf('refresh', () => getAzureOpenAIToken({ forceRefresh: true }))
    assert.deepEqual(refreshed.scopes, [SCOPE])

    source.next(refused)
    const failed = await messageOf('failure', () =>
      rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), {}),
    )
    assert.ok(failed.error instanceof EntraIdError)
    assert.deepEqual(
      [failed.isRefresh, failed.error.code, failed.error.attempts.length],
      [true, 'ENTRA_ID_REJECTED', 1],
    )
    const told = JSON.stringify([fetched, refreshed, failed])
    for (const token of source.tokens.issued) assert.ok(!told.includes(token))
  }))

test('a request that goes out with its key is told', () =>
  onIdentity(
    async (source) => {
      source.always(refused)
      const send = entraIdFetch(async () => new Response())
      const { error } = await messageOf('fallback', () =>
        send('https://x.openai.azure.com/openai/v1/models', { headers: { 'api-key': secret('key') } }),
      )
      assert.equal(error.code, 'ENTRA_ID_REJECTED')
    },
    { AZURE_OPENAI_ENTRA_FALLBACK: 'api-key' },
  ))

for (const when of ['before', 'lazy']) {
  test(`callbacks run in no request's context: loaded ${when}`, async () => {
    const { code, stdout, stderr } = await runProgram('first-call.mjs', { args: [when] })
    const expected = ['credential in none', 'event in none', 'log in none'].join('\n')
    assert.deepEqual({ code, stdout }, { code: 0, stdout: expected }, stderr)
  })
}
