import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  ENTRA_ID_PLACEHOLDER,
  applyEntraIdAuth,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
} from 'azure-openai-entra'

import { aadsts, startAuthority } from '../../testkit/authority.mjs'
import { ANSWER, ANSWER_PIECES } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { BODY, CHAT, HOST, ORIGIN, onInternet } from '../support/internet.mjs'
import { assertKeyless, strayKeys } from '../support/fixture.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {Pick<import('../support/internet.mjs').Internet, 'fetch' | 'agent'>} Ways to send a request */
/** @typedef {typeof globalThis.fetch} Fetch */

const messages = [{ role: 'user', content: 'Is the token good?' }]
const apiKey = ENTRA_ID_PLACEHOLDER
const [resource] = HOST.split('.')
const keys = strayKeys()

/** @param {AsyncIterable<Driven>} chunks @param {(chunk: Driven) => string | undefined} textOf */
const streamed = async (chunks, textOf) => {
  const pieces = []
  for await (const chunk of chunks) if (textOf(chunk)) pieces.push(textOf(chunk))
  return pieces
}

const nodeFetch = client('node-fetch')
/**
 * What sends the requests: openai 4 comes with node-fetch, whose bodies and headers are of another kind.
 *
 * @param {string} name
 * @param {Ways} ways
 * @returns {Fetch}
 */
const innerOf = (name, { fetch, agent }) =>
  name === 'openai-4' ? (url, init) => nodeFetch(url, { ...init, agent }) : fetch

/** openai's classes, each made with a fetch; `v1` is the one of Azure OpenAI's newer address. @param {string} name */
const openaiOf = (name) => {
  const { AzureOpenAI, OpenAI } = client(name)
  const azure = { endpoint: ORIGIN, apiVersion: '2024-10-21', apiKey, maxRetries: 0 }
  return {
    AzureOpenAI: (/** @type {Fetch} */ fetch) => new AzureOpenAI({ ...azure, fetch }),
    OpenAI: (/** @type {Fetch} */ fetch) =>
      new OpenAI({ baseURL: `${ORIGIN}/openai/v1`, apiKey, maxRetries: 0, fetch }),
  }
}
/** @param {Driven} openai */
const chat = async (openai) =>
  (await openai.chat.completions.create({ model: 'chat', messages })).choices[0].message.content
/** @param {Driven} openai */
const streamedChat = async (openai) =>
  streamed(
    await openai.chat.completions.create({ model: 'chat', messages, stream: true }),
    ({ choices }) => choices[0]?.delta.content,
  )

/**
 * LangChain's models as LibreChat makes them, of what getOpenAIConfig and applyEntraIdAuth give.
 *
 * @param {string} name
 */
const langchainOf = (name) => {
  const { AzureChatOpenAI, ChatOpenAI } = client(name)
  /** @param {Driven} Model @param {object} llmConfig @param {object} configOptions */
  const model = (Model, llmConfig, configOptions) => {
    const result = applyEntraIdAuth({ llmConfig: { ...llmConfig, maxRetries: 0 }, configOptions })
    return new Model({ ...result.llmConfig, configuration: result.configOptions })
  }
  const azure = {
    azureOpenAIApiKey: apiKey,
    azureOpenAIApiInstanceName: resource,
    azureOpenAIApiDeploymentName: 'chat',
    azureOpenAIApiVersion: '2024-10-21',
  }
  const v1 = { baseURL: `${ORIGIN}/openai/v1`, defaultHeaders: { 'api-key': apiKey } }
  return {
    AzureChatOpenAI: (/** @type {Fetch} */ fetch) => model(AzureChatOpenAI, azure, { fetch }),
    ChatOpenAI: (/** @type {Fetch} */ fetch) =>
      model(ChatOpenAI, { apiKey, model: 'chat' }, { ...v1, fetch }),
    'ChatOpenAI, Responses API': (/** @type {Fetch} */ fetch) =>
      model(ChatOpenAI, { apiKey, model: 'chat', useResponsesApi: true }, { ...v1, fetch }),
  }
}
/** @param {Driven} model */
const asked = async (model) => (await model.invoke('Is the token good?')).text
/** @param {Driven} model */
const streamedAnswer = async (model) => streamed(await model.stream('Is the token good?'), ({ text }) => text)

const { createAzure } = client('@ai-sdk/azure')
const { generateText, streamText } = client('ai')
/** @param {Fetch} fetch */
const provided = (fetch) => createAzure({ resourceName: resource, apiKey, fetch })
const question = { prompt: 'Is the token good?', maxRetries: 0 }

const CLIENTS = [
  ...['openai', 'openai-5', 'openai-4'].flatMap((name) =>
    Object.entries(openaiOf(name)).map(([kind, make]) => ({
      label: `${kind} of openai ${versionOf(name)}`,
      make,
      innerOf: (/** @type {Ways} */ ways) => innerOf(name, ways),
      asks: [chat, streamedChat],
    })),
  ),
  ...['@langchain/openai', '@langchain/openai-1.0'].flatMap((name) =>
    Object.entries(langchainOf(name)).map(([kind, make]) => ({
      label: `${kind} of @langchain/openai ${versionOf(name)}`,
      make,
      innerOf: (/** @type {Ways} */ { fetch }) => fetch,
      asks: [asked, streamedAnswer],
    })),
  ),
  ...['chat', 'responses'].map((kind) => ({
    label: `${kind} of @ai-sdk/azure ${versionOf('@ai-sdk/azure')}`,
    make: (/** @type {Fetch} */ fetch) => provided(fetch)[kind]('chat'),
    innerOf: (/** @type {Ways} */ { fetch }) => fetch,
    asks: [
      async (/** @type {Driven} */ model) => (await generateText({ model, ...question })).text,
      async (/** @type {Driven} */ model) =>
        streamed(streamText({ model, ...question }).textStream, (text) => text),
    ],
  })),
]

for (const { label, make, innerOf, asks } of CLIENTS) {
  describe(label, () => {
    test('whole and streamed, with every API key in the environment: only the bearer token', () =>
      onInternet({ start: startIdentity, variables: keys }, async ({ source, azure, ...fixture }) => {
        const made = make(entraIdFetch(innerOf(fixture)))
        assert.equal(await asks[0](made), ANSWER)
        assert.deepEqual(await asks[1](made), ANSWER_PIECES)
        assertKeyless({ source, azure }, 2)
      }))

    test('no token: told why, after one try, and nothing is sent', () =>
      onInternet({ start: startAuthority, variables: keys }, async ({ source, azure, ...fixture }) => {
        source.always(aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.'))
        await assert.rejects(asks[0](make(entraIdFetch(innerOf(fixture)))), (error) => {
          assert.match(/** @type {Error} */ (error).message, /AADSTS7000215/)
          assert.equal(
            /** @type {any} each client's own */ (error).status ??
              /** @type {any} each client's own */ (error).statusCode,
            401,
          )
          return true
        })
        assert.equal(azure.requests.length, 0)
        assert.equal(source.tokenRequests().length, 1)
      }))

    test('a revoked token: the caller does not notice', () =>
      onInternet({ start: startIdentity, variables: keys }, async ({ source, azure, ...fixture }) => {
        const made = make(entraIdFetch(innerOf(fixture)))
        assert.equal(await asks[0](made), ANSWER)
        azure.next({ status: 401, body: { error: { code: '401', message: 'The token was revoked.' } } })
        assert.deepEqual(await asks[1](made), ANSWER_PIECES)
        const sent = azure.requests.map((it) => valuesOf(it, 'authorization')[0])
        const [first, second] = source.tokens.issued.map((token) => `Bearer ${token}`)
        assert.deepEqual(sent, [first, first, second])
      }))
  })
}

describe(`axios ${versionOf('axios')}`, () => {
  const axios = client('axios')

  test('with getAzureOpenAIAuthHeaders over node:https: only the bearer token', () =>
    onInternet({ start: startIdentity, variables: keys }, async ({ source, azure, agent }) => {
      const headers = {
        'content-type': 'application/json',
        ...(await getAzureOpenAIAuthHeaders({ url: CHAT })),
      }
      const { data } = await axios.post(CHAT, BODY, { headers, httpsAgent: agent, proxy: false })
      assert.equal(data.choices[0].message.content, ANSWER)
      assertKeyless({ source, azure }, 1)
    }))

  test('with its adapter of fetch: only the bearer token', () =>
    onInternet({ start: startIdentity, variables: keys }, async ({ source, azure, fetch }) => {
      const own = axios.create({ adapter: 'fetch', env: { fetch: entraIdFetch(fetch), Request, Response } })
      const { data } = await own.post(CHAT, BODY, { headers: { 'api-key': keys.AZURE_API_KEY } })
      assert.equal(data.choices[0].message.content, ANSWER)
      assertKeyless({ source, azure }, 1)
    }))
})

describe('a run longer than its token lives', () => {
  for (const { label, make, innerOf, asks } of CLIENTS.filter(
    ({ asks }) => asks[1] === streamedChat || asks[1] === streamedAnswer,
  )) {
    test(`${label}, an agent that streams turn by turn across two refreshes: no turn fails`, () =>
      onInternet({ start: startIdentity }, async ({ source, azure, ...fixture }) => {
        source.tokens.lifetimeSeconds = 2
        const made = make(entraIdFetch(innerOf(fixture)))
        // The stand-in refuses a token that has expired.
        while (source.tokens.issued.length < 3) assert.deepEqual(await asks[1](made), ANSWER_PIECES)
        assert.ok(azure.requests.every((it) => valuesOf(it, 'api-key').length === 0))
      }))

    test(`${label}, the same across a revocation in the middle of a stream, with a claims challenge`, () =>
      onInternet({ start: startAuthority }, async ({ source, azure, ...fixture }) => {
        const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: '1795488000' } } })
        const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
        const refused = {
          status: 401,
          headers: { 'www-authenticate': challenge },
          body: { error: { code: '401', message: 'Continuous access evaluation resulted in a challenge.' } },
        }
        const made = make(
          entraIdFetch(async (...request) => {
            const response = await innerOf(fixture)(...request)
            // The token is revoked while its answer is under way.
            if (azure.requests.length === 2) azure.next(refused)
            return response
          }),
        )
        for (let turn = 0; turn < 5; turn++) assert.deepEqual(await asks[1](made), ANSWER_PIECES)
        const [first, second] = source.tokens.issued.map((token) => `Bearer ${token}`)
        const sent = azure.requests.map((it) => valuesOf(it, 'authorization')[0])
        assert.deepEqual(sent, [first, first, first, second, second, second])
        assert.deepEqual(
          source
            .tokenRequests()
            .map(({ form }) => form.claims && JSON.parse(form.claims).access_token.nbf.value),
          [undefined, '1795488000'],
        )
      }))
  }
})
