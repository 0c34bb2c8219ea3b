import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { ENTRA_ID_PLACEHOLDER, cacheStats, entraIdFetch } from 'azure-openai-entra'

import { redirect } from '../testkit/answers.mjs'
import { FAILURES, onFailure } from './support/fetch-failures.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, onInternet } from './support/internet.mjs'
import { runProgram } from './support/programs.mjs'
import { secret } from '../testkit/secrets.mjs'
import { valuesOf } from '../testkit/stand-in.mjs'

const POST = { method: 'POST', body: BODY }

describe('AZURE_OPENAI_ENTRA_FALLBACK=api-key', () => {
  const key = secret('api-key')
  const own = secret('placeholder')
  const fallback = { AZURE_OPENAI_ENTRA_FALLBACK: ' API-Key ', AZURE_OPENAI_ENTRA_PLACEHOLDER: own }
  const basic = (/** @type {string} */ password) =>
    `Basic ${Buffer.from(`user:${password}`).toString('base64')}`
  const taken = { body: 'answered by key' }

  for (const failure of FAILURES) {
    test(`${failure.code}: a real key goes out as it came`, () =>
      onFailure(
        failure,
        async ({ azure, fetch }) => {
          azure.always(taken)
          const before = cacheStats().fallbacks
          const headers = { 'API-key': key, 'x-other': '1' }
          const response = await entraIdFetch(fetch)(CHAT, { ...POST, headers })
          assert.equal(await response.text(), taken.body)
          const [request] = azure.requests
          assert.deepEqual(valuesOf(request, 'api-key'), [key])
          assert.deepEqual(valuesOf(request, 'authorization'), [])
          assert.equal(request.headers['x-other'], '1')
          assert.equal(request.body, BODY)
          assert.equal(cacheStats().fallbacks, before + 1)
        },
        fallback,
      ))
  }

  for (const { carries, headers, sent } of [
    {
      carries: 'a key and the placeholder',
      headers: { 'api-key': key, authorization: `Bearer ${ENTRA_ID_PLACEHOLDER}` },
      sent: { 'api-key': [key], authorization: [] },
    },
    {
      carries: "a key and the operator's placeholder",
      headers: new Headers({ 'api-key': own, authorization: `Bearer ${key}` }),
      sent: { 'api-key': [], authorization: [`Bearer ${key}`] },
    },
    {
      carries: 'a key as both',
      headers: [
        ['api-key', key],
        ['Authorization', `Bearer ${key}`],
      ],
      sent: { 'api-key': [key], authorization: [`Bearer ${key}`] },
    },
    {
      carries: "a key and LibreChat's user_provided",
      headers: { 'api-key': 'user_provided', authorization: `Bearer ${key}` },
      sent: { 'api-key': [], authorization: [`Bearer ${key}`] },
    },
    {
      carries: 'a key and the placeholder under one name',
      headers: [
        ['api-key', ENTRA_ID_PLACEHOLDER],
        ['api-key', key],
      ],
      sent: { 'api-key': [key], authorization: [] },
    },
    {
      carries: "a key, the operator's placeholder and user_provided under one name, in any case",
      headers: { 'api-key': own, 'Api-Key': key, 'API-KEY': 'user_provided' },
      sent: { 'api-key': [key], authorization: [] },
    },
    {
      carries: 'a key, and the placeholder as the password of an address',
      headers: { authorization: basic(ENTRA_ID_PLACEHOLDER), 'x-api-key': key },
      sent: { 'x-api-key': [key], authorization: [] },
    },
    {
      carries: 'a key as the password of an address',
      headers: { authorization: basic(key) },
      sent: { 'api-key': [], authorization: [basic(key)] },
    },
    {
      carries: 'a key and the placeholder as one value',
      headers: new Headers([
        ['api-key', ENTRA_ID_PLACEHOLDER],
        ['api-key', key],
      ]),
    },
    {
      carries: 'a key and user_provided as one value',
      headers: new Headers([
        ['api-key', 'user_provided'],
        ['api-key', key],
      ]),
    },
    {
      carries: 'the placeholder as the password of an address',
      headers: { authorization: basic(ENTRA_ID_PLACEHOLDER) },
    },
    { carries: "the operator's placeholder as that", headers: [['Authorization', basic(own)]] },
    { carries: 'the placeholder', headers: { 'api-key': ENTRA_ID_PLACEHOLDER } },
    { carries: 'the placeholder as bearer', headers: { authorization: `Bearer ${ENTRA_ID_PLACEHOLDER}` } },
    { carries: "the operator's placeholder", headers: { 'api-key': own } },
    {
      carries: 'user_provided',
      headers: { 'api-key': 'user_provided', authorization: 'Bearer user_provided' },
    },
    { carries: 'an empty key', headers: { 'api-key': '', authorization: 'Bearer ' } },
    { carries: 'no key', headers: { 'x-other': key } },
    { carries: 'no headers', headers: undefined },
  ]) {
    test(`${carries}: ${sent ? 'only the key is sent' : 'nothing goes out'}`, () =>
      onFailure(
        FAILURES[1],
        async ({ azure, fetch }) => {
          azure.always(taken)
          const before = cacheStats().fallbacks
          const response = await entraIdFetch(fetch)(CHAT, { ...POST, headers })
          assert.equal(response.status, sent ? 200 : 401)
          assert.equal(azure.requests.length, sent ? 1 : 0)
          assert.equal(cacheStats().fallbacks, before + (sent ? 1 : 0))
          for (const [name, values] of Object.entries(sent ?? {}))
            assert.deepEqual(valuesOf(azure.requests[0], name), values)
        },
        fallback,
      ))
  }

  for (const value of [undefined, '', 'true', 'apikey', 'none']) {
    test(`${value === undefined ? 'unset' : JSON.stringify(value)}: no fallback`, () =>
      onFailure(
        FAILURES[1],
        async ({ azure, fetch }) => {
          const response = await entraIdFetch(fetch)(CHAT, { ...POST, headers: { 'api-key': key } })
          assert.equal(response.status, 401)
          assert.equal(azure.requests.length, 0)
        },
        { AZURE_OPENAI_ENTRA_FALLBACK: value },
      ))
  }

  test('the key follows a redirect to the same host, and none to another', () =>
    onFailure(
      FAILURES[1],
      async ({ azure, fetch }) => {
        azure.next(redirect(`${CHAT}&again=1`, 307), redirect('https://foreign.example/', 307), taken)
        const response = await entraIdFetch(fetch)(CHAT, { ...POST, headers: { 'api-key': key } })
        assert.equal(await response.text(), taken.body)
        assert.deepEqual(
          azure.requests.map((request) => valuesOf(request, 'api-key')),
          [[key], [key], []],
        )
      },
      fallback,
      ['foreign.example'],
    ))

  test('with a token it changes nothing, nor where Azure OpenAI refuses the token', () =>
    onInternet({ start: startIdentity, variables: fallback }, async ({ source, azure, fetch }) => {
      const send = entraIdFetch(fetch)
      const init = { ...POST, headers: { 'api-key': key } }
      assert.equal((await send(CHAT, init)).status, 200)
      azure.always({ status: 401, body: { error: { code: 'PermissionDenied', message: 'no role' } } })
      assert.equal((await send(CHAT, init)).status, 401)
      for (const request of azure.requests) {
        assert.deepEqual(valuesOf(request, 'api-key'), [])
        assert.deepEqual(valuesOf(request, 'authorization'), [`Bearer ${source.tokens.issued[0]}`])
      }
    }))
})

test('the fallback is warned of, once for many requests, with why there is no token', async () => {
  // In a process of its own, because the warning comes once a minute.
  for (const [logger, where] of /** @type {const} */ ([
    ['none', 'stderr'],
    ['own', 'stdout'],
  ])) {
    const outcome = await runProgram('fallback.mjs', {
      args: [logger],
      variables: { AZURE_OPENAI_ENTRA_FALLBACK: 'api-key', AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' },
    })
    assert.equal(outcome.code, 0, outcome.stderr)
    const lines = outcome[where].split('\n').filter((line) => /Falling back to API keys/.test(line))
    assert.equal(lines.length, 1, outcome[where])
    assert.match(lines[0], /EnvironmentCredential gave no token/)
    assert.match(outcome.stdout, /"fallbacks":3/)
  }
})
