import assert from 'node:assert/strict'
import { compileFunction } from 'node:vm'

import { transformSync } from 'esbuild'

import { shouldUseEntraId } from 'azure-openai-entra'

import { withEnvironment } from '../../testkit/environment.mjs'
import { changed, original } from './librechat-checkout.mjs'

/** The checkout as the tool leaves it. */
export const after = changed(original)
export const ON = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }

/** @typedef {any} Value what LibreChat's own code passes around: these modules only hand it on */

/** Records the calls instead of requesting tokens. */
const entra = {
  shouldUseEntraId,
  ENTRA_ID_PLACEHOLDER: 'placeholder',
  entraIdFetch: (inner = 'fetch') => `keyless ${inner}`,
  applyEntraIdAuth: (/** @type {Value} */ options) => {
    const target = options.configOptions ?? options.llmConfig.clientOptions
    target.fetch = 'keyless fetch'
    return options
  },
  getAzureOpenAIAuthHeaders: async (/** @type {{ url: string }} */ { url }) => ({
    Authorization: `Bearer token-for-${new URL(url).hostname}`,
  }),
}

/** Keeps what it was made with. @this {any} a class of the old form @param {Value[]} made */
function Made(...made) {
  this.made = made
}

/** Answers with what it was made with. @this {any} a class of the old form @param {Value} options */
function OpenAI(options) {
  this._options = options
  this.apiKey = options.apiKey
  this.baseURL = options.baseURL
  this.images = { generate: async () => options }
  this.chat = { completions: { create: async () => ({ choices: [{ message: { content: options } }] }) } }
}

/** What the files import, as far as they use it. @type {Record<string, Value>} */
const MODULES = {
  'azure-openai-entra': entra,
  axios: {
    get: async (/** @type {string} */ url, /** @type {object} */ config) => ({ data: { url, ...config } }),
    post: async (/** @type {string} */ url, /** @type {Value} */ _, /** @type {Value} */ config) => ({
      data: { url, text: config.headers, ...config },
    }),
  },
  openai: OpenAI,
  '@langchain/core/tools': { Tool: Object },
  '@librechat/api': {
    isUserProvided: (/** @type {string} */ value) => value === 'user_provided',
    getOpenAIConfig: (/** @type {string} */ apiKey, /** @type {Value} */ { azure, reverseProxyUrl }) => ({
      llmConfig: { apiKey, azure, reverseProxyUrl },
      configOptions: {},
    }),
    getAzureCredentials: () => ({ azureOpenAIApiKey: process.env.AZURE_API_KEY }),
    constructAzureURL: (/** @type {Value} */ { baseURL }) => baseURL,
    createFetch: (/** @type {Value} */ { reverseProxyUrl }) => `fetch of ${reverseProxyUrl}`,
    genAzureEndpoint: (/** @type {Value} */ { instanceName }) => `https://${instanceName}.openai.azure.com`,
  },
  'librechat-data-provider': {
    EModelEndpoint: {
      openAI: 'openAI',
      azureOpenAI: 'azureOpenAI',
      azureAssistants: 'azureAssistants',
      custom: 'custom',
      anthropic: 'anthropic',
    },
    AuthKeys: { ANTHROPIC_API_KEY: 'ANTHROPIC_API_KEY' },
    extractEnvVariable: (/** @type {string} */ value) => value,
    EImageOutputType: { PNG: 'png' },
    FileContext: { image_generation: 'image_generation' },
    STTProviders: { OPENAI: 'openai', AZURE_OPENAI: 'azureOpenAI' },
    TTSProviders: { OPENAI: 'openai', AZURE_OPENAI: 'azureOpenAI' },
    // A new object for each request, as in LibreChat.
    mapModelToAzureConfig: (/** @type {Value} */ { apiKey, serverless, baseURL }) => ({
      azureOptions: { azureOpenAIApiKey: apiKey },
      serverless,
      baseURL,
    }),
    envVarRegex: /^\$\{.+\}$/,
    extractVariableName: (/** @type {string} */ value) => value.slice(2, -1),
  },
  './BaseClient': Object,
  './config': {
    getOpenAIConfig: (/** @type {Value[]} */ ...args) => MODULES['@librechat/api'].getOpenAIConfig(...args),
  },
  './llm': {
    getLLMConfig: (/** @type {Value} */ credentials, /** @type {Value} */ { reverseProxyUrl }) => ({
      llmConfig: { apiKey: credentials.ANTHROPIC_API_KEY, clientOptions: { baseURL: reverseProxyUrl } },
      tools: [],
    }),
  },
  get '~/endpoints'() {
    return MODULES['@librechat/api']
  },
  './common': { isEnabled: (/** @type {string} */ value) => value === 'true' },
  '~/app/clients/OpenAIClient': Made,
  '~/server/services/UserService': { getUserKeyValues: async () => USERS },
  '~/server/utils/handleText': {
    generateConfig: (/** @type {string} */ key, /** @type {string} */ baseURL) =>
      key ? { userProvide: key === 'user_provided', baseURL } : false,
  },
  get '~/utils'() {
    return MODULES['@librechat/api']
  },
}

/** What a user of LibreChat entered. */
export const USERS = { apiKey: '{"azureOpenAIApiKey":"users"}', baseURL: 'https://users.example' }

/** What a file exports. @param {Record<string, string>} files @param {string} path @returns {Value} */
export const load = (files, path) => {
  const { code } = transformSync(files[path], { loader: path.endsWith('.ts') ? 'ts' : 'js', format: 'cjs' })
  const module = { exports: {} }
  const require = (/** @type {string} */ name) => {
    if (!(name in MODULES)) throw new Error(`nothing stands for ${name}`)
    return MODULES[name]
  }
  compileFunction(code, ['require', 'module', 'exports'])(require, module, module.exports)
  return module.exports
}

/**
 * What `use` sees of a file under `variables`, with Entra ID; without, that nothing is different from the original.
 *
 * @param {string} path
 * @param {(exported: Value) => Value} use
 * @param {Record<string, string | undefined>} variables
 * @returns {Promise<Value>}
 */
export const seen = async (path, use, variables) => {
  const outcome = async (/** @type {Record<string, string>} */ files) => {
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
