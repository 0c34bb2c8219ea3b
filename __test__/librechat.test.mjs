import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'

import {
  ENTRA_ID_PLACEHOLDER,
  applyEntraIdAuth,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
} from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, ORIGIN, onInternet } from './support/internet.mjs'
import { onSource } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'
import { valuesOf } from '../testkit/stand-in.mjs'

const POST = { method: 'POST', body: BODY, headers: { 'api-key': ENTRA_ID_PLACEHOLDER } }

test('ENTRA_ID_PLACEHOLDER can stand in a header and an environment variable, and is no key', () => {
  assert.match(ENTRA_ID_PLACEHOLDER, /^[a-z-]{32,}$/)
  assert.match(ENTRA_ID_PLACEHOLDER, /not-an-api-key/)
})

describe('applyEntraIdAuth', () => {
  test('wraps configOptions.fetch, changes nothing else and returns its argument', () =>
    onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
      const llmConfig = Object.freeze({ azureOpenAIApiKey: 'key' })
      /** @type {unknown[]} */
      const tools = []
      const result = { llmConfig, configOptions: { fetch, baseURL: ORIGIN }, tools }
      assert.equal(applyEntraIdAuth(result), result)
      const { fetch: wrapped, ...rest } = result.configOptions
      assert.deepEqual(
        { ...result, configOptions: rest },
        { llmConfig, configOptions: { baseURL: ORIGIN }, tools },
      )
      assert.equal((await wrapped(CHAT, POST)).status, 200)
      assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [`Bearer ${source.tokens.issued[0]}`])
      assert.deepEqual(valuesOf(azure.requests[0], 'api-key'), [])
    }))

  test('wraps once, however often it is called', () => {
    const result = { llmConfig: {}, configOptions: { fetch: async () => new Response('{}') } }
    applyEntraIdAuth(result)
    const { fetch } = result.configOptions
    applyEntraIdAuth(result)
    assert.equal(result.configOptions.fetch, fetch)
    const other = applyEntraIdAuth({ configOptions: { fetch: entraIdFetch() } }).configOptions
    assert.equal(other.fetch, applyEntraIdAuth({ configOptions: other }).configOptions.fetch)
  })

  test("wraps the fetch of Claude's client, which has no configOptions", () =>
    onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
      const clientOptions = { fetch, baseURL: ORIGIN }
      const result = applyEntraIdAuth(applyEntraIdAuth({ llmConfig: { clientOptions } }))
      assert.deepEqual(Object.keys(result), ['llmConfig'])
      const headers = { 'x-api-key': 'key' }
      const response = await result.llmConfig.clientOptions.fetch(CHAT, { ...POST, headers })
      assert.equal(response.status, 200)
      assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [`Bearer ${source.tokens.issued[0]}`])
      assert.deepEqual(valuesOf(azure.requests[0], 'x-api-key'), [])
    }))

  for (const given of [
    { llmConfig: {} },
    { llmConfig: null },
    { llmConfig: { clientOptions: null } },
    { configOptions: undefined },
    { configOptions: null },
    { configOptions: {} },
  ]) {
    test(`makes what is missing in ${JSON.stringify(given)}`, () => {
      const { configOptions } = /** @type {any} the type says what was given */ (
        applyEntraIdAuth({ ...given })
      )
      assert.deepEqual(Object.keys(configOptions), ['fetch'])
      assert.equal(typeof configOptions.fetch, 'function')
    })
  }

  test("takes the azureCredential of LibreChat's options", () =>
    onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
      const { token } = source.tokens.issue()
      const azureCredential = {
        getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
      }
      const result = applyEntraIdAuth({ configOptions: { fetch } }, { credential: azureCredential })
      assert.equal((await result.configOptions.fetch(CHAT, POST)).status, 200)
      assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [`Bearer ${token}`])
    }))

  test('a member that is no object is refused by its name, and its value is not told', () => {
    const value = secret('key')
    for (const bad of [
      value,
      [value],
      new String(value),
      Buffer.from(value),
      1,
      true,
      1n,
      Symbol(value),
      () => value,
    ])
      for (const [name, result] of /** @type {const} */ ([
        ['result', bad],
        ['configOptions', { configOptions: bad }],
        ['llmConfig', { llmConfig: bad }],
        ['llmConfig', { llmConfig: bad, configOptions: {} }],
        ['llmConfig\\.clientOptions', { llmConfig: { clientOptions: bad } }],
      ])) {
        const error = throwsWith(() => applyEntraIdAuth(/** @type {any} wrong on purpose */ (result)), {
          code: 'ENTRA_ID_CONFIGURATION',
          message: new RegExp(`^${name} must be an object`),
        })
        assert.doesNotMatch(inspect(error, { depth: 9 }), new RegExp(value))
      }
  })

  test('what cannot be changed is refused by its name, and stays as it was', () => {
    const readOnly = Object.defineProperty({}, 'fetch', { value: fetch })
    for (const [name, result, member] of /** @type {const} */ ([
      ['result', Object.freeze({}), 'configOptions'],
      ['result', Object.preventExtensions({ llmConfig: {} }), 'configOptions'],
      ['configOptions', { configOptions: Object.freeze({}) }, 'fetch'],
      ['configOptions', { configOptions: readOnly }, 'fetch'],
      ['llmConfig\\.clientOptions', { llmConfig: { clientOptions: Object.freeze({ fetch }) } }, 'fetch'],
    ])) {
      throwsWith(() => applyEntraIdAuth(result), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: new RegExp(`^${name} must be an object that takes a ${member}`),
      })
    }
    const untouched = {}
    assert.throws(() => applyEntraIdAuth(untouched, /** @type {any} wrong on purpose */ ({ credential: {} })))
    assert.deepEqual(untouched, {})
  })

  for (const [args, word] of [
    [[undefined], 'result'],
    [[null], 'result'],
    [[{ configOptions: { fetch: 'text' } }], 'inner'],
    [[{}, { credential: {} }], 'credential'],
  ]) {
    test(`throws for ${JSON.stringify(args)}`, () => {
      throwsWith(() => /** @type {any} wrong on purpose */ (applyEntraIdAuth)(...args), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: new RegExp(String(word), 'i'),
      })
    })
  }
})

describe('getAzureOpenAIAuthHeaders', () => {
  test('only the header, with the token of all callers', () =>
    onSource({ start: startIdentity }, async (source) => {
      const expected = { Authorization: `Bearer ${await getAzureOpenAIToken()}` }
      for (const options of [
        undefined,
        null,
        {},
        { url: `${ORIGIN}/audio` },
        { url: new URL(ORIGIN), timeoutMs: 1000 },
      ]) {
        assert.deepEqual(
          await getAzureOpenAIAuthHeaders(/** @type {any} wrong on purpose */ (options)),
          expected,
        )
      }
      assert.equal(source.requests.length, 1)
    }))

  test("the scope of the address's cloud, unless one is given", () =>
    onSource({ start: startAuthority }, async (source) => {
      const url = 'https://r.openai.azure.us/'
      for (const scope of [undefined, 'https://ai.azure.com/.default']) {
        await getAzureOpenAIAuthHeaders({ url, scope })
      }
      assert.deepEqual(
        source.tokenRequests().map(({ form }) => form.scope),
        ['https://cognitiveservices.azure.us/.default', 'https://ai.azure.com/.default'],
      )
    }))

  for (const url of [
    'https://foreign.example/',
    'http://r.openai.azure.com/',
    'r.openai.azure.com',
    '',
    1,
    {},
  ]) {
    test(`no header for ${JSON.stringify(url)}`, () =>
      onSource({ start: startIdentity }, async (source) => {
        await rejectsWith(getAzureOpenAIAuthHeaders({ url: /** @type {any} wrong on purpose */ (url) }), {
          code: 'ENTRA_ID_CONFIGURATION',
          message: /AZURE_OPENAI_ENTRA_ALLOWED_HOSTS/,
        })
        assert.equal(source.requests.length, 0)
      }))
  }

  for (const options of ['text', 1, [], { scope: 1 }, { timeoutMs: 'soon' }]) {
    test(`rejects for ${JSON.stringify(options)}`, async () => {
      await rejectsWith(getAzureOpenAIAuthHeaders(/** @type {any} wrong on purpose */ (options)), {
        code: 'ENTRA_ID_CONFIGURATION',
      })
    })
  }

  test('rejects without a token', () =>
    onSource({ start: startIdentity, variables: noDeveloperTools() }, async (source) => {
      source.always({ status: 400, body: { message: 'no' } })
      await rejectsWith(getAzureOpenAIAuthHeaders(), { code: 'ENTRA_ID_REJECTED' })
    }))
})
