// The pattern that goes back to keys, as the README and docs/migration.md show it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import { entraIdFetch, getAzureOpenAIToken, shouldUseEntraId } from 'azure-openai-entra'

import { ANSWER } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { assertKeyless, onTestbed } from '../support/fixture.mjs'

const key = secret('azure-openai-key')
const start = startIdentity
const CHAT = { model: 'chat', messages: [{ role: 'user', content: 'Is the token good?' }] }
const PLAIN = { choices: [{ message: { content: ANSWER } }] }

/** Each way that switches: the client it makes, and the header that the client puts a key into. */
const waysOf = (/** @type {any} of several versions */ { AzureOpenAI, OpenAI }) => [
  {
    way: 'apiKey, v1 API',
    header: 'authorization',
    sent: `Bearer ${key}`,
    connect: (/** @type {string} */ baseURL) =>
      new OpenAI({
        baseURL,
        apiKey: shouldUseEntraId() ? getAzureOpenAIToken : process.env.AZURE_OPENAI_API_KEY,
      }),
  },
  {
    way: 'azureADTokenProvider, classic API',
    header: 'api-key',
    sent: key,
    connect: (/** @type {string} */ baseURL) =>
      new AzureOpenAI({
        baseURL,
        apiVersion: '2024-10-21',
        ...(shouldUseEntraId()
          ? { azureADTokenProvider: getAzureOpenAIToken, apiKey: '' }
          : { apiKey: process.env.AZURE_OPENAI_API_KEY }),
      }),
  },
  {
    way: 'fetch',
    header: 'authorization',
    sent: `Bearer ${key}`,
    connect: (/** @type {string} */ baseURL) =>
      new OpenAI({
        baseURL,
        apiKey: process.env.AZURE_OPENAI_API_KEY,
        ...(shouldUseEntraId() ? { fetch: entraIdFetch() } : {}),
      }),
  },
]

for (const name of ['openai', 'openai-5']) {
  describe(`openai ${versionOf(name)}`, () => {
    for (const { way, header, sent, connect } of waysOf(client(name))) {
      const ask = async (/** @type {any} the stand-in */ azure) =>
        (await connect(`${azure.origin}/openai/v1/`).chat.completions.create(CHAT)).choices[0].message.content
      const variables = (/** @type {string | undefined} */ on) => ({
        AZURE_OPENAI_API_KEY: key,
        AZURE_OPENAI_USE_ENTRA_ID: on,
      })

      // entraIdFetch sends tokens only over https, as fetch-wire.test.mjs shows.
      if (way !== 'fetch') {
        test(`${way}: with the switch on only a token goes out`, () =>
          onTestbed({ start, variables: variables('true') }, async ({ source, azure }) => {
            assert.equal(await ask(azure), ANSWER)
            assertKeyless({ source, azure }, 1)
          }))
      }

      for (const off of ['false', undefined]) {
        test(`${way}: with the switch ${off ?? 'unset'} only the key goes out, and no token is fetched`, () =>
          onTestbed({ start, variables: variables(off) }, async ({ source, azure }) => {
            azure.always({ body: PLAIN })
            assert.equal(await ask(azure), ANSWER)
            assert.deepEqual(valuesOf(azure.requests[0], header), [sent])
            assert.equal(azure.requests[0].rawHeaders.filter((it) => it.includes(key)).length, 1)
            assert.equal(source.requests.length, 0)
          }))
      }
    }

    test('a provider that fails: the EntraIdError is the error, or its cause', () =>
      onTestbed(
        { start, variables: { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' } },
        async ({ azure }) => {
          const { OpenAI } = client(name)
          const openai = new OpenAI({ baseURL: `${azure.origin}/openai/v1/`, apiKey: getAzureOpenAIToken })
          await assert.rejects(openai.chat.completions.create(CHAT), (/** @type {any} of openai */ error) => {
            const ours = error.name === 'EntraIdError' ? error : error.cause
            return ours.name === 'EntraIdError' && ours.code === 'ENTRA_ID_UNAVAILABLE'
          })
        },
      ))

    test('fetch: entraIdFetch, uncalled: the error says so', async () => {
      const { OpenAI } = client(name)
      const openai = new OpenAI({
        baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
        apiKey: key,
        fetch: /** @type {any} wrong on purpose */ (entraIdFetch),
      })
      await assert.rejects(openai.chat.completions.create(CHAT), /Pass entraIdFetch\(\)\./)
    })
  })
}

test('the pages show the lines that ran', () => {
  const plain = (/** @type {string} */ text) => text.replaceAll(/\s+/g, '')
  const [code] = readFileSync(new URL(import.meta.url), 'utf8').split("test('the pages show")
  for (const [page, lines] of [
    ['README.md', ['apiKey: shouldUseEntraId() ? getAzureOpenAIToken : process.env.AZURE_OPENAI_API_KEY']],
    [
      'docs/migration.md',
      [
        'apiKey: shouldUseEntraId() ? getAzureOpenAIToken : process.env.AZURE_OPENAI_API_KEY',
        "...(shouldUseEntraId() ? { azureADTokenProvider: getAzureOpenAIToken, apiKey: '' } : { apiKey: process.env.AZURE_OPENAI_API_KEY })",
        '...(shouldUseEntraId() ? { fetch: entraIdFetch() } : {})',
      ],
    ],
  ]) {
    const text = plain(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'))
    for (const line of lines) {
      assert.ok(text.includes(plain(line)), `${page}: ${line}`)
      assert.ok(plain(code ?? '').includes(plain(line)), line)
    }
  }
})
