import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { ANSWER, ANSWER_PIECES, EMBEDDING } from '../../testkit/azure-openai.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { SOURCES, assertKeyless, onTestbed, stampede, strayKeys } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {import('../support/fixture.mjs').Azure} Azure */

const messages = [{ role: 'user', content: 'Is the token good?' }]
const model = 'chat'

/**
 * Each way to ask, and what must come back.
 *
 * @type {{ call: string, ask: (openai: Driven) => Promise<unknown>, expected: unknown }[]}
 */
const CALLS = [
  {
    call: 'chat',
    ask: async (openai) =>
      (await openai.chat.completions.create({ model, messages })).choices[0].message.content,
    expected: ANSWER,
  },
  {
    call: 'streamed chat',
    ask: async (openai) => {
      const pieces = []
      for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true })) {
        if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content)
      }
      return pieces
    },
    expected: ANSWER_PIECES,
  },
  {
    call: 'response',
    ask: async (openai) =>
      (await openai.responses.create({ model, input: 'Is the token good?' })).output_text,
    expected: ANSWER,
  },
  {
    call: 'streamed response',
    ask: async (openai) => {
      const pieces = []
      for await (const event of await openai.responses.create({ model, input: 'Is it?', stream: true })) {
        if (event.type === 'response.output_text.delta') pieces.push(event.delta)
      }
      return pieces
    },
    expected: ANSWER_PIECES,
  },
  {
    call: 'embedding',
    ask: async (openai) => (await openai.embeddings.create({ model, input: 'token' })).data[0].embedding,
    expected: EMBEDDING,
  },
]

for (const name of ['openai', 'openai-5']) {
  const { AzureOpenAI, OpenAI } = client(name)
  /** The v1 API of Azure OpenAI, as the README's first snippet has it. @param {Azure} azure */
  const connectV1 = (azure) =>
    new OpenAI({ baseURL: `${azure.origin}/openai/v1/`, apiKey: getAzureOpenAIToken })
  /** @param {Azure} azure @param {object} [options] */
  const connect = (azure, options) =>
    new AzureOpenAI({
      endpoint: azure.origin,
      apiVersion: '2024-10-21',
      azureADTokenProvider: getAzureOpenAIToken,
      ...options,
    })

  for (const { source: label, start } of SOURCES) {
    describe(`openai ${versionOf(name)}, ${label}`, () => {
      for (const { call, ask, expected } of CALLS) {
        test(`${call}: exactly the bearer token`, () =>
          onTestbed({ start }, async ({ source, azure }) => {
            assert.deepEqual(await ask(connect(azure)), expected)
            assertKeyless({ source, azure }, 1)
          }))
      }

      for (const { call, ask, expected } of CALLS) {
        test(`${call} over the v1 API, with every API key set: exactly the bearer token`, () =>
          onTestbed({ start, variables: strayKeys() }, async ({ source, azure }) => {
            assert.deepEqual(await ask(connectV1(azure)), expected)
            assertKeyless({ source, azure }, 1)
            assert.match(azure.requests[0].path, /^\/openai\/v1\/[a-z]/)
            assert.equal(azure.requests[0].query['api-version'], undefined)
          }))
      }

      test('one of each in turn, from a client each: one identity request', () =>
        onTestbed({ start }, async ({ source, azure }) => {
          for (const { ask, expected } of CALLS) assert.deepEqual(await ask(connect(azure)), expected)
          assertKeyless({ source, azure }, CALLS.length)
        }))

      test('100 first chats among 1,000 first calls at once: one identity request', () =>
        onTestbed({ start }, async ({ source, azure }) => {
          const openai = connect(azure)
          const [chat] = CALLS
          const answers = await stampede(source, 1000, (i) =>
            i < 100 ? chat.ask(openai) : getAzureOpenAIToken(),
          )
          const [token] = source.tokens.issued
          assert.deepEqual(new Set(answers), new Set([ANSWER, token]))
          assertKeyless({ source, azure }, 100)
        }))

      test("API keys in the environment: `apiKey: ''` keeps them out", () =>
        onTestbed({ start, variables: strayKeys() }, async ({ source, azure }) => {
          assert.throws(() => connect(azure), /mutually exclusive/)
          assert.equal(await CALLS[0].ask(connect(azure, { apiKey: '' })), ANSWER)
          assertKeyless({ source, azure }, 1)
        }))
    })
  }
}
