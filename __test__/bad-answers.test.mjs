import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, clearTokenCache, getAzureOpenAIToken } from 'azure-openai-entra'

import { empty, garbage, html, huge, redirect, reset, truncated } from '../testkit/answers.mjs'
import { startAuthority } from '../testkit/authority.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'

/** @typedef {import('./support/fixture.mjs').Start} Start */

const SCOPE = 'https://cognitiveservices.azure.com/.default'

describe('endpoints that answer nonsense', () => {
  /** @param {string} body */
  const text = (body) => ({ headers: { 'content-type': 'application/json' }, body })
  const now = () => Math.floor(Date.now() / 1000)

  const ANSWERS = [
    { answer: html, named: 'HTML', status: 200, says: /HTML/ },
    {
      answer: { ...html, status: 400 },
      named: 'HTML with 400',
      status: 400,
      code: 'ENTRA_ID_REJECTED',
      says: /HTML/,
    },
    { answer: empty, named: 'an empty body', status: 200, says: /empty/ },
    { answer: { status: 204, body: '' }, named: '204', status: 204, says: /204/ },
    { answer: garbage, named: 'bytes that are no text', status: 200, says: /not JSON/ },
    { answer: text('{"access_token":"cut of'), named: 'JSON that is cut off', status: 200, says: /not JSON/ },
    { answer: text('null'), named: 'null', status: 200, says: /not JSON with an access_token/ },
    { answer: text('[]'), named: 'an array', status: 200, says: /not JSON with an access_token/ },
    { answer: text('{}'), named: 'an empty object', status: 200, says: /not JSON with an access_token/ },
    {
      answer: { body: { access_token: 1, expires_in: 3600 } },
      named: 'a token of a wrong type',
      status: 200,
      says: /access_token/,
    },
    {
      answer: { body: { access_token: '', expires_in: 3600 } },
      named: 'an empty token',
      status: 200,
      says: /access_token is empty/,
    },
    {
      answer: { body: { access_token: 'x\r\nx-injected: 1', expires_in: 3600 } },
      named: 'a token with a line break',
      status: 200,
      says: /characters that a header cannot hold/,
    },
    {
      answer: { body: { access_token: 'x' } },
      named: 'a token without an expiry',
      status: 200,
      says: /expires_on/,
    },
    {
      answer: { body: { access_token: 'x', expires_in: 'soon' } },
      named: 'a token with an expiry that is no time',
      status: 200,
      says: /expires_on/,
    },
    {
      answer: () => ({ body: { access_token: 'x', expires_on: now() - 60 } }),
      named: 'a token that has expired',
      status: 200,
      says: /expired 6\d s ago/,
    },
    {
      answer: { body: { access_token: 'x', expires_in: 0 } },
      named: 'a token of no life',
      status: 200,
      says: /expired \d s ago/,
    },
  ]

  for (const { named: source, start, credential, variables } of [
    {
      named: 'managed identity',
      start: startIdentity,
      credential: 'ManagedIdentityCredential',
      variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' },
    },
    { named: 'client secret over TLS', start: startAuthority, credential: 'EnvironmentCredential' },
  ]) {
    describe(source, () => {
      for (const { answer, named, status, says, code = 'ENTRA_ID_NETWORK' } of ANSWERS) {
        test(`${named}: a clear error, and the held token stays`, () =>
          onSource({ start: /** @type {Start} */ (start), variables }, async (source) => {
            const expected = { code, credential, status, message: says }
            source.always(answer)
            const { attempts } = await rejectsWith(getAzureOpenAIToken(), expected)
            assert.match(attempts[0].reason, /^(unexpected response from )?(localhost|127\.0\.0\.1)\b/)

            // A source that failed once is asked again as soon as the cache is cleared.
            source.always(undefined)
            clearTokenCache()
            const token = await getAzureOpenAIToken()
            source.always(answer)
            await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), expected)
            assert.equal(await getAzureOpenAIToken(), token)
            assert.equal((await new DefaultAzureCredential().getToken(SCOPE)).token, token)
          }))
      }

      for (const status of [301, 302, 303, 307, 308]) {
        test(`a redirect with ${status}: not followed`, () =>
          onSource({ start: /** @type {Start} */ (start), variables }, async (source) => {
            const elsewhere = await startStandIn({ respond: () => ({ body: {} }) })
            source.always(redirect(`${elsewhere.origin}/elsewhere`, status))
            await rejectsWith(getAzureOpenAIToken(), {
              code: 'ENTRA_ID_NETWORK',
              credential,
              status,
              message: /a redirect, which is not followed/,
            })
            assert.equal(elsewhere.requests.length, 0)
            assert.equal(source.tokenRequests().length, 1)
            await elsewhere.close()
          }))
      }
    })
  }
})

describe('connections that break', { timeout: 100_000 }, () => {
  const BROKEN = [
    { answer: reset, named: 'closed without an answer', says: /exchange with \S+ failed/ },
    { answer: truncated, named: 'closed in the middle of the answer', says: /exchange with \S+ failed/ },
    { answer: huge(), named: 'an answer of 10 MB', says: /more than 256 KiB/ },
  ].map((row, i) => ({ ...row, scope: `https://broken-${i}.example/.default` }))

  // They are tried again after pauses, so all of them at once.
  test(`${BROKEN.map(({ named }) => named).join('; ')}: a clear error, and the held token stays`, () =>
    onSource({ start: startAuthority }, async (source) => {
      const held = await Promise.all(BROKEN.map(({ scope }) => getAzureOpenAIToken({ scope })))
      source.always(
        ({ body }) =>
          BROKEN.find(({ scope }) => new URLSearchParams(body).get('scope') === scope)?.answer ??
          assert.fail(body),
      )
      await Promise.all(
        BROKEN.map(({ scope, says }) =>
          rejectsWith(getAzureOpenAIToken({ scope, forceRefresh: true }), {
            code: 'ENTRA_ID_NETWORK',
            credential: 'EnvironmentCredential',
            message: says,
          }),
        ),
      )
      assert.deepEqual(await Promise.all(BROKEN.map(({ scope }) => getAzureOpenAIToken({ scope }))), held)
    }))

  test('no listener, and an untrusted certificate: a clear error', () =>
    onSource({ start: startAuthority }, async (source) => {
      const gone = await startStandIn({ respond: () => ({ body: {} }) })
      await gone.close()
      const authorityHost = `https://127.0.0.1:${gone.port}`
      const nobody = rejectsWith(new DefaultAzureCredential({ authorityHost }).getToken(SCOPE), {
        code: 'ENTRA_ID_NETWORK',
        message: new RegExp(`Connecting to 127\\.0\\.0\\.1\\S* failed`),
      })
      delete process.env.NODE_EXTRA_CA_CERTS
      const untrusted = rejectsWith(getAzureOpenAIToken(), {
        code: 'ENTRA_ID_NETWORK',
        message: /certificate/i,
      })
      await Promise.all([nobody, untrusted])
      assert.equal(source.requests.length, 0)
    }))
})
