import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { chatCompletionEvents } from '../../testkit/chat-completions.mjs'
import { ANSWER, ANSWER_PIECES } from '../../testkit/azure-openai.mjs'
import { withEnvironment } from '../../testkit/environment.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { LibreChatAzureChatOpenAI } from '../support/librechat-model.mjs'
import { assertKeyless, onTestbed, strayKeys } from '../support/fixture.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { loadTypeScript } from '../support/typescript.mjs'

/** @typedef {{ endpoint?: string, group?: object, users?: { apiKey?: string, baseURL?: string } }} Params */

const { initializeOpenAI } = await loadTypeScript('examples/librechat/initialize.ts')
const initializeClient = createRequire(import.meta.url)('../../examples/librechat/initialize.js')

/** Both examples, called alike. */
const EXAMPLES = [
  {
    example: 'initialize.ts',
    initialize: (/** @type {Params} */ { endpoint = 'azureOpenAI', group, users = {} }) =>
      initializeOpenAI({
        req: { body: { endpoint, model: 'gpt' }, user: { id: 'user' } },
        azureGroups: group && { gpt: group },
        getUserKeyValues: async () => users,
      }),
  },
  {
    example: 'initialize.js',
    initialize: (/** @type {Params} */ { endpoint = 'azureOpenAI', group, users = {} }) =>
      initializeClient({
        req: {
          app: { locals: { azureOpenAI: group && { groups: { gpt: group } } } },
          body: { endpoint, model: 'gpt' },
          user: { id: 'user' },
        },
        getUserKeyValues: async () => users,
      }),
  },
]

/** The classes that honour the whole `configuration`: LangChain's own dropped its `apiKey` after 1.1.0. */
const MODELS = [
  {
    model: `AzureChatOpenAI as LibreChat builds it on @langchain/openai ${versionOf('@langchain/openai')}`,
    Model: LibreChatAzureChatOpenAI,
  },
  {
    model: `AzureChatOpenAI of @langchain/openai ${versionOf('@langchain/openai-1.0')}`,
    Model: client('@langchain/openai-1.0').AzureChatOpenAI,
  },
]

const keys = strayKeys()
const key = secret('group-key')
const on = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }
const deployment = { azureOpenAIApiDeploymentName: 'chat', azureOpenAIApiVersion: '2024-10-21' }

/** @param {import('../support/fixture.mjs').Azure} azure */
const environmentOf = (azure) => ({
  AZURE_OPENAI_BASEURL: `${azure.origin}/openai/deployments`,
  AZURE_OPENAI_API_DEPLOYMENT_NAME: 'chat',
  AZURE_OPENAI_API_VERSION: '2024-10-21',
})

/**
 * @param {import('../support/clients.mjs').Driven} Model
 * @param {{ llmConfig: object, configOptions?: object }} result
 */
const streamedChat = async (Model, { llmConfig, configOptions }) => {
  const model = new Model({ ...llmConfig, configuration: configOptions, maxRetries: 0 })
  const pieces = []
  for await (const chunk of await model.stream('Is the token good?')) if (chunk.text) pieces.push(chunk.text)
  return pieces
}

for (const { example, initialize } of EXAMPLES) {
  for (const { model, Model } of MODELS) {
    describe(`examples/librechat/${example}, ${model}`, () => {
      test('with Entra ID and every API key set a chat is streamed with only the bearer token', () =>
        onTestbed({ start: startIdentity, variables: { ...keys, ...on } }, ({ source, azure }) =>
          alsoSet(environmentOf(azure), async () => {
            assert.deepEqual(await streamedChat(Model, await initialize({})), ANSWER_PIECES)
            assertKeyless({ source, azure }, 1)
          }),
        ))

      test('several chats, initialised each time, cost one identity request', () =>
        onTestbed({ start: startIdentity, variables: { ...keys, ...on } }, ({ source, azure }) =>
          alsoSet(environmentOf(azure), async () => {
            for (let i = 0; i < 3; i++) await streamedChat(Model, await initialize({}))
            assertKeyless({ source, azure }, 3)
          }),
        ))

      test('a bare provider throws there', () =>
        onTestbed({ start: startIdentity, variables: { ...keys, ...on } }, ({ source, azure }) =>
          alsoSet(environmentOf(azure), async () => {
            const { llmConfig } = await initialize({})
            assert.equal(llmConfig.azureADTokenProvider, getAzureOpenAIToken)
            await assert.rejects(
              streamedChat(Model, { llmConfig, configOptions: undefined }),
              /mutually exclusive/,
            )
            assert.equal(azure.requests.length, 0)
            assert.equal(source.tokenRequests().length, 0)
          }),
        ))

      test('without Entra ID a chat is streamed with only the API key', () =>
        onTestbed({ start: startIdentity, variables: keys }, ({ source, azure }) =>
          alsoSet(environmentOf(azure), async () => {
            azure.always({ chunks: chatCompletionEvents(ANSWER) })
            assert.deepEqual(await streamedChat(Model, await initialize({})), ANSWER_PIECES)
            assert.deepEqual(valuesOf(azure.requests[0], 'api-key'), [keys.AZURE_API_KEY])
            assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [])
            assert.equal(source.tokenRequests().length, 0)
          }),
        ))
    })
  }

  // With AZURE_OPENAI_API_KEY set these classes refuse whatever the options say: see langchain.test.mjs.
  test(`examples/librechat/${example}, AzureChatOpenAI of @langchain/openai ${versionOf('@langchain/openai')}`, () =>
    onTestbed(
      { start: startIdentity, variables: { ...on, OPENAI_API_KEY: keys.OPENAI_API_KEY } },
      ({ source, azure }) =>
        alsoSet(environmentOf(azure), async () => {
          const { AzureChatOpenAI } = client('@langchain/openai')
          assert.deepEqual(await streamedChat(AzureChatOpenAI, await initialize({})), ANSWER_PIECES)
          assertKeyless({ source, azure }, 1)
        }),
    ))

  describe(`examples/librechat/${example}, what decides`, () => {
    const group = {
      ...deployment,
      azureOpenAIApiKey: key,
      baseURL: 'https://group.example/openai/deployments',
    }
    const ownDeployment = JSON.stringify({ ...deployment, azureOpenAIApiKey: key })

    for (const { given, variables, params, entra, apiKey } of [
      { given: 'a key', variables: { ...keys, ...on }, entra: true },
      { given: 'no key', variables: on, entra: true },
      { given: 'no switch', variables: keys, entra: false, apiKey: keys.AZURE_API_KEY },
      {
        given: 'a switch that is not true',
        variables: { ...keys, AZURE_OPENAI_USE_ENTRA_ID: '1' },
        entra: false,
        apiKey: keys.AZURE_API_KEY,
      },
      {
        given: 'a key that the user provides',
        variables: { ...on, AZURE_API_KEY: 'user_provided' },
        params: { users: { apiKey: ownDeployment } },
        entra: false,
        apiKey: key,
      },
      {
        given: 'a URL that the user provides',
        variables: { ...keys, ...on, AZURE_OPENAI_BASEURL: 'user_provided' },
        params: { users: { baseURL: 'https://user.example' } },
        entra: false,
        apiKey: keys.AZURE_API_KEY,
      },
      {
        given: 'a model group, whatever the user provides elsewhere',
        variables: { ...on, AZURE_API_KEY: 'user_provided', AZURE_OPENAI_BASEURL: 'user_provided' },
        params: { group },
        entra: true,
      },
      {
        given: 'a model group without a URL if the user provides it',
        variables: { ...on, AZURE_OPENAI_BASEURL: 'user_provided' },
        params: { group: { ...group, baseURL: undefined }, users: { baseURL: 'https://user.example' } },
        entra: false,
        apiKey: key,
      },
      { given: 'a model group, no switch', params: { group }, entra: false, apiKey: key },
    ]) {
      test(`${given}: ${entra ? 'Entra ID' : 'the API key'}`, () =>
        withEnvironment(variables ?? {}, async () => {
          const { llmConfig, configOptions } = await initialize(params ?? {})
          assert.equal(llmConfig.azureADTokenProvider, entra ? getAzureOpenAIToken : undefined)
          assert.equal(llmConfig.azureOpenAIApiKey, apiKey)
          assert.deepEqual(configOptions, entra ? { apiKey: null, headers: { 'api-key': null } } : {})
        }))
    }

    test('another endpoint: its API key', () =>
      withEnvironment({ ...keys, ...on }, async () => {
        const { llmConfig, configOptions } = await initialize({ endpoint: 'openAI' })
        assert.equal(llmConfig.apiKey, keys.OPENAI_API_KEY)
        assert.ok(!('azureADTokenProvider' in llmConfig))
        assert.deepEqual(configOptions, { baseURL: undefined })
      }))

    test('neither a key nor Entra ID: an error', () =>
      withEnvironment({}, () => assert.rejects(initialize({}), /azureOpenAI API Key not provided/)))
  })
}

/**
 * On top of the environment that the testbed has set, and that it restores.
 *
 * @template Result
 * @param {Record<string, string | undefined>} variables
 * @param {() => Result} act
 */
function alsoSet(variables, act) {
  Object.assign(process.env, variables)
  return act()
}
