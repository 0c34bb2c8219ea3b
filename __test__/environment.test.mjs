import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import {
  DefaultAzureCredential,
  checkHealth,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { fakeAzureCli } from '../testkit/azure-cli.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startWorker } from './support/worker.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const PACKAGE = fileURLToPath(new URL('../', import.meta.url))
const isWindows = process.platform === 'win32'
const inAnHour = () => Date.now() / 1000 + 3600
const MANAGED_IDENTITY_ONLY = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }

describe('in a worker thread', () => {
  test('its own process.env is what counts, though native code cannot see it', () =>
    onSource({ start: startIdentity }, async (source) => {
      // The main thread's environment has nothing of the source.
      await withEnvironment(MANAGED_IDENTITY_ONLY, async () => {
        const worker = await startWorker('environment-worker.mjs')
        const { token, nativeEndpoint } = await worker.order(source.environment)
        await worker.terminate()
        assert.equal(token, source.tokens.issued[0])
        assert.equal(nativeEndpoint, undefined)
      })
    }))

  test('what it deleted is gone, though native code still sees it', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      const worker = await startWorker('environment-worker.mjs')
      const { code, nativeEndpoint } = await worker.order({ IDENTITY_ENDPOINT: null, IDENTITY_HEADER: null })
      await worker.terminate()
      assert.equal(code, 'ENTRA_ID_CONFIGURATION')
      assert.equal(nativeEndpoint, source.environment.IDENTITY_ENDPOINT)
      assert.equal(source.requests.length, 0)
    }))

  test('a null character ends a value, as in the main thread, and begins no other variable', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = source.environment
      const ended = {
        IDENTITY_ENDPOINT: `${IDENTITY_ENDPOINT}\0/elsewhere`,
        IDENTITY_HEADER: `${IDENTITY_HEADER}\0`,
      }
      const planted = Object.entries(source.environment).flat().join('\0')
      const gone = {
        IDENTITY_ENDPOINT: null,
        IDENTITY_HEADER: null,
        [`A\0${planted}`]: 'x',
        B: `x\0${planted}`,
      }
      const worker = await startWorker('environment-worker.mjs')
      const { code } = await worker.order(gone)
      const { token } = await worker.order(ended)
      await worker.terminate()
      assert.equal(code, 'ENTRA_ID_CONFIGURATION')
      assert.equal(token, source.tokens.issued[0])
      assert.equal(source.requests.length, 1)
    }))

  test('the `env` that it was started with is what counts', () =>
    onSource({ start: startIdentity }, async (source) => {
      await withEnvironment(MANAGED_IDENTITY_ONLY, async () => {
        const env = { ...process.env, ...source.environment }
        const worker = await startWorker('environment-worker.mjs', { env })
        assert.equal((await worker.order({})).token, source.tokens.issued[0])
        await worker.terminate()
      })
    }))
})

test("a login of Visual Studio Code is asked for again if the user's folder changes", async () => {
  const app = mkdtempSync(join(tmpdir(), 'entra-vscode-'))
  try {
    const identity = join(app, 'node_modules/@azure/identity')
    mkdirSync(identity, { recursive: true })
    writeFileSync(
      join(identity, 'index.js'),
      `exports.VisualStudioCodeCredential = class {
         user = process.env[process.argv[2]]
         getToken = async () => ({ token: this.user, expiresOnTimestamp: Date.now() + 3_600_000 })
       }`,
    )
    writeFileSync(
      join(app, 'main.js'),
      `const { DefaultAzureCredential } = require(${JSON.stringify(PACKAGE)})
       const main = async () => {
         for (const user of ['alice', 'bob', 'alice']) {
           process.env[process.argv[2]] = user
           console.log((await new DefaultAzureCredential().getToken('s')).token)
         }
       }
       main()`,
    )
    const variables = { AZURE_TOKEN_CREDENTIALS: 'VisualStudioCodeCredential' }
    const home = isWindows ? 'USERPROFILE' : 'HOME'
    const { stdout, stderr } = await run([process.execPath, join(app, 'main.js'), home], { variables })
    assert.deepEqual([stdout, stderr], ['alice\nbob\nalice\n', ''])
  } finally {
    rmSync(app, { recursive: true })
  }
})

describe('a variable that changes', () => {
  test('counts from the next fetch on, and the held token stays until then', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (before) =>
      onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (after) => {
        Object.assign(process.env, before.environment)
        const first = await getAzureOpenAIToken()
        Object.assign(process.env, after.environment)
        const still = await getAzureOpenAIToken()
        const then = await getAzureOpenAIToken({ forceRefresh: true })
        assert.deepEqual([first, still, then], [before.tokens.issued[0], first, after.tokens.issued[0]])
      }),
    ))

  test('ends a remembered failure at once', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      process.env.IDENTITY_HEADER = 'an old one'
      await rejectsWith(getAzureOpenAIToken(), { code: 'ENTRA_ID_REJECTED', status: 401 })
      Object.assign(process.env, source.environment)
      assert.equal(await getAzureOpenAIToken(), source.tokens.issued[0])
    }))

  test('a changed client id counts once the cache is cleared', () =>
    onSource({ start: startIdentity, variables: { AZURE_CLIENT_ID: 'one' } }, async (source) => {
      const first = await getAzureOpenAIToken()
      process.env.AZURE_CLIENT_ID = 'two'
      assert.equal(await getAzureOpenAIToken(), first)
      clearTokenCache()
      assert.equal(await getAzureOpenAIToken(), source.tokens.issued[1])
      assert.deepEqual(
        source.requests.map(({ query }) => query.client_id),
        ['one', 'two'],
      )
    }))

  test('the same while a call is under way, which goes on by the one that it began with', () =>
    onSource({ start: startIdentity, variables: { AZURE_CLIENT_ID: 'one' } }, async (source) => {
      const release = source.hold()
      const first = getAzureOpenAIToken()
      process.env.AZURE_CLIENT_ID = 'two'
      clearTokenCache()
      const second = getAzureOpenAIToken()
      release()
      assert.notEqual(await first, await second)
      const asked = source.requests.map(({ query }) => query.client_id)
      assert.deepEqual([...new Set(asked)].toSorted(), ['one', 'two'])
    }))

  test('a credential that is made after it is not served the token of another client id', () =>
    onSource({ start: startIdentity, variables: { AZURE_CLIENT_ID: 'one' } }, async (source) => {
      const one = new DefaultAzureCredential()
      const first = await one.getToken(SCOPE)
      process.env.AZURE_CLIENT_ID = 'two'
      assert.equal((await new DefaultAzureCredential().getToken(SCOPE)).token, source.tokens.issued[1])
      assert.deepEqual(await one.getToken(SCOPE), first)
      assert.deepEqual(
        source.requests.map(({ query }) => query.client_id),
        ['one', 'two'],
      )
    }))

  test('a credential that is made after it is not served the token of another IDENTITY_ENDPOINT', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (before) =>
      onSource({ start: startIdentity }, async (after) => {
        const ask = () => getBearerTokenProvider(new DefaultAzureCredential(), SCOPE)()
        Object.assign(process.env, before.environment)
        const first = await ask()
        Object.assign(process.env, after.environment)
        assert.deepEqual([first, await ask()], [before.tokens.issued[0], after.tokens.issued[0]])
      }),
    ))

  test('a credential that is made after it is not served the token of another IDENTITY_HEADER', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      await new DefaultAzureCredential().getToken(SCOPE)
      process.env.IDENTITY_HEADER = secret('another-header')
      await rejectsWith(new DefaultAzureCredential().getToken(SCOPE), { code: 'ENTRA_ID_REJECTED' })
      assert.equal(source.tokens.issued.length, 1)
    }))

  test('what is made after it is not served the token of another scope', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      Object.assign(process.env, source.environment)
      /** @param {object} [options] */
      const sent = async (options) => {
        const inner = async (/** @type {unknown} */ _url, /** @type {RequestInit} */ init) =>
          new Response(new Headers(init.headers).get('authorization'))
        const response = await entraIdFetch(
          /** @type {typeof fetch} */ (inner),
          options,
        )('https://my-resource.openai.azure.com/openai/v1/models')
        return (await response.text()).replace('Bearer ', '')
      }
      process.env.AZURE_OPENAI_ENTRA_SCOPE = 'api://one/.default'
      const early = entraIdFetch(/** @type {typeof fetch} */ (async () => new Response('')))
      for (const scope of ['two', 'one', 'two']) {
        process.env.AZURE_OPENAI_ENTRA_SCOPE = `api://${scope}/.default`
        // It got its name before, and its token now.
        if (scope === 'two') await early('https://my-resource.openai.azure.com/openai/v1/models')
        const credential = new DefaultAzureCredential()
        const { status } = await checkHealth({ fetch: true, credential })
        assert.equal(status, 'ok')
        const token = source.tokens.issued[scope === 'two' ? 0 : 1]
        assert.deepEqual([await sent({ credential }), await sent()], [token, token])
      }
      assert.deepEqual(
        source.requests.map(({ query }) => query.resource),
        ['api://two', 'api://one'],
      )
    }))

  test('a credential that is made once it is changed back is not served the token of meanwhile', () =>
    onSource({ start: startIdentity, variables: { AZURE_CLIENT_ID: 'one' } }, async (source) => {
      const before = new DefaultAzureCredential()
      process.env.AZURE_CLIENT_ID = 'two'
      const meanwhile = await before.getToken(SCOPE)
      process.env.AZURE_CLIENT_ID = 'one'
      assert.notEqual((await new DefaultAzureCredential().getToken(SCOPE)).token, meanwhile.token)
      assert.deepEqual(
        source.requests.map(({ query }) => query.client_id),
        ['two', 'one'],
      )
    }))

  const skip = isWindows && 'the stand-in is a shell script'
  test('a credential that is made after it is not served the token of another login', { skip }, async () => {
    const tools = ['one', 'two'].map((name) =>
      fakeAzureCli({ stdout: { accessToken: secret(name), expires_on: Date.now() / 1000 + 3600 } }),
    )
    try {
      const [one, two] = tools.map(({ environment }, i) => ({
        ...environment,
        AZURE_CONFIG_DIR: `/login-${i}`,
      }))
      await withEnvironment(one, async () => {
        const first = await new DefaultAzureCredential().getToken(SCOPE)
        Object.assign(process.env, two)
        assert.notEqual((await new DefaultAzureCredential().getToken(SCOPE)).token, first.token)
      })
    } finally {
      for (const tool of tools) tool.remove()
    }
  })
})

describe('two users in two worker threads', { skip: isWindows && 'the stand-in is a shell script' }, () => {
  for (const { where, of } of [
    { where: 'HOME', of: (/** @type {string} */ folder) => ({ HOME: folder }) },
    {
      where: 'AZURE_CONFIG_DIR',
      of: (/** @type {string} */ folder) => ({ HOME: '/missing', AZURE_CONFIG_DIR: join(folder, '.azure') }),
    },
  ]) {
    test(`each gets the token of its own login with az, in ${where}`, async () => {
      const az = fakeAzureCli({})
      const tokens = [secret('alice'), secret('bob')]
      try {
        const folders = tokens.map((token, i) =>
          az.logIn(`user-${i}`, { accessToken: token, expires_on: inAnHour() }),
        )
        const served = []
        for (const folder of [...folders, ...folders]) {
          const env = { ...process.env, ...az.environment, ...of(folder) }
          const worker = await startWorker('environment-worker.mjs', { env })
          served.push((await worker.order({})).token)
          await worker.terminate()
        }
        assert.deepEqual(served, [...tokens, ...tokens])
        assert.equal(az.calls().filter((line) => line === 'account').length, 2)
      } finally {
        az.remove()
      }
    })
  }
})
