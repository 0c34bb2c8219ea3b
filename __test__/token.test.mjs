import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import {
  DefaultAzureCredential,
  cacheStats,
  clearTokenCache,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { looksAtEnvironment } from '../testkit/environment.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { SOURCES, onSource, stampede } from './support/fixture.mjs'
import { startWorker } from './support/worker.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const OTHER_SCOPE = 'https://ai.azure.com/.default'

for (const { source: label, start } of SOURCES) {
  describe(`one request for 1,000 first calls at once, ${label}`, () => {
    for (const { of, callers } of [
      { of: 'getAzureOpenAIToken', callers: () => [() => getAzureOpenAIToken()] },
      {
        of: '10 credentials',
        callers: () =>
          Array.from({ length: 10 }, () => {
            const credential = new DefaultAzureCredential()
            return async () => (await credential.getToken(SCOPE)).token
          }),
      },
      {
        of: 'getBearerTokenProvider over 10 credentials',
        callers: () =>
          Array.from({ length: 10 }, () => getBearerTokenProvider(new DefaultAzureCredential(), [SCOPE])),
      },
      {
        of: 'all of them together',
        callers: () => {
          const credential = new DefaultAzureCredential()
          return [
            getAzureOpenAIToken,
            () => getAzureOpenAIToken({ scope: SCOPE }),
            async () => (await credential.getToken([SCOPE])).token,
            async () => (await credential.getToken(SCOPE, { timeoutMs: 60_000 })).token,
          ]
        },
      },
      {
        of: 'all that take claims challenges together',
        callers: () => {
          const credential = new DefaultAzureCredential()
          return [
            getBearerTokenProvider(undefined, SCOPE),
            getBearerTokenProvider(credential, SCOPE),
            getBearerTokenProvider(credential, SCOPE, { abortSignal: new AbortController().signal }),
            async () => (await credential.getToken(SCOPE, { enableCae: true })).token,
          ]
        },
      },
    ]) {
      test(of, () =>
        onSource({ start }, async (source) => {
          const ask = callers()
          const tokens = await stampede(source, 1000, (i) => ask[i % ask.length]())
          assert.equal(source.tokenRequests().length, 1)
          assert.deepEqual(new Set(tokens), new Set(source.tokens.issued))
        }),
      )
    }

    test('8 worker threads', () =>
      onSource({ start }, async (source) => {
        const gate = new Int32Array(new SharedArrayBuffer(4))
        const workerData = { gate, calls: 125 }
        const workers = await Promise.all(
          Array.from({ length: 8 }, () => startWorker('token-worker.mjs', { workerData })),
        )
        await Promise.all(workers.map((worker) => askForStampede(worker)))

        const letAnswersOut = source.hold()
        const asked = Promise.all(workers.map((worker) => worker.next()))
        Atomics.store(gate, 0, 1)
        Atomics.notify(gate, 0)
        await Promise.all([asked, source.arrived(1)])
        const answers = Promise.all(workers.map((worker) => worker.next()))
        letAnswersOut()

        const tokens = (await answers).flatMap(({ result }) => result)
        await Promise.all(workers.map((worker) => worker.terminate()))
        assert.equal(tokens.length, 1000)
        assert.equal(source.tokenRequests().length, 1)
        assert.deepEqual(new Set(tokens), new Set(source.tokens.issued))
      }))
  })

  describe(`calls after the first, ${label}`, () => {
    test('they send no request, in any thread', () =>
      onSource({ start }, async (source) => {
        const first = await getAzureOpenAIToken()
        const credential = new DefaultAzureCredential()
        const calls = [
          () => getAzureOpenAIToken(),
          () => getAzureOpenAIToken({}),
          () => getAzureOpenAIToken({ scope: [SCOPE] }),
          () => getAzureOpenAIToken({ forceRefresh: false, timeoutMs: 1000 }),
          async () => (await credential.getToken(SCOPE)).token,
        ]
        for (const call of [...calls, ...calls]) assert.equal(await call(), first)
        assert.equal(source.tokenRequests().length, 1)
      }))

    test('those that take claims challenges have a token of their own only from Entra ID', () =>
      onSource({ start }, async (source) => {
        const first = await getAzureOpenAIToken()
        const provider = getBearerTokenProvider(undefined, SCOPE)
        const second = await provider()
        const { token } = await new DefaultAzureCredential().getToken(SCOPE, { enableCae: true })
        assert.deepEqual([await provider(), token], [second, second])
        const isEntraId = start === startAuthority
        assert.equal(first !== second, isEntraId)
        assert.deepEqual(
          source.tokenRequests().map(({ form }) => form.claims),
          isEntraId ? [undefined, '{"access_token":{"xms_cc":{"values":["cp1"]}}}'] : [undefined],
        )
      }))

    test('while the token is fresh they stay in JavaScript: not even the environment is looked at', () =>
      onSource({ start }, async () => {
        const credential = new DefaultAzureCredential()
        const provider = getBearerTokenProvider(credential, SCOPE)
        const calls = [() => getAzureOpenAIToken(), provider, () => credential.getToken(SCOPE)]
        for (const call of calls) await call()

        const looks = await looksAtEnvironment(async () => {
          for (let i = 0; i < 100; i++) for (const call of calls) await call()
        })
        assert.equal(looks, 0)
        assert.equal(await looksAtEnvironment(() => getAzureOpenAIToken({ forceRefresh: true })), 1)
      }))

    test('forceRefresh asks again, and its token is the one of all later calls', () =>
      onSource({ start }, async (source) => {
        const credential = new DefaultAzureCredential()
        const first = await getAzureOpenAIToken()
        const second = await getAzureOpenAIToken({ forceRefresh: true })
        const third = await credential.getToken(SCOPE, { forceRefresh: true })
        assert.deepEqual([first, second, third.token], source.tokens.issued)
        assert.equal(await getAzureOpenAIToken(), third.token)
        assert.equal(source.tokenRequests().length, 3)
      }))

    test('100 calls with forceRefresh at once share one request', () =>
      onSource({ start }, async (source) => {
        await getAzureOpenAIToken()
        const release = source.hold()
        const calls = Array.from({ length: 100 }, () => getAzureOpenAIToken({ forceRefresh: true }))
        await source.arrived(source.requests.length + 1)
        release()
        assert.deepEqual(new Set(await Promise.all(calls)), new Set([source.tokens.issued[1]]))
        assert.equal(source.tokenRequests().length, 2)
      }))

    test('clearTokenCache in one thread counts in all', () =>
      onSource({ start }, async (source) => {
        const worker = await startWorker('token-worker.mjs', { workerData: {} })
        /** @type {unknown[]} */
        const seen = []
        const askBoth = async () => seen.push(await getAzureOpenAIToken(), await worker.order('ask'))
        await askBoth()
        clearTokenCache()
        await askBoth()
        await worker.order('clear')
        await askBoth()
        await worker.terminate()
        const [a, b, c] = source.tokens.issued
        assert.deepEqual(seen, [a, a, b, b, c, c])
        assert.equal(source.tokenRequests().length, 3)
      }))
  })
}

/** Sends a worker to the gate. @param {Awaited<ReturnType<typeof startWorker>>} worker */
const askForStampede = async (worker) => {
  worker.tell('stampede')
  assert.equal(await worker.next(), 'at the gate')
}

test('a workload identity: its federated token goes to the authority, the client secret does not', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'entra-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'token')
  const start = async () => {
    const authority = await startAuthority()
    writeFileSync(file, `${authority.federatedToken}\n`)
    return { ...authority, environment: authority.workloadEnvironment(file) }
  }
  await onSource({ start }, async (source) => {
    const tokens = await stampede(source, 1000, () => getAzureOpenAIToken())
    assert.deepEqual(new Set(tokens), new Set(source.tokens.issued))
    const [{ form }, ...others] = source.tokenRequests()
    assert.equal(others.length, 0)
    assert.equal(form.client_assertion, source.federatedToken)
    assert.equal(form.client_secret, undefined)
    assert.equal(cacheStats().tokens[0].credential, 'WorkloadIdentityCredential')
  })
})

test('an AccessToken', () =>
  onSource({ start: startIdentity }, async (source) => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const { token, expiresOnTimestamp, refreshAfterTimestamp, ...others } =
      await new DefaultAzureCredential().getToken(SCOPE)
    const after = Date.now()
    assert.equal(token, source.tokens.issued[0])
    assert.deepEqual(others, { tokenType: 'Bearer' })
    assert.ok(expiresOnTimestamp >= before + 3_600_000 && expiresOnTimestamp <= after + 3_600_000)
    // Five minutes before its end, and up to 25 s earlier.
    const ahead = expiresOnTimestamp - (refreshAfterTimestamp ?? 0)
    assert.ok(ahead >= 300_000 && ahead <= 326_000, `${ahead} ms ahead`)
  }))

for (const { behind, left } of [
  { behind: 7200, left: 3600 },
  { behind: -1800, left: 3600 },
]) {
  test(`an endpoint whose clock is ${behind} s behind: its times are read by its own clock`, () =>
    onSource({ start: startIdentity }, async (source) => {
      const now = Math.floor(Date.now() / 1000)
      source.next({
        headers: { date: new Date((now - behind) * 1000).toUTCString() },
        body: { access_token: source.tokens.issue().token, expires_on: now - behind + left },
      })
      const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken(SCOPE)
      assert.equal(token, source.tokens.issued[0])
      assert.ok(expiresOnTimestamp >= (now + left) * 1000)
      assert.ok(expiresOnTimestamp <= Date.now() + left * 1000)
      assert.equal(await new DefaultAzureCredential().getToken(SCOPE).then((held) => held.token), token)
      assert.equal(source.requests.length, 1)
    }))
}

describe('cacheStats', () => {
  test('it counts fetches and failures, and what is under way', () =>
    onSource({ start: startIdentity, variables: noDeveloperTools() }, async (source) => {
      const before = cacheStats()
      const since = () => {
        const { fetches, failures, inFlight } = cacheStats()
        return [fetches - before.fetches, failures - before.failures, inFlight]
      }
      const release = source.hold()
      const call = getAzureOpenAIToken()
      await source.arrived(1)
      assert.deepEqual(since(), [1, 0, 1])
      release()
      await call
      assert.deepEqual(since(), [1, 0, 0])
      source.next({ status: 403, body: 'no' })
      await rejectsWith(getAzureOpenAIToken({ forceRefresh: true }), { status: 403 })
      assert.deepEqual(since(), [2, 1, 0])
    }))

  test('it describes the tokens held, without the tokens, alike in every thread', () =>
    onSource({ start: startAuthority }, async (source) => {
      const tokens = []
      for (const scope of [OTHER_SCOPE, SCOPE])
        tokens.push(await new DefaultAzureCredential().getToken(scope))
      /** @param {string} scope @param {import('azure-openai-entra').AccessToken} token */
      const described = (scope, { expiresOnTimestamp, refreshAfterTimestamp }) => ({
        credential: 'EnvironmentCredential',
        scopes: [scope],
        expiresOnTimestamp,
        refreshAfterTimestamp,
      })
      const stats = cacheStats()
      assert.deepEqual(stats.tokens, [described(OTHER_SCOPE, tokens[0]), described(SCOPE, tokens[1])])

      const worker = await startWorker('token-worker.mjs', { workerData: {} })
      assert.deepEqual(await worker.order('stats'), stats)
      await worker.terminate()

      const shown = JSON.stringify(stats)
      for (const hidden of [...source.tokens.issued, source.clientSecret]) assert.ok(!shown.includes(hidden))
    }))

  test('clearTokenCache leaves no token, and the counts as they were', () =>
    onSource({ start: startIdentity }, async () => {
      await getAzureOpenAIToken()
      const before = cacheStats()
      assert.equal(before.tokens.length, 1)
      clearTokenCache()
      assert.deepEqual(cacheStats(), { ...before, tokens: [] })
    }))
})
