import assert from 'node:assert/strict'
import { once } from 'node:events'
import https from 'node:https'
import { after, before, describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { ENTRA_ID_PLACEHOLDER, getAzureOpenAIToken, setLogger } from 'azure-openai-entra'

import { aadsts, startAuthority } from '../../testkit/authority.mjs'
import { ANSWER } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { BODY, CHAT } from '../support/internet.mjs'
import { assertKeyless } from '../support/fixture.mjs'
import { PATIENT, UNDICI, onHookedInternet } from '../support/senders.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { collectingLogger, tee } from '../support/tee.mjs'

const json = { 'content-type': 'application/json' }
/** @type {Record<string, (placeholder: string) => Record<string, string>>} */
const FORMS = {
  'api-key': (placeholder) => ({ ...json, 'api-key': placeholder }),
  'API-Key and Bearer': (placeholder) => ({
    ...json,
    'API-Key': placeholder,
    Authorization: `Bearer ${placeholder}`,
  }),
}
const start = startIdentity

for (const [sender, send] of Object.entries({ ...PATIENT, ...UNDICI })) {
  const isPatient = sender in PATIENT
  describe(sender, () => {
    for (const [form, headersOf] of Object.entries(FORMS)) {
      test(`the placeholder as ${form}: exactly the token, ${isPatient ? 'also the first time' : 'if one is cached'}`, () =>
        onHookedInternet({ start }, async ({ source, azure, placeholder, ...fixture }) => {
          if (!isPatient) await getAzureOpenAIToken()
          for (let i = 0; i < 3; i++) {
            const { status, body } = await send(fixture, CHAT, {
              headers: headersOf(placeholder),
              body: BODY,
            })
            assert.equal(status, 200, body)
            assert.equal(JSON.parse(body).choices[0].message.content, ANSWER)
          }
          assertKeyless({ source, azure }, 3)
          assert.deepEqual(
            azure.requests.map(({ body }) => body.trim()),
            [BODY, BODY, BODY],
          )
          assert.ok(!JSON.stringify(azure.requests).includes(placeholder))
        }))
    }

    for (const [state, variables] of [
      ['off', { AZURE_OPENAI_USE_ENTRA_ID: undefined }],
      ['on without a placeholder', { AZURE_OPENAI_ENTRA_PLACEHOLDER: undefined }],
      ['on with the public placeholder', { AZURE_OPENAI_ENTRA_PLACEHOLDER: ENTRA_ID_PLACEHOLDER }],
      ['on with a short placeholder', { AZURE_OPENAI_ENTRA_PLACEHOLDER: 'x'.repeat(31) }],
      ['on with a placeholder of few characters', { AZURE_OPENAI_ENTRA_PLACEHOLDER: '0123456'.repeat(8) }],
    ]) {
      test(`Entra ID ${state}: the key goes out as it is`, () =>
        onHookedInternet(
          { start, variables: /** @type {any} of the pair */ (variables) },
          async ({ source, azure, placeholder, ...fixture }) => {
            const key = process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER ?? placeholder
            await send(fixture, CHAT, { headers: FORMS['API-Key and Bearer'](key), body: BODY })
            const [request] = azure.requests
            assert.deepEqual(valuesOf(request, 'api-key'), [key])
            assert.deepEqual(valuesOf(request, 'authorization'), [`Bearer ${key}`])
            assert.equal(source.requests.length, 0)
          },
        ))
    }
  })
}

describe('no token is available', () => {
  for (const [sender, send] of Object.entries(PATIENT)) {
    test(`${sender}: told why, and nothing is sent`, () =>
      onHookedInternet({ start: startAuthority }, async ({ source, azure, placeholder, ...fixture }) => {
        source.always(aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.'))
        const request = { headers: FORMS['api-key'](placeholder), body: BODY }
        const outcome = await send(fixture, CHAT, request).catch(({ message }) => ({ body: message }))
        assert.match(outcome.body, /AADSTS7000215/)
        assert.equal(azure.requests.length, 0)
      }))
  }
})

describe('the undici package, before a token is held', () => {
  /** @type {string[]} */
  const warnings = []
  /** @param {string} message */
  const warn = (message) => warnings.push(message)
  before(() => setLogger(tee({ debug() {}, info() {}, warn, error() {} })))
  after(() => setLogger(collectingLogger))

  for (const [sender, send] of Object.entries(UNDICI)) {
    test(`${sender}: without a key, and with the token soon`, () =>
      onHookedInternet({ start }, async ({ source, azure, placeholder, ...fixture }) => {
        const request = { headers: FORMS['API-Key and Bearer'](placeholder), body: BODY }
        const release = source.hold()
        assert.equal((await send(fixture, CHAT, request)).status, 401)
        assert.deepEqual(valuesOf(azure.requests[0], 'api-key'), [])
        assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [])
        release()
        // The same call as the hook's, not one beside it.
        await getAzureOpenAIToken({ scope: 'https://cognitiveservices.azure.com/.default' })
        assert.equal((await send(fixture, CHAT, request)).status, 200)
        assert.equal(source.requests.length, 1)
      }))
  }

  test('a warning names the host, once', () => {
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.match(warnings[0], /No token is held yet for https:\/\/[^ ]+\.openai\.azure\.com.* without a key/)
  })
})

describe('https.request, while it waits for the first token', () => {
  /**
   * @typedef {import('../support/senders.mjs').Hooked & {
   *   request: import('node:http').ClientRequest, release: () => void,
   * }} Waiting
   */

  /** @param {(waiting: Waiting) => unknown} act */
  const waiting = (act) =>
    onHookedInternet({ start }, async (fixture) => {
      const release = fixture.source.hold()
      const headers = { 'api-key': fixture.placeholder, ...json }
      const request = https.request(CHAT, { method: 'POST', agent: fixture.agent, headers, timeout: 50 })
      request.end(BODY)
      await fixture.source.arrived(1)
      await act({ ...fixture, request, release })
      release()
    })

  test('an abort ends it at once, and nothing is sent', () =>
    waiting(async ({ request, azure }) => {
      const reason = new Error('no longer wanted')
      request.destroy(reason)
      assert.deepEqual(await once(request, 'error'), [reason])
      assert.equal(azure.requests.length, 0)
    }))

  test('its time-out fires', () =>
    waiting(async ({ request, azure }) => {
      await once(request, 'timeout')
      request.destroy()
      await once(request, 'error')
      assert.equal(azure.requests.length, 0)
    }))

  test('others go on meanwhile, over the same agent', () =>
    waiting(async ({ request, azure, agent, release }) => {
      azure.next({ body: 'another' })
      const other = https.get(CHAT, { agent, headers: { 'api-key': 'real' } })
      const [response] = await once(other, 'response')
      response.resume()
      assert.deepEqual(valuesOf(azure.requests[0], 'api-key'), ['real'])
      release()
      const [answer] = await once(request, 'response')
      answer.resume()
      assert.equal(answer.statusCode, 200)
    }))
})

test('sockets are kept and used again, in whatever order tokens come', () =>
  onHookedInternet({ start }, async ({ source, azure, agent, placeholder }) => {
    const send = PATIENT['https.request, an object of headers']
    const request = { headers: { 'api-key': placeholder, ...json }, body: BODY }
    const release = source.hold()
    const first = Array.from({ length: 4 }, () => send({ agent }, CHAT, request))
    await source.arrived(1)
    release()
    await Promise.all(first)
    const sockets = new Set(Object.values(agent.freeSockets).flat())
    assert.equal(sockets.size, 4)
    for (let i = 0; i < 4; i++) assert.equal((await send({ agent }, CHAT, request)).status, 200)
    assert.ok(
      Object.values(agent.freeSockets)
        .flat()
        .every((socket) => sockets.has(socket)),
    )
    assertKeyless({ source, azure }, 8)
  }))
