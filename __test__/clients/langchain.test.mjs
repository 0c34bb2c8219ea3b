import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { ANSWER, ANSWER_PIECES, EMBEDDING } from '../../testkit/azure-openai.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { SOURCES, assertKeyless, onTestbed, stampede, strayKeys } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {import('../support/fixture.mjs').Azure} Azure */

const { AzureChatOpenAI, AzureOpenAIEmbeddings } = client('@langchain/openai')

const keys = strayKeys()
const provider = { azureADTokenProvider: getAzureOpenAIToken }
const noKeys = { apiKey: null, headers: { 'api-key': null } }

/**
 * How the provider is handed over, and which API keys the environment may hold then. After 1.1.0 these classes drop
 * `configuration.apiKey`: with AZURE_OPENAI_API_KEY set the openai package sees two ways to authenticate and refuses.
 * There the provider goes in as the key, which openai calls before each request; not for embeddings, which send the
 * `api-key` header whatever the configuration says.
 */
const WAYS = [
  { way: 'azureADTokenProvider', fields: provider },
  {
    way: 'azureADTokenProvider with OPENAI_API_KEY set',
    fields: provider,
    variables: { OPENAI_API_KEY: keys.OPENAI_API_KEY },
  },
  {
    way: 'azureOpenAIApiKey with all API keys set',
    fields: { azureOpenAIApiKey: getAzureOpenAIToken, configuration: noKeys },
    variables: keys,
    except: 'embedding',
  },
]

/** @param {Azure} azure @param {object} fields */
const connect = (azure, fields, Model = AzureChatOpenAI) =>
  new Model({
    azureOpenAIBasePath: `${azure.origin}/openai/deployments`,
    azureOpenAIApiVersion: '2024-10-21',
    azureOpenAIApiDeploymentName: 'chat',
    // A refused call shall fail the test at once.
    maxRetries: 0,
    ...fields,
  })

/** @param {Driven} model */
const chat = async (model) => (await model.invoke('Is the token good?')).text

/** @param {Driven} model */
const streamedChat = async (model) => {
  const pieces = []
  for await (const chunk of await model.stream('Is the token good?')) if (chunk.text) pieces.push(chunk.text)
  return pieces
}

/** @type {{ call: string, ask: (azure: Azure, fields: object) => Promise<unknown>, expected: unknown }[]} */
const CALLS = [
  { call: 'chat', ask: (azure, fields) => chat(connect(azure, fields)), expected: ANSWER },
  {
    call: 'streamed chat',
    ask: (azure, fields) => streamedChat(connect(azure, fields)),
    expected: ANSWER_PIECES,
  },
  {
    call: 'response',
    ask: (azure, fields) => chat(connect(azure, { ...fields, useResponsesApi: true })),
    expected: ANSWER,
  },
  {
    call: 'streamed response',
    ask: (azure, fields) => streamedChat(connect(azure, { ...fields, useResponsesApi: true })),
    expected: ANSWER_PIECES,
  },
  {
    call: 'embedding',
    ask: (azure, fields) => connect(azure, fields, AzureOpenAIEmbeddings).embedQuery('token'),
    expected: EMBEDDING,
  },
]

for (const { source: label, start } of SOURCES) {
  describe(`@langchain/openai ${versionOf('@langchain/openai')}, ${label}`, () => {
    for (const { way, fields, variables, except } of WAYS) {
      const calls = CALLS.filter(({ call }) => call !== except)

      for (const { call, ask, expected } of calls) {
        test(`${way}, ${call}: exactly the bearer token`, () =>
          onTestbed({ start, variables }, async ({ source, azure }) => {
            assert.deepEqual(await ask(azure, fields), expected)
            assertKeyless({ source, azure }, 1)
          }))
      }

      test(`${way}, one of each in turn, from a model each: one identity request`, () =>
        onTestbed({ start, variables }, async ({ source, azure }) => {
          for (const { ask, expected } of calls) assert.deepEqual(await ask(azure, fields), expected)
          assertKeyless({ source, azure }, calls.length)
        }))

      test(`${way}, 100 first chats among 1,000 first calls at once: one identity request`, () =>
        onTestbed({ start, variables }, async ({ source, azure }) => {
          const model = connect(azure, fields)
          const answers = await stampede(source, 1000, (i) => (i < 100 ? chat(model) : getAzureOpenAIToken()))
          assert.deepEqual(new Set(answers), new Set([ANSWER, source.tokens.issued[0]]))
          assertKeyless({ source, azure }, 100)
        }))
    }

    // When this fails, LangChain honours `configuration.apiKey` again, and the last of WAYS can go.
    test('azureADTokenProvider with AZURE_OPENAI_API_KEY set is refused by the client, nothing is sent', () =>
      onTestbed({ start, variables: keys }, async ({ source, azure }) => {
        await assert.rejects(
          chat(connect(azure, { ...provider, configuration: noKeys })),
          /mutually exclusive/,
        )
        assert.equal(azure.requests.length, 0)
        assert.equal(source.tokenRequests().length, 0)
      }))
  })
}
