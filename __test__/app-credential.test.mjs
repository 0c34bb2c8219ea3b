import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import {
  cacheStats,
  checkHealth,
  clearTokenCache,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startWorker } from './support/worker.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const HOUR = 3_600_000

/**
 * A credential that stands for `user`, answers when it is told to, and records what it is asked.
 *
 * @param {string} user
 */
const credentialOf = (user) => {
  /** @type {{ scopes: string | string[], tenantId?: string, claims?: string }[]} */
  const asked = []
  let open = () => {}
  let gate = Promise.resolve()
  return {
    asked,
    hold: () => {
      gate = new Promise((resolve) => (open = resolve))
    },
    release: () => open(),
    /** @param {string | string[]} scopes @param {import('azure-openai-entra').GetTokenOptions} options */
    getToken: async (scopes, options) => {
      asked.push({ scopes, tenantId: options.tenantId, claims: options.claims })
      await gate
      return { token: secret(`token-of-${user}`), expiresOnTimestamp: Date.now() + HOUR }
    },
  }
}

describe('any TokenCredential feeds the cache', () => {
  test('1,000 calls at once ask it once, later ones not at all', async () => {
    const credential = credentialOf('alice')
    credential.hold()
    const provider = getBearerTokenProvider(credential, SCOPE)
    const calls = Array.from({ length: 1000 }, () => provider())
    credential.release()
    const tokens = new Set(await Promise.all(calls))
    assert.equal(tokens.size, 1)
    assert.ok(tokens.has(await provider()))
    assert.deepEqual(credential.asked, [{ scopes: [SCOPE], tenantId: undefined, claims: undefined }])
  })

  test('two providers over one object share, also in the order of scopes', async () => {
    const credential = credentialOf('alice')
    const one = getBearerTokenProvider(credential, ['a/.default', 'b/.default'])
    const other = getBearerTokenProvider(credential, ['b/.default', 'a/.default'])
    assert.equal(await one(), await other())
    assert.equal(credential.asked.length, 1)
    assert.deepEqual(credential.asked[0].scopes, ['a/.default', 'b/.default'])
  })

  test('two on-behalf-of users never get one another’s token', async () => {
    const users = Array.from({ length: 20 }, (_, i) => credentialOf(`user-${i}`))
    const providers = users.map((user) => getBearerTokenProvider(user, SCOPE))
    for (const round of [1, 2]) {
      const tokens = await Promise.all(providers.map((provider) => provider()))
      for (const [i, token] of tokens.entries()) {
        assert.match(token, new RegExp(`^[0-9a-f]*-?token-of-user-${i}\\b`), `round ${round}`)
      }
    }
    for (const user of users) assert.equal(user.asked.length, 1)
  })

  test('objects with one cacheKey share, those with another do not', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map(credentialOf)
    const shared = await getBearerTokenProvider(a, SCOPE, { cacheKey: 'the same user' })()
    assert.equal(await getBearerTokenProvider(b, SCOPE, { cacheKey: 'the same user' })(), shared)
    assert.notEqual(await getBearerTokenProvider(c, SCOPE, { cacheKey: 'another user' })(), shared)
    assert.deepEqual(
      [a, b, c].map(({ asked }) => asked.length),
      [1, 0, 1],
    )
  })

  test('binary cacheKeys never become one on their way to the core', async () => {
    const users = ['alice \ud800', 'alice \ud801', 'alice \udfff', 'alice \ufffd', 'alice \0', 'alice']
    const tokens = []
    for (const [number, cacheKey] of users.entries()) {
      try {
        tokens.push(await getBearerTokenProvider(credentialOf(`user-${number}`), SCOPE, { cacheKey })())
      } catch (error) {
        assert.match(String(error), /cacheKey holds half of a surrogate pair/)
      }
    }
    assert.equal(tokens.length, 3)
    assert.equal(new Set(tokens).size, 3)
  })

  test('a cacheKey reaches over threads, an object does not', async () => {
    const here = credentialOf('here')
    const named = await getBearerTokenProvider(here, SCOPE, { cacheKey: 'over threads' })()
    const own = await getBearerTokenProvider(here, SCOPE)()
    const worker = await startWorker('app-credential-worker.mjs', { workerData: { scope: SCOPE } })
    const there = await worker.next()
    await worker.terminate()
    assert.equal(there.result.named, named)
    assert.notEqual(there.result.own, own)
  })

  test('a credential that only a call in flight needs is kept until that ends', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    const call = getBearerTokenProvider(credentialOf('alice'), SCOPE)()
    const health = checkHealth({ credential: credentialOf('bob'), scope: SCOPE, fetch: true })
    // Behind what this job holds, and before the core can ask.
    await Promise.resolve()
    await new Promise((resolve) => process.nextTick(() => resolve(collect())))
    assert.match(await call, /alice/)
    assert.notEqual((await health).status, 'failing')
  })

  test('what it gave goes with it and with its thread, but for what has a name', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    clearTokenCache()
    const held = getBearerTokenProvider(credentialOf('alice'), SCOPE)
    await held()
    const worker = await startWorker('app-credential-worker.mjs', { workerData: { scope: SCOPE } })
    await worker.next()
    // Kept until they are counted, because an unreferenced object can be collected at any moment; and only by this call.
    const countWithUsers = async () => {
      const users = Array.from({ length: 10 }, (_, i) =>
        getBearerTokenProvider(credentialOf(`user-${i}`), SCOPE),
      )
      const ask = () => Promise.all(users.map((user) => user()))
      await ask()
      const { length } = cacheStats().tokens
      await ask()
      return length
    }
    assert.equal(await countWithUsers(), 1 + 10 + 2)
    await worker.terminate()
    const named = () => cacheStats().tokens.length === 2
    for (let i = 0; i < 100 && !named(); i++) {
      await setImmediate()
      collect()
    }
    assert.equal(cacheStats().tokens.length, 2)
    await held()
  })

  test('what stands around a token, as around one from a file, is left out', async () => {
    const token = secret('token')
    const credential = { getToken: () => ({ token: ` ${token}\r\n`, expiresOnTimestamp: Date.now() + HOUR }) }
    assert.equal(
      await getBearerTokenProvider(/** @type {any} wrong on purpose */ (credential), SCOPE)(),
      token,
    )
  })

  test('clearTokenCache makes it ask again', async () => {
    const credential = credentialOf('alice')
    const provider = getBearerTokenProvider(credential, SCOPE)
    const before = await provider()
    clearTokenCache()
    assert.notEqual(await provider(), before)
  })
})

describe('what such a credential does wrong is an error, and the next call asks again', () => {
  for (const { what, answer, code, message } of [
    {
      what: 'null',
      answer: () => null,
      code: 'ENTRA_ID_REJECTED',
      message: /Failed to refresh access token/,
    },
    { what: 'no token', answer: () => ({}), code: 'ENTRA_ID_REJECTED', message: /Failed to refresh/ },
    {
      what: 'no expiry',
      answer: () => ({ token: secret('token') }),
      code: 'ENTRA_ID_REJECTED',
      message: /expiresOnTimestamp/,
    },
    {
      what: 'a token that no header can have',
      answer: () => ({ token: `${secret('token')}\nx`, expiresOnTimestamp: Date.now() + HOUR }),
      code: 'ENTRA_ID_REJECTED',
      message: /characters that a header cannot hold/,
    },
    {
      what: 'an expired token',
      answer: () => ({ token: secret('token'), expiresOnTimestamp: Date.now() - 5000 }),
      code: 'ENTRA_ID_UNAVAILABLE',
      message: /expired \d+ s ago/,
    },
    {
      what: 'a throw',
      answer: () => {
        throw new Error('the user closed the window')
      },
      code: 'ENTRA_ID_REJECTED',
      message: /the user closed the window/i,
    },
    {
      what: 'an unavailable credential',
      answer: () => {
        throw Object.assign(new Error('not signed in'), { name: 'CredentialUnavailableError' })
      },
      code: 'ENTRA_ID_UNAVAILABLE',
      message: /not signed in/i,
    },
    {
      what: 'something thrown that is no error',
      answer: () => {
        throw 'a string'
      },
      code: 'ENTRA_ID_REJECTED',
      message: /a string/i,
    },
  ]) {
    test(what, async () => {
      const provider = getBearerTokenProvider(
        { getToken: async () => /** @type {any} wrong on purpose */ (answer()) },
        SCOPE,
      )
      await rejectsWith(provider(), { code, message, credential: 'TokenCredential' })
    })
  }

  test('arguments', () => {
    for (const credential of [5, 'x', {}, { getToken: 5 }, []]) {
      throwsWith(() => getBearerTokenProvider(/** @type {any} wrong on purpose */ (credential), SCOPE), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: /credential must be an object with a method getToken/,
      })
    }
    throwsWith(
      () =>
        getBearerTokenProvider(credentialOf('a'), SCOPE, {
          cacheKey: /** @type {any} wrong on purpose */ (5),
        }),
      {
        code: 'ENTRA_ID_CONFIGURATION',
        message: /cacheKey must be a string/,
      },
    )
  })
})

test('a thread that ends takes its credentials along, and no caller waits for them', async () => {
  const before = cacheStats().inFlight
  const worker = await startWorker('app-credential-worker.mjs', {
    workerData: { scope: SCOPE, silent: true },
  })
  await worker.next()
  const waiting = getBearerTokenProvider(credentialOf('never asked'), SCOPE, { cacheKey: 'silent' })()
  const refused = rejectsWith(waiting, { code: 'ENTRA_ID_UNAVAILABLE', message: /thread .* has ended/ })
  await worker.terminate()
  await refused
  assert.equal(cacheStats().inFlight, before)
})

describe('Visual Studio Code and the broker, through the app’s own @azure/identity', () => {
  /** @param {string} name @param {Record<string, string>} [variables] */
  const failureOf = (name, variables) =>
    withEnvironment({ AZURE_TOKEN_CREDENTIALS: name, ...variables }, () =>
      rejectsWith(getAzureOpenAIToken(), { code: 'ENTRA_ID_UNAVAILABLE' }),
    )

  test('without their plugins the reason is that of @azure/identity', async () => {
    const { VisualStudioCodeCredential } = createRequire(import.meta.url)('@azure/identity')
    const own = await new VisualStudioCodeCredential()
      .getToken(SCOPE)
      .catch((/** @type {Error} */ error) => error.message)
    const error = await failureOf('VisualStudioCodeCredential')
    assert.equal(error.attempts[0].reason, own)
  })

  test('an @azure/identity that cannot be loaded is as good as none, and says why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'entra-identity-'))
    mkdirSync(join(folder, 'node_modules/@azure/identity'), { recursive: true })
    writeFileSync(
      join(folder, 'node_modules/@azure/identity/index.js'),
      'throw new Error("a broken install")',
    )
    const main = join(folder, 'main.cjs')
    const path = JSON.stringify(createRequire(import.meta.url).resolve('azure-openai-entra'))
    writeFileSync(main, `require(${path}).getAzureOpenAIToken().catch(({ message }) => console.log(message))`)
    try {
      const { stdout } = await run([process.execPath, main], {
        variables: { AZURE_TOKEN_CREDENTIALS: 'VisualStudioCodeCredential' },
      })
      assert.match(stdout, /a broken install/i)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the broker names its plugin', async () => {
    const error = await failureOf('BrokerCredential')
    assert.match(error.attempts[0].reason, /@azure\/identity-broker/)
  })
})
