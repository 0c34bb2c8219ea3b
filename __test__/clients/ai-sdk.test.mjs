import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { ANSWER, ANSWER_PIECES, EMBEDDING } from '../../testkit/azure-openai.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { SOURCES, assertKeyless, onTestbed, stampede, strayKeys } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */

const { createAzure } = client('@ai-sdk/azure')
const { embed, generateText, streamText } = client('ai')

/** @param {import('../support/fixture.mjs').Azure} azure */
const connect = (azure) =>
  createAzure({ baseURL: `${azure.origin}/openai`, tokenProvider: getAzureOpenAIToken })

// A refused call shall fail the test at once.
const question = { prompt: 'Is the token good?', maxRetries: 0 }

/** @param {Driven} model */
const text = async (model) => (await generateText({ model, ...question })).text

/** @param {Driven} model */
const streamedText = async (model) => {
  /** @type {unknown[]} */
  const pieces = []
  const { textStream } = streamText({
    model,
    ...question,
    onError: (/** @type {{ error: unknown }} */ { error }) => pieces.push(error),
  })
  for await (const piece of textStream) pieces.push(piece)
  return pieces
}

/** @type {{ call: string, ask: (provider: Driven) => Promise<unknown>, expected: unknown }[]} */
const CALLS = [
  { call: 'chat', ask: (provider) => text(provider.chat('chat')), expected: ANSWER },
  { call: 'streamed chat', ask: (provider) => streamedText(provider.chat('chat')), expected: ANSWER_PIECES },
  { call: 'response', ask: (provider) => text(provider('chat')), expected: ANSWER },
  { call: 'streamed response', ask: (provider) => streamedText(provider('chat')), expected: ANSWER_PIECES },
  {
    call: 'embedding',
    ask: async (provider) =>
      (await embed({ model: provider.embeddingModel('embedding'), value: 'token', maxRetries: 0 })).embedding,
    expected: EMBEDDING,
  },
]

for (const { source: label, start } of SOURCES) {
  describe(`@ai-sdk/azure ${versionOf('@ai-sdk/azure')}, ai ${versionOf('ai')}, ${label}`, () => {
    for (const { call, ask, expected } of CALLS) {
      test(`${call}: exactly the bearer token, with API keys in the environment`, () =>
        onTestbed({ start, variables: strayKeys() }, async ({ source, azure }) => {
          assert.deepEqual(await ask(connect(azure)), expected)
          assertKeyless({ source, azure }, 1)
        }))
    }

    test('one of each in turn, from a provider each: one identity request', () =>
      onTestbed({ start }, async ({ source, azure }) => {
        for (const { ask, expected } of CALLS) assert.deepEqual(await ask(connect(azure)), expected)
        assertKeyless({ source, azure }, CALLS.length)
      }))

    test('100 first chats among 1,000 first calls at once: one identity request', () =>
      onTestbed({ start }, async ({ source, azure }) => {
        const [chat] = CALLS
        const provider = connect(azure)
        const answers = await stampede(source, 1000, (i) =>
          i < 100 ? chat.ask(provider) : getAzureOpenAIToken(),
        )
        assert.deepEqual(new Set(answers), new Set([ANSWER, source.tokens.issued[0]]))
        assertKeyless({ source, azure }, 100)
      }))
  })
}
