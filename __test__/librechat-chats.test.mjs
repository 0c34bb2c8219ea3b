import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { withEnvironment } from '../testkit/environment.mjs'
import { changed, original } from './support/librechat-checkout.mjs'
import { ON, USERS, after, load, seen } from './support/librechat-modules.mjs'

/** @typedef {import('./support/librechat-modules.mjs').Value} Value */

/** @type {Record<string, (endpoint?: string, azureOpenAI?: Value) => (exported: Value) => Value>} */
const chats = {
  'packages/api/src/endpoints/openai/initialize.ts':
    (endpoint, azureOpenAI) =>
    ({ initializeOpenAI }) =>
      initializeOpenAI({
        req: { user: { id: 'user' }, config: { endpoints: { azureOpenAI } } },
        endpoint,
        getUserKeyValues: async () => USERS,
      }),
  'api/server/services/Endpoints/openAI/initialize.js': (endpoint, azureOpenAI) => (initializeClient) =>
    initializeClient({
      req: { user: { id: 'user' }, body: { endpoint }, config: { endpoints: { azureOpenAI } } },
      optionsOnly: true,
    }),
}

for (const [path, using] of Object.entries(chats)) {
  describe(`chats: ${path}`, () => {
    for (const {
      what,
      variables = {},
      group,
      endpoint = 'azureOpenAI',
      keyless,
      apiKey,
      azureKey = apiKey,
    } of [
      { what: 'no key at all', keyless: true, apiKey: 'placeholder' },
      { what: 'a key in the environment', variables: { AZURE_API_KEY: 'key' }, keyless: true, apiKey: 'key' },
      { what: 'an empty key of a group', group: { apiKey: '' }, keyless: true, apiKey: 'placeholder' },
      { what: 'a real key of a group', group: { apiKey: 'key' }, keyless: true, apiKey: 'key' },
      {
        what: 'a serverless group',
        group: { apiKey: '', serverless: true },
        keyless: true,
        apiKey: 'placeholder',
        azureKey: null,
      },
      {
        what: "a user's key",
        variables: { AZURE_API_KEY: 'user_provided' },
        keyless: false,
        apiKey: 'users',
      },
      {
        what: "a group, and a user's key that nothing uses",
        variables: { AZURE_API_KEY: 'user_provided' },
        group: { apiKey: '' },
        keyless: true,
        apiKey: 'placeholder',
      },
      {
        what: "a user's URL",
        variables: { AZURE_API_KEY: 'key', AZURE_OPENAI_BASEURL: 'user_provided' },
        keyless: false,
        apiKey: 'key',
      },
      {
        what: 'not Azure',
        variables: { OPENAI_API_KEY: 'openai' },
        endpoint: 'openAI',
        keyless: false,
        apiKey: 'openai',
        azureKey: null,
      },
    ]) {
      test(what, async () => {
        const { llmConfig, configOptions } = await seen(path, using(endpoint, group), variables)
        assert.deepEqual(configOptions, keyless ? { fetch: 'keyless fetch' } : {})
        assert.equal(llmConfig.apiKey, apiKey)
        assert.equal(llmConfig.azure ? llmConfig.azure.azureOpenAIApiKey : null, azureKey)
      })
    }

    test("no key, and a user's URL: as ever", async () => {
      const outcome = await seen(path, using('azureOpenAI'), { AZURE_OPENAI_BASEURL: 'user_provided' })
      assert.equal(outcome, 'throws: azureOpenAI API Key not provided.')
    })
  })
}

/** @type {Record<string, (req: Value) => (exported: Value) => Value>} */
const customs = {
  'packages/api/src/endpoints/custom/initialize.ts':
    (req) =>
    ({ initializeCustom }) =>
      initializeCustom({
        req,
        endpoint: 'foundry',
        getUserKeyValues: async () => ({ apiKey: 'users', baseURL: USERS.baseURL }),
      }),
  'api/server/services/Endpoints/custom/initialize.js': (req) => (initializeClient) =>
    initializeClient({ req, endpoint: 'foundry' }),
}

for (const [path, using] of Object.entries(customs)) {
  describe(`custom endpoints: ${path}`, () => {
    const azure = { apiKey: 'key', baseURL: 'https://my-resource.openai.azure.com/openai/v1' }
    for (const { what, endpoint, keyless } of [
      { what: "the operator's", endpoint: azure, keyless: true },
      { what: "a user's key", endpoint: { ...azure, apiKey: 'user_provided' }, keyless: false },
      { what: "a user's URL", endpoint: { ...azure, baseURL: 'user_provided' }, keyless: false },
    ]) {
      test(what, async () => {
        const req = { user: { id: 'user' }, config: { endpoints: { custom: { foundry: endpoint } } } }
        const { configOptions, useLegacyContent } = await seen(path, using(req), {})
        assert.deepEqual(configOptions, keyless ? { fetch: 'keyless fetch' } : {})
        assert.equal(useLegacyContent, true)
      })
    }

    if (path.endsWith('.js')) return
    for (const [key, fetch] of [
      ['key', 'keyless fetch'],
      ['user_provided', undefined],
    ]) {
      test(`Claude with ${key}`, async () => {
        const endpoint = { ...azure, apiKey: key, provider: 'anthropic' }
        const req = { user: { id: 'user' }, config: { endpoints: { custom: { foundry: endpoint } } } }
        const { llmConfig, configOptions } = await seen(path, using(req), {})
        assert.deepEqual([llmConfig.clientOptions.fetch, configOptions], [fetch, undefined])
      })
    }
  })
}

describe('Claude', () => {
  const path = 'packages/api/src/endpoints/anthropic/initialize.ts'
  const foundry = 'https://my-resource.services.ai.azure.com/anthropic'
  for (const { what, variables, keyless } of [
    { what: 'on Foundry', variables: { ANTHROPIC_REVERSE_PROXY: foundry }, keyless: true },
    { what: 'at Anthropic', variables: {}, keyless: false },
    {
      what: "with a user's key",
      variables: { ANTHROPIC_API_KEY: 'user_provided', ANTHROPIC_REVERSE_PROXY: foundry },
      keyless: false,
    },
  ]) {
    test(what, async () => {
      const use = (/** @type {Value} */ { initializeAnthropic }) =>
        initializeAnthropic({ req: { user: { id: 'user' } }, getUserKeyValues: async () => USERS })
      const { llmConfig, configOptions } = await seen(path, use, { ANTHROPIC_API_KEY: 'key', ...variables })
      assert.equal(llmConfig.clientOptions.fetch, keyless ? 'keyless fetch' : undefined)
      assert.equal(configOptions, undefined)
    })
  }
})

describe('summaries by a custom endpoint', () => {
  const path = 'packages/api/src/agents/run.ts'
  const endpoint = { apiKey: 'key', baseURL: 'https://my-resource.openai.azure.com/openai/v1' }
  const using =
    (/** @type {object} */ changes) =>
    (/** @type {Value} */ { resolveSummarizationProvider }) =>
      resolveSummarizationProvider('foundry', {
        endpoints: { custom: { foundry: { ...endpoint, ...changes } } },
      })

  test("the operator's", async () => {
    const { clientOverrides } = await seen(path, using({}), {})
    assert.deepEqual(clientOverrides.configuration, { fetch: 'keyless fetch' })
  })

  test("a user's URL: as ever", async () => {
    assert.deepEqual(await seen(path, using({ baseURL: 'user_provided' }), {}), { provider: 'foundry' })
  })

  test('versions without such summaries keep the file', () => {
    const files = { ...original, [path]: 'export const createRun = () => undefined;\n' }
    assert.equal(changed(files)[path], files[path])
  })
})

describe('the client up to v0.8.1', () => {
  const client = 'api/app/clients/OpenAIClient.js'

  test('is told by the endpoint', async () => {
    const use = (/** @type {Value} */ initializeClient) =>
      initializeClient({ req: { user: {}, body: { endpoint: 'azureOpenAI' }, config: {} } })
    const path = 'api/server/services/Endpoints/openAI/initialize.js'
    const { client, openAIApiKey } = await seen(path, use, {})
    assert.equal(client.made[1].useEntraId, true)
    assert.equal(openAIApiKey, 'placeholder')
    const users = await seen(path, use, { AZURE_API_KEY: 'user_provided' })
    assert.equal(users.client.made[1].useEntraId, undefined)
  })

  for (const [useEntraId, fetch] of [
    [true, 'keyless fetch of https://proxy.example'],
    [undefined, 'fetch of https://proxy.example'],
  ]) {
    test(`${useEntraId ? 'wraps' : 'keeps'} its fetch`, async () => {
      const options = { useEntraId, reverseProxyUrl: 'https://proxy.example' }
      const use = (/** @type {Value} */ OpenAIClient) =>
        new OpenAIClient('key', options).chatCompletion({ payload: [] })
      const made = await withEnvironment(ON, () => use(load(after, client)))
      assert.equal(made.fetch, fetch)
    })
  }
})
