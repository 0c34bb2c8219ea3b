import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { shouldUseEntraId } from 'azure-openai-entra'

import { patches } from '../cli/librechat/patches/index.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { ON, USERS, after, load, seen } from './support/librechat-modules.mjs'
/** @typedef {import('./support/librechat-modules.mjs').Value} Value */

describe('the endpoint in the menu', () => {
  const path = 'api/server/services/Config/EndpointService.js'
  for (const { what, variables, expected } of [
    { what: 'without a key', variables: {}, expected: { userProvide: false, baseURL: undefined } },
    {
      what: 'with an empty key',
      variables: { AZURE_API_KEY: '' },
      expected: { userProvide: false, baseURL: undefined },
    },
    {
      what: "with a user's key",
      variables: { AZURE_API_KEY: 'user_provided', AZURE_OPENAI_BASEURL: 'https://proxy.example' },
      expected: { userProvide: true, baseURL: 'https://proxy.example' },
    },
  ]) {
    test(what, async () => {
      const { azureOpenAI, openAI } = await seen(path, ({ config }) => config, variables)
      assert.deepEqual(azureOpenAI, expected)
      assert.equal(openAI, false)
    })
  }
})

describe('assistants in the menu', () => {
  const path = 'api/server/services/Config/EndpointService.js'
  const url = { AZURE_ASSISTANTS_BASE_URL: 'https://assistants.example' }
  for (const { what, variables, expected } of [
    {
      what: 'a URL without a key',
      variables: url,
      expected: { userProvide: false, baseURL: url.AZURE_ASSISTANTS_BASE_URL },
    },
    {
      what: "a user's key",
      variables: { ...url, AZURE_ASSISTANTS_API_KEY: 'user_provided' },
      expected: { userProvide: true, baseURL: url.AZURE_ASSISTANTS_BASE_URL },
    },
    { what: 'nothing', variables: {}, expected: false },
  ]) {
    test(what, async () => {
      const { azureAssistants } = await seen(path, ({ config }) => config, variables)
      assert.deepEqual(azureAssistants, expected)
    })
  }
})

describe('assistants', () => {
  const path = 'api/server/services/Endpoints/azureAssistants/initialize.js'
  const group = { assistants: true, apiKey: '', baseURL: 'https://group.example' }
  /** @param {Value} [azureOpenAI] */
  const req = (azureOpenAI) => ({ user: {}, config: { endpoints: { azureOpenAI } } })

  for (const { what, variables = {}, azureOpenAI, keyless, apiKey } of [
    { what: 'no key at all', keyless: true, apiKey: 'placeholder' },
    { what: 'a group', azureOpenAI: group, keyless: true, apiKey: 'placeholder' },
    {
      what: 'a group with a real key',
      azureOpenAI: { ...group, apiKey: 'key' },
      keyless: true,
      apiKey: 'key',
    },
    {
      what: "a user's key",
      variables: { AZURE_ASSISTANTS_API_KEY: 'user_provided' },
      keyless: false,
      apiKey: USERS.apiKey,
    },
    {
      what: "a user's URL",
      variables: { AZURE_ASSISTANTS_API_KEY: 'key', AZURE_ASSISTANTS_BASE_URL: 'user_provided' },
      keyless: false,
      apiKey: 'key',
    },
    {
      what: "a group, which takes the place of a user's URL",
      variables: { AZURE_ASSISTANTS_BASE_URL: 'user_provided' },
      azureOpenAI: group,
      keyless: true,
      apiKey: 'placeholder',
    },
  ]) {
    test(what, async () => {
      /** @param {Value} initializeClient */
      const use = async (initializeClient) => {
        const given = await initializeClient({
          req: req(azureOpenAI),
          endpointOption: {},
          initAppClient: true,
        })
        const { fetch, apiKey, baseURL } = given.openai._options
        return { fetch, apiKey, baseURL, told: given.client.made[1].useEntraId || undefined }
      }
      const made = await seen(path, use, variables)
      assert.equal(made.fetch, keyless ? 'keyless fetch' : undefined)
      assert.equal(made.told, keyless || undefined)
      assert.equal(made.apiKey, apiKey)
      if (made.baseURL === USERS.baseURL) assert.equal(keyless, false)
    })
  }

  test('a run is asked for as the assistant is', () =>
    withEnvironment(ON, async () => {
      const { openai } = await /** @type {any} the initialise file */ (load(after, path))({ req: req(group) })
      const { retrieveRun } = load(after, 'api/server/services/Runs/methods.js')
      const run = await retrieveRun({ thread_id: 't', run_id: 'r', openai })
      assert.deepEqual(run, {
        url: 'https://group.example/threads/t/runs/r',
        headers: { 'OpenAI-Beta': 'assistants=v2', Authorization: 'Bearer token-for-group.example' },
      })
    }))

  test('a run of an OpenAI assistant keeps its key', async () => {
    const openai = { apiKey: 'openai', baseURL: 'https://api.openai.com/v1', req: req() }
    /** @param {Value} exported */
    const use = ({ retrieveRun }) => retrieveRun({ thread_id: 't', run_id: 'r', openai })
    const { headers } = await seen('api/server/services/Runs/methods.js', use, {})
    assert.equal(headers.Authorization, 'Bearer openai')
  })
})

describe('DALL-E', () => {
  const path = 'api/app/clients/tools/structured/DALLE3.js'
  const azure = { DALLE3_AZURE_API_VERSION: '2024-02-01', DALLE3_BASEURL: 'https://images.example' }
  /** @param {Value} DALLE3 */
  const optionsOf = (DALLE3) => new DALLE3().openai._options

  test('on Azure, without a key', async () => {
    const { apiKey, fetch, baseURL } = await seen(path, optionsOf, azure)
    assert.deepEqual([apiKey, fetch, baseURL], ['placeholder', 'keyless fetch', 'https://images.example'])
  })

  test('on Azure, with a key', async () => {
    const { apiKey, fetch } = await seen(path, optionsOf, { ...azure, DALLE3_API_KEY: 'key' })
    assert.deepEqual([apiKey, fetch], ['key', 'keyless fetch'])
  })

  test("on Azure, with a user's key: as ever", async () => {
    /** @param {Value} DALLE3 */
    const users = (DALLE3) => new DALLE3({ DALLE_API_KEY: 'users' }).openai._options
    assert.equal((await seen(path, users, { ...azure, DALLE3_API_KEY: 'key' })).fetch, undefined)
    assert.equal((await seen(path, users, { ...azure, DALLE3_API_KEY: 'users' })).fetch, 'keyless fetch')
  })

  test('not on Azure', async () => {
    assert.deepEqual(await seen(path, optionsOf, { DALLE_API_KEY: 'openai' }), { apiKey: 'openai' })
    assert.match(await seen(path, optionsOf, {}), /^throws: Missing DALLE_API_KEY/)
  })
})

describe('images', () => {
  const path = 'api/app/clients/tools/structured/OpenAIImageTools.js'
  const azure = {
    IMAGE_GEN_OAI_AZURE_API_VERSION: '2025-04-01-preview',
    IMAGE_GEN_OAI_BASEURL: 'https://images.example',
  }
  /** @param {Value} create @param {object} [fields] */
  const generated = (create, fields) => create(fields)[0]('a cat')
  /** @param {Value} create @param {object} [fields] */
  const edited = async (create, fields) => (await create(fields)[1]({})).data.headers

  test('on Azure, without a key', async () => {
    const { apiKey, fetch } = await seen(path, generated, azure)
    assert.deepEqual([apiKey, fetch], ['placeholder', 'keyless fetch'])
    assert.deepEqual(await seen(path, edited, azure), {
      strategy: undefined,
      Authorization: 'Bearer token-for-images.example',
    })
  })

  test('on Azure, with a key', async () => {
    const withKey = { ...azure, IMAGE_GEN_OAI_API_KEY: 'key' }
    const { apiKey, fetch } = await seen(path, generated, withKey)
    assert.deepEqual([apiKey, fetch], ['key', 'keyless fetch'])
    assert.deepEqual(await seen(path, edited, withKey), {
      strategy: undefined,
      Authorization: 'Bearer token-for-images.example',
    })
  })

  test("on Azure, with a user's key: as ever", async () => {
    const users = { IMAGE_GEN_OAI_API_KEY: 'users' }
    assert.equal((await seen(path, (create) => generated(create, users), azure)).fetch, undefined)
    assert.equal((await seen(path, (create) => edited(create, users), azure))['api-key'], 'users')
  })

  test("on Azure's v1 address, which needs no version", async () => {
    const v1 = {
      IMAGE_GEN_OAI_API_KEY: 'key',
      IMAGE_GEN_OAI_BASEURL: 'https://my-resource.openai.azure.com/openai/v1',
    }
    const { fetch, baseURL } = await seen(path, generated, v1)
    assert.deepEqual([fetch, baseURL], ['keyless fetch', v1.IMAGE_GEN_OAI_BASEURL])
    assert.deepEqual(await seen(path, edited, v1), {
      strategy: undefined,
      Authorization: 'Bearer token-for-my-resource.openai.azure.com',
    })
  })

  for (const IMAGE_GEN_OAI_BASEURL of [
    'https://images.example/v1',
    'https://openai.azure.com.images.example/v1',
  ]) {
    test(`at ${IMAGE_GEN_OAI_BASEURL}: as ever`, async () => {
      const elsewhere = { IMAGE_GEN_OAI_API_KEY: 'key', IMAGE_GEN_OAI_BASEURL }
      assert.equal((await seen(path, generated, elsewhere)).fetch, undefined)
      assert.equal((await seen(path, edited, elsewhere)).Authorization, 'Bearer key')
    })
  }

  test('not on Azure', async () => {
    assert.deepEqual(await seen(path, generated, { IMAGE_GEN_OAI_API_KEY: 'openai' }), { apiKey: 'openai' })
    const headers = await seen(path, edited, { IMAGE_GEN_OAI_API_KEY: 'openai' })
    assert.equal(headers.Authorization, 'Bearer openai')
    assert.match(await seen(path, generated, {}), /^throws: Missing IMAGE_GEN_OAI_API_KEY/)
  })
})

for (const { what, path, ask } of [
  {
    what: 'speech to text',
    path: 'api/server/services/Files/Audio/STTService.js',
    ask:
      (/** @type {string} */ provider) =>
      (/** @type {Value} */ { STTService }) =>
        new STTService().sttRequest(provider, { instanceName: 'speech', url: '', apiKey: 'key' }, 'audio'),
  },
  {
    what: 'text to speech',
    path: 'api/server/services/Files/Audio/TTSService.js',
    ask:
      (/** @type {string} */ provider) =>
      async (/** @type {Value} */ { TTSService }) => {
        const schema = { instanceName: 'speech', url: '', apiKey: 'key' }
        return (await new TTSService().ttsRequest(provider, schema, { input: 'text' })).data.headers
      },
  },
]) {
  test(`${what}, on Azure and not`, async () => {
    assert.deepEqual(await seen(path, ask('azureOpenAI'), {}), {
      Authorization: 'Bearer token-for-speech.openai.azure.com',
    })
    assert.deepEqual(await seen(path, ask('openai'), {}), { Authorization: 'Bearer key' })
  })
}

describe('OCR', () => {
  const path = 'packages/api/src/files/mistral/crud.ts'
  /** @type {Record<string, string>} */
  const users = { OCR_API_KEY: 'users', OCR_BASEURL: 'https://users.example' }
  const ask =
    (/** @type {Value} */ ocr, upload = 'uploadAzureMistralOCR') =>
    async (/** @type {Value} */ exported) => {
      const { url, headers } = await exported[upload]({
        req: { user: { id: 'user' }, config: { ocr } },
        file: { url: 'data:' },
        // As LibreChat: the environment's, or else the user's.
        loadAuthValues: async (/** @type {{ authFields: string[] }} */ { authFields }) =>
          Object.fromEntries(authFields.map((name) => [name, process.env[name] || users[name]])),
      })
      return [url, headers.Authorization]
    }
  const environment = { OCR_API_KEY: 'key', OCR_BASEURL: 'https://ocr.example' }
  const literal = { apiKey: 'key', baseURL: 'https://ocr.example' }

  for (const { what, ocr, variables = {}, upload, expected } of [
    {
      what: 'set up in librechat.yaml',
      ocr: literal,
      expected: ['https://ocr.example/ocr', 'Bearer token-for-ocr.example'],
    },
    {
      what: 'set up in the environment',
      ocr: { apiKey: '${OCR_API_KEY}', baseURL: '${OCR_BASEURL}' },
      variables: environment,
      expected: ['https://ocr.example/ocr', 'Bearer token-for-ocr.example'],
    },
    {
      what: "a user's URL",
      ocr: { apiKey: 'key' },
      expected: ['https://users.example/ocr', 'Bearer key'],
    },
    {
      what: "a user's key",
      ocr: { baseURL: 'https://ocr.example' },
      expected: ['https://ocr.example/ocr', 'Bearer users'],
    },
    {
      what: "Mistral's own",
      ocr: literal,
      upload: 'uploadMistralOCR',
      expected: ['https://ocr.example/ocr', 'Bearer key'],
    },
  ]) {
    test(what, async () => assert.deepEqual(await seen(path, ask(ocr, upload), variables), expected))
  }
})

describe('what other code can import', () => {
  test('are the names of the package', () => {
    const own = load(after, 'packages/api/src/utils/azure.ts')
    assert.equal(own.shouldUseEntraId, shouldUseEntraId)
    assert.deepEqual(Object.keys(load(after, 'packages/api/src/utils/entraId.ts')).toSorted(), [
      'DefaultAzureCredential',
      'ENTRA_ID_PLACEHOLDER',
      'applyEntraIdAuth',
      'entraIdFetch',
      'getAzureOpenAIAuthHeaders',
      'getAzureOpenAIToken',
    ])
    assert.match(after['packages/api/src/utils/index.ts'], /^export \* from '.\/entraId';$/m)
  })

  test('and a credential can be typed', () => {
    const types = after['packages/api/src/types/openai.ts']
    assert.match(
      types,
      /^ {2}headers\?: .*;\n {2}azureCredential\?: import\('azure-openai-entra'\)\.TokenCredential;$/m,
    )
  })
})

test('the dependency is beside one whose line does not change', () => {
  for (const { path, dependency } of patches.filter((patch) => 'dependency' in patch)) {
    const section = JSON.parse(after[path])[dependency]
    assert.equal(section['azure-openai-entra'], '^1.2.3')
    const names = Object.keys(section)
    const neighbour = names.includes('keyv-file') ? 'keyv-file' : 'axios'
    assert.equal(names[names.indexOf('azure-openai-entra') - 1], neighbour)
  }
})
