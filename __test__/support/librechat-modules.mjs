import assert from 'node:assert/strict'
import { compileFunction } from 'node:vm'

import { transformSync } from 'esbuild'

import { shouldUseEntraId } from 'azure-openai-entra'

import { withEnvironment } from '../../testkit/environment.mjs'
import { changed, original } from './librechat-checkout.mjs'

/** The checkout as the tool leaves it. */
export const after = changed(original)
export const ON = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }

/** Records the calls instead of requesting tokens. */
const entra = {
  shouldUseEntraId,
  ENTRA_ID_PLACEHOLDER: 'placeholder',
  entraIdFetch: (inner = 'fetch') => `keyless ${inner}`,
  applyEntraIdAuth: (options) => {
    options.configOptions.fetch = 'keyless fetch'
    return options
  },
  getAzureOpenAIAuthHeaders: async ({ url }) => ({
    Authorization: `Bearer token-for-${new URL(url).hostname}`,
  }),
}

/** Keeps what it was made with. @this {any} a class of the old form */
function Made(...made) {
  this.made = made
}

/** Answers with what it was made with. @this {any} a class of the old form */
function OpenAI(options) {
  this._options = options
  this.apiKey = options.apiKey
  this.baseURL = options.baseURL
  this.images = { generate: async () => options }
  this.chat = { completions: { create: async () => ({ choices: [{ message: { content: options } }] }) } }
}

/** What the files import, as far as they use it. */
const MODULES = {
  'azure-openai-entra': entra,
  axios: {
    get: async (url, config) => ({ data: { url, ...config } }),
    post: async (url, data, config) => ({ data: { url, text: config.headers, ...config } }),
  },
  openai: OpenAI,
  '@langchain/core/tools': { Tool: Object },
  '@librechat/api': {
    isUserProvided: (value) => value === 'user_provided',
    getOpenAIConfig: (apiKey, { azure, reverseProxyUrl }) => ({
      llmConfig: { apiKey, azure, reverseProxyUrl },
      configOptions: {},
    }),
    getAzureCredentials: () => ({ azureOpenAIApiKey: process.env.AZURE_API_KEY }),
    constructAzureURL: ({ baseURL }) => baseURL,
    createFetch: ({ reverseProxyUrl }) => `fetch of ${reverseProxyUrl}`,
    genAzureEndpoint: ({ instanceName }) => `https://${instanceName}.openai.azure.com`,
  },
  'librechat-data-provider': {
    EModelEndpoint: {
      openAI: 'openAI',
      azureOpenAI: 'azureOpenAI',
      azureAssistants: 'azureAssistants',
      custom: 'custom',
    },
    extractEnvVariable: (value) => value,
    EImageOutputType: { PNG: 'png' },
    FileContext: { image_generation: 'image_generation' },
    STTProviders: { OPENAI: 'openai', AZURE_OPENAI: 'azureOpenAI' },
    TTSProviders: { OPENAI: 'openai', AZURE_OPENAI: 'azureOpenAI' },
    // A new object for each request, as in LibreChat.
    mapModelToAzureConfig: ({ apiKey, serverless, baseURL }) => ({
      azureOptions: { azureOpenAIApiKey: apiKey },
      serverless,
      baseURL,
    }),
    envVarRegex: /^\$\{.+\}$/,
    extractVariableName: (value) => value.slice(2, -1),
  },
  './BaseClient': Object,
  './config': { getOpenAIConfig: (...args) => MODULES['@librechat/api'].getOpenAIConfig(...args) },
  './common': { isEnabled: (value) => value === 'true' },
  '~/app/clients/OpenAIClient': Made,
  '~/server/services/UserService': { getUserKeyValues: async () => USERS },
  '~/server/utils/handleText': {
    generateConfig: (key, baseURL) => (key ? { userProvide: key === 'user_provided', baseURL } : false),
  },
  get '~/utils'() {
    return MODULES['@librechat/api']
  },
}

/** What a user of LibreChat entered. */
export const USERS = { apiKey: '{"azureOpenAIApiKey":"users"}', baseURL: 'https://users.example' }

/** What a file exports. */
export const load = (files, path) => {
  const { code } = transformSync(files[path], { loader: path.endsWith('.ts') ? 'ts' : 'js', format: 'cjs' })
  const module = { exports: {} }
  const require = (name) => {
    if (!(name in MODULES)) throw new Error(`nothing stands for ${name}`)
    return MODULES[name]
  }
  compileFunction(code, ['require', 'module', 'exports'])(require, module, module.exports)
  return module.exports
}

/** What `use` sees of a file under `variables`, with Entra ID; without, that nothing is different from the original. */
export const seen = async (path, use, variables) => {
  const outcome = async (files) => {
    try {
      return await use(load(files, path))
    } catch (error) {
      return `throws: ${/** @type {Error} */ (error).message}`
    }
  }
  const [before, off] = await withEnvironment(variables, async () => [
    await outcome(original),
    await outcome(after),
  ])
  assert.equal(JSON.stringify(off), JSON.stringify(before), 'without Entra ID')
  return withEnvironment({ ...variables, ...ON }, () => outcome(after))
}
