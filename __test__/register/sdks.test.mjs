import assert from 'node:assert/strict'
import { test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'

import { ANSWER, ANSWER_PIECES } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { HOST, ORIGIN } from '../support/internet.mjs'
import { assertKeyless } from '../support/fixture.mjs'
import { onHookedInternet } from '../support/senders.mjs'

const messages = [{ role: 'user', content: 'Is the token good?' }]
const [resource] = HOST.split('.')

/**
 * How each is led to loopback; openai 4 comes with node-fetch.
 *
 * @param {string} name
 * @param {Pick<import('../support/senders.mjs').Hooked, 'dispatcher' | 'agent'>} hooked
 */
const wayOf = (name, { dispatcher, agent }) =>
  name === 'openai-4' ? { httpAgent: agent } : { fetchOptions: { dispatcher } }

for (const name of ['openai', 'openai-5', 'openai-4']) {
  const { AzureOpenAI, OpenAI } = client(name)
  for (const [kind, make] of [
    [
      'AzureOpenAI',
      (/** @type {object} */ options) =>
        new AzureOpenAI({ endpoint: ORIGIN, apiVersion: '2024-10-21', ...options }),
    ],
    ['OpenAI', (/** @type {object} */ options) => new OpenAI({ baseURL: `${ORIGIN}/openai/v1`, ...options })],
  ]) {
    test(`${kind} of openai ${versionOf(name)}, whole and streamed: only the token`, () =>
      onHookedInternet({ start: startIdentity }, async ({ source, azure, placeholder, ...fixture }) => {
        const openai = /** @type {any} one of two */ (make)({
          apiKey: placeholder,
          maxRetries: 0,
          ...wayOf(name, fixture),
        })
        const { choices } = await openai.chat.completions.create({ model: 'chat', messages })
        assert.equal(choices[0].message.content, ANSWER)
        const pieces = []
        const stream = await openai.chat.completions.create({ model: 'chat', messages, stream: true })
        for await (const { choices } of stream) {
          if (choices[0]?.delta.content) pieces.push(choices[0].delta.content)
        }
        assert.deepEqual(pieces, ANSWER_PIECES)
        assertKeyless({ source, azure }, 2)
      }))
  }
}

for (const name of ['@langchain/openai', '@langchain/openai-1.0']) {
  test(`AzureChatOpenAI of @langchain/openai ${versionOf(name)}, streamed: only the token`, () =>
    onHookedInternet({ start: startIdentity }, async ({ source, azure, placeholder, dispatcher }) => {
      const { AzureChatOpenAI } = client(name)
      const model = new AzureChatOpenAI({
        azureOpenAIApiKey: placeholder,
        azureOpenAIApiInstanceName: resource,
        azureOpenAIApiDeploymentName: 'chat',
        azureOpenAIApiVersion: '2024-10-21',
        maxRetries: 0,
        configuration: { fetchOptions: { dispatcher } },
      })
      const pieces = []
      for await (const { text } of await model.stream('Is the token good?')) if (text) pieces.push(text)
      assert.deepEqual(pieces, ANSWER_PIECES)
      assertKeyless({ source, azure }, 1)
    }))
}
