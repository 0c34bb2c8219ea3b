import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { clearTokenCache, entraIdFetch, getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { ANSWER } from '../testkit/azure-openai.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, onInternet } from './support/internet.mjs'
import { REFUSED, onRevoked, revoke, tokensSent } from './support/revoked.mjs'
import { valuesOf } from '../testkit/stand-in.mjs'
import { startWorker } from './support/worker.mjs'

const POST = { method: 'POST', body: BODY }
const PERMISSION_DENIED = {
  error: {
    code: 'PermissionDenied',
    message: 'The principal lacks the required data action to perform this operation.',
  },
}
const CLAIMS = JSON.stringify({ access_token: { nbf: { essential: true, value: '1795488000' } } })
/** @param {string} claims */
const challengeOf = (claims) =>
  `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
  `error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`

describe('a revoked token', () => {
  test('is fetched again, and the request is sent again', () =>
    onRevoked(async ({ send, azure, source, tokens }) => {
      const response = await send(CHAT, { ...POST, headers: { 'api-key': 'key', 'x-request': '1' } })
      assert.equal(response.status, 200)
      const answer = /** @type {{ choices: { message: { content: string } }[] }} */ (await response.json())
      assert.equal(answer.choices[0].message.content, ANSWER)
      assert.equal(source.requests.length, 2)
      assert.deepEqual(tokensSent(azure), tokens)
      for (const request of azure.requests) {
        assert.equal(request.body, BODY)
        assert.equal(request.headers['x-request'], '1')
        assert.deepEqual(valuesOf(request, 'api-key'), [])
      }
      assert.equal(await getAzureOpenAIToken(), tokens[1])
    }))

  test('100 requests at once: one fetch', () =>
    onRevoked(async ({ send, source }) => {
      const responses = await Promise.all(Array.from({ length: 100 }, () => send(CHAT, POST)))
      assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([200]))
      assert.equal(source.requests.length, 2)
    }))

  test('a request that meets it when it has been replaced already is sent again without a fetch', () =>
    onRevoked(async ({ send, azure, source, tokens }) => {
      const release = azure.hold()
      const late = send(CHAT, POST)
      await azure.arrived(1)
      await getAzureOpenAIToken({ forceRefresh: true })
      release()
      assert.equal((await late).status, 200)
      assert.equal(source.requests.length, 2)
      assert.deepEqual(tokensSent(azure), tokens)
    }))

  test('once in five minutes: the next one goes to the caller as it came', () =>
    onRevoked(async (fixture) => {
      const { send, azure, source } = fixture
      assert.equal((await send(CHAT, POST)).status, 200)
      revoke(fixture)
      azure.requests.length = 0
      const response = await send(CHAT, POST)
      assert.equal(response.status, 401)
      assert.deepEqual(await response.json(), REFUSED)
      assert.equal(azure.requests.length, 1)
      assert.equal(source.requests.length, 2)
      // clearTokenCache forgets that, too.
      clearTokenCache()
      assert.equal((await send(CHAT, POST)).status, 200)
      revoke(fixture)
      assert.equal((await send(CHAT, POST)).status, 200)
    }))

  test('a fetch that fails bars no other one', () =>
    onRevoked(async ({ send, source, azure }) => {
      source.next({ status: 400, body: { message: 'not now' } })
      const response = await send(CHAT, POST)
      assert.equal(response.status, 401)
      assert.deepEqual(await response.json(), REFUSED)
      // The cache has a pause of its own after a failure, which a changed environment ends.
      process.env.AZURE_CLIENT_ID = 'another'
      azure.requests.length = 0
      assert.equal((await send(CHAT, POST)).status, 200)
    }))

  test('the same token again: the caller gets the answer as it came', () =>
    onRevoked(async ({ send, azure, source, tokens }) => {
      source.always({
        body: {
          access_token: tokens[0],
          expires_on: String(Math.floor(Date.now() / 1000) + 3600),
          token_type: 'Bearer',
        },
      })
      const response = await send(CHAT, POST)
      assert.equal(response.status, 401)
      assert.deepEqual(await response.json(), REFUSED)
      assert.equal(azure.requests.length, 1)
      assert.equal(source.requests.length, 2)
    }))

  test('an abort while the new one is awaited: rejected with its reason', () =>
    onRevoked(async ({ send, source }) => {
      const reason = new Error('the user went away')
      const controller = new AbortController()
      const release = source.hold()
      const call = send(CHAT, { ...POST, signal: controller.signal })
      await source.arrived(2)
      controller.abort(reason)
      await assert.rejects(call, (thrown) => thrown === reason)
      release()
    }))

  test('of nested wrappers the inner one sees to it', () =>
    onRevoked(async ({ fetch, azure, source }) => {
      const response = await entraIdFetch(entraIdFetch(fetch))(CHAT, POST)
      assert.equal(response.status, 200)
      assert.equal(source.requests.length, 2)
      assert.equal(azure.requests.length, 2)
    }))

  test('of nested wrappers the outer one leaves a final 401 alone', () =>
    onRevoked(async (fixture) => {
      fixture.azure.always({ status: 401, body: REFUSED })
      const response = await entraIdFetch(entraIdFetch(fixture.fetch))(CHAT, POST)
      assert.deepEqual(await response.json(), REFUSED)
      assert.equal(fixture.azure.requests.length, 2)
      assert.equal(fixture.source.requests.length, 2)
    }))
})

describe('a missing role', () => {
  for (const { as, body } of [
    { as: 'JSON', body: PERMISSION_DENIED },
    { as: 'indented JSON', body: JSON.stringify(PERMISSION_DENIED, null, 4) },
    {
      as: 'the beginning of much more',
      body: `${JSON.stringify(PERMISSION_DENIED)}${' '.repeat(1_000_000)}`,
    },
  ]) {
    test(`${as}: no fetch, and the caller gets the answer whole`, () =>
      onRevoked(
        async ({ send, azure, source }) => {
          const response = await send(CHAT, POST)
          assert.equal(response.status, 401)
          assert.equal(await response.text(), typeof body === 'string' ? body : JSON.stringify(body))
          assert.equal(azure.requests.length, 1)
          assert.equal(source.requests.length, 1)
        },
        { answer: { body } },
      ))
  }

  test('a message that only speaks of it is no such answer', () =>
    onRevoked(
      async ({ send, source }) => {
        assert.equal((await send(CHAT, POST)).status, 200)
        assert.equal(source.requests.length, 2)
      },
      { answer: { body: { error: { code: '401', message: 'PermissionDenied' } } } },
    ))

  test('a body that never ends does not hold the caller', async () => {
    await onInternet({ start: startIdentity }, async ({ source }) => {
      const endless = () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(Buffer.from('{"error":')),
          }),
          { status: 401 },
        )
      const answers = [endless, () => new Response('{}')]
      const response = await entraIdFetch(async () => answers.shift()?.() ?? Response.error())(CHAT, POST)
      assert.equal(response.status, 200)
      assert.equal(source.requests.length, 2)
    })
  })

  test('responses without a body, or with an unreadable one', () =>
    onInternet({ start: startIdentity }, async () => {
      const unreadable = new Response('text', { status: 401 })
      await unreadable.text()
      for (const refused of [new Response(null, { status: 401 }), unreadable]) {
        const answers = [refused, new Response('{}')]
        clearTokenCache()
        assert.equal(
          (await entraIdFetch(async () => answers.shift() ?? Response.error())(CHAT, POST)).status,
          200,
        )
      }
    }))
})

describe('a claims challenge', () => {
  const challenged = {
    start: startAuthority,
    answer: { headers: { 'www-authenticate': challengeOf(CLAIMS) } },
  }

  test('its claims reach the authority, and the calls after it keep to that token', () =>
    onRevoked(async ({ send, azure, source, tokens }) => {
      assert.equal((await send(CHAT, POST)).status, 200)
      const [first, second] = source.tokenRequests().map(({ form }) => form.claims)
      assert.equal(first, undefined)
      assert.deepEqual(JSON.parse(second).access_token.nbf, JSON.parse(CLAIMS).access_token.nbf)
      assert.equal((await send(CHAT, POST)).status, 200)
      assert.deepEqual(tokensSent(azure), [tokens[0], tokens[1], tokens[1]])
      assert.equal(source.tokenRequests().length, 2)
    }, challenged))

  test('100 at once: one request with claims', () =>
    onRevoked(async ({ send, source }) => {
      const responses = await Promise.all(Array.from({ length: 100 }, () => send(CHAT, POST)))
      assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([200]))
      assert.equal(source.tokenRequests().length, 2)
    }, challenged))

  test('of another scheme, or no JSON: fetched again without claims', async () => {
    for (const header of [
      `Basic claims="${Buffer.from(CLAIMS).toString('base64')}"`,
      challengeOf('no JSON'),
      challengeOf('[]'),
      'Bearer claims="%%%"',
      'Bearer',
      '',
    ]) {
      await onRevoked(
        async ({ send, source }) => {
          assert.equal((await send(CHAT, POST)).status, 200)
          assert.deepEqual(
            source.tokenRequests().map(({ form }) => form.claims),
            [undefined, undefined],
          )
        },
        { start: startAuthority, answer: { headers: { 'www-authenticate': header } } },
      )
    }
  })
})

test('another thread sends its request again with the token that this one fetched', () =>
  onRevoked(async ({ send, azure, source }) => {
    const worker = await startWorker('refused-worker.mjs')
    try {
      await worker.order('hold the token')
      assert.equal((await send(CHAT, POST)).status, 200)
      const sent = await worker.order('meet a 401')
      assert.deepEqual(sent, source.tokens.issued)
      assert.equal(source.requests.length, 2)
      assert.equal(azure.requests.length, 2)
    } finally {
      await worker.terminate()
    }
  }))

describe('eight threads of a service that refuses every token', () => {
  const REQUESTS = 25
  for (const challenged of [false, true]) {
    for (const { as, answer, most } of [
      { as: 'fetch one token in its place', answer: undefined, most: 1 },
      // Few of the 200, however slow the machine: the pauses double.
      {
        as: 'back off without one',
        answer: { status: 400, body: { error: 'invalid_grant' } },
        most: 20,
      },
    ]) {
      test(`${as}, ${challenged ? 'whatever the claims' : 'without a challenge'}`, () =>
        onInternet({ start: startAuthority, variables: noDeveloperTools() }, async ({ source }) => {
          await getAzureOpenAIToken()
          const before = source.tokenRequests().length
          if (answer !== undefined) source.always(answer)
          const workers = await Promise.all(
            Array.from({ length: 8 }, () => startWorker('always-refused-worker.mjs')),
          )
          try {
            const orders = workers.map((worker) => worker.order({ requests: REQUESTS, challenged }))
            const statuses = (await Promise.all(orders)).flat()
            assert.deepEqual(statuses, Array(8 * REQUESTS).fill(401))
          } finally {
            await Promise.all(workers.map((worker) => worker.terminate()))
          }
          const fetches = source.tokenRequests().length - before
          assert.ok(fetches >= 1 && fetches <= most, `${fetches} token requests for ${8 * REQUESTS} answers`)
        }))
    }
  }
})
