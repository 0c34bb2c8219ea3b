import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DefaultAzureCredential } from 'azure-openai-entra'

import { ANSWER } from '../../testkit/azure-openai.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { SOURCES, assertKeyless, onTestbed, stampede, strayKeys } from '../support/fixture.mjs'
import { tls } from '../../testkit/tls.mjs'

const {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  tlsPolicy,
} = client('@azure/core-rest-pipeline')
const { isTokenCredential } = client('@azure/core-auth')

const SCOPE = 'https://cognitiveservices.azure.com/.default'

// The policy sends tokens over https only.
const certificate = await tls()

/**
 * What every `@azure/*` client does with a credential.
 *
 * @param {DefaultAzureCredential} credential
 * @param {string | string[]} [scopes]
 */
const clientOf = (credential, scopes = SCOPE) => {
  const http = createDefaultHttpClient()
  const pipeline = createEmptyPipeline()
  pipeline.addPolicy(tlsPolicy({ ca: certificate.ca }))
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }))
  return async (/** @type {import('../support/fixture.mjs').Azure} */ azure) => {
    const request = createPipelineRequest({
      url: `${azure.origin}/openai/deployments/chat/chat/completions?api-version=2024-10-21`,
      method: 'POST',
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Is the token good?' }] }),
    })
    const response = await pipeline.sendRequest(http, request)
    assert.equal(response.status, 200, response.bodyAsText)
    return JSON.parse(response.bodyAsText).choices[0].message.content
  }
}

test('DefaultAzureCredential is a TokenCredential to @azure/core-auth', () => {
  assert.ok(isTokenCredential(new DefaultAzureCredential()))
})

for (const { source: label, start } of SOURCES) {
  const setting = { start, tls: certificate, variables: strayKeys() }

  describe(`@azure/core-rest-pipeline ${versionOf('@azure/core-rest-pipeline')}, ${label}`, () => {
    for (const { scopes, as } of [
      { scopes: SCOPE, as: 'text' },
      { scopes: [SCOPE], as: 'an array' },
    ]) {
      test(`chat, scopes as ${as}: exactly the bearer token`, () =>
        onTestbed(setting, async ({ source, azure }) => {
          assert.equal(await clientOf(new DefaultAzureCredential(), scopes)(azure), ANSWER)
          assertKeyless({ source, azure }, 1)
        }))
    }

    test('three chats in turn, with a credential each: one identity request', () =>
      onTestbed(setting, async ({ source, azure }) => {
        for (let i = 0; i < 3; i++) {
          assert.equal(await clientOf(new DefaultAzureCredential())(azure), ANSWER)
        }
        assertKeyless({ source, azure }, 3)
      }))

    test('100 first chats among 1,000 first calls at once, over 10 credentials: one identity request', () =>
      onTestbed(setting, async ({ source, azure }) => {
        const credentials = Array.from({ length: 10 }, () => new DefaultAzureCredential())
        const clients = credentials.map((credential) => clientOf(credential))
        const answers = await stampede(source, 1000, async (i) =>
          i < 100
            ? clients[i % 10](azure)
            : (await credentials[i % 10].getToken(SCOPE, { enableCae: true })).token,
        )
        assert.deepEqual(new Set(answers), new Set([ANSWER, source.tokens.issued[0]]))
        assertKeyless({ source, azure }, 100)
      }))
  })
}
