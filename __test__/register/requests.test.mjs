import assert from 'node:assert/strict'
import { once } from 'node:events'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { describe, mock, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { clearTokenCache, getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../../testkit/authority.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { UNDICI_NAMES, client } from '../support/clients.mjs'
import { BODY, CHAT } from '../support/internet.mjs'
import { assertKeyless } from '../support/fixture.mjs'
import { PATIENT, onHookedInternet } from '../support/senders.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'

const FOREIGN = 'foreign.example'
/** Of another scope than the others, so that no other test has had its token held. */
const GOVERNMENT = CHAT.replace('azure.com', 'azure.us')
const start = startIdentity
const json = { 'content-type': 'application/json' }
/** @typedef {import('../support/senders.mjs').Hooked} Hooked */

/** @param {Pick<Hooked, 'agent'>} hooked @param {https.RequestOptions} options */
const post = ({ agent }, options, url = CHAT) => https.request(url, { method: 'POST', agent, ...options })
/** @param {Pick<Hooked, 'placeholder'>} hooked */
const keyed = ({ placeholder }) => ({ headers: { ...json, 'api-key': placeholder } })
/** @param {import('node:http').ClientRequest} request */
const answerTo = async (request) => {
  const [response] = await once(request, 'response')
  return { status: response.statusCode, body: await text(response) }
}

describe('https.request', () => {
  for (const name of ['api-key', 'X-Api-Key']) {
    test(`the placeholder as ${name} becomes a token, and no key is left`, () =>
      onHookedInternet({ start }, async (fixture) => {
        const request = post(fixture, { headers: { ...json, [name]: fixture.placeholder } })
        request.end(BODY)
        assert.equal((await answerTo(request)).status, 200)
        assertKeyless(fixture, 1)
        assert.deepEqual(valuesOf(fixture.azure.requests[0], 'x-api-key'), [])
      }))
  }

  /**
   * A request whose connection is there before it says what it is; Node then sends the head by itself.
   *
   * @param {Hooked} fixture
   * @param {string} [url]
   */
  const expecting = async (fixture, url) => {
    const request = post(fixture, {}, url)
    const [socket] = await once(request, 'socket')
    if (socket.secureConnecting) await once(socket, 'secureConnect')
    request.setHeader('Expect', '100-continue')
    request.setHeader('api-key', fixture.placeholder)
    request.setHeader('content-type', 'application/json')
    return { request, socket }
  }

  for (const isHeld of [true, false]) {
    test(`Expect: 100-continue over an open connection, a token ${isHeld ? 'cached' : 'not cached'}: only the token`, () =>
      onHookedInternet({ start }, async (fixture) => {
        if (isHeld) await getAzureOpenAIToken()
        const { request } = await expecting(fixture, CHAT)
        request.end(BODY)
        assert.equal((await answerTo(request)).status, 200)
        assertKeyless(fixture, 1)
        assert.equal(fixture.azure.requests[0].body, BODY)
      }))
  }

  test('Expect: 100-continue over an open connection to a foreign host: not a byte leaves', () =>
    onHookedInternet({ start, names: [FOREIGN] }, async (fixture) => {
      const { request, socket } = await expecting(fixture, `https://${FOREIGN}/`)
      const before = socket.bytesWritten
      request.end(BODY)
      const [error] = await once(request, 'error')
      assert.equal(error.code, 'ENTRA_ID_CONFIGURATION')
      assert.equal(socket.bytesWritten, before)
    }))

  test('a long upload waits for the token, and then continues', () =>
    onHookedInternet({ start }, async (fixture) => {
      const request = post(fixture, keyed(fixture))
      const answered = answerTo(request)
      const piece = Buffer.alloc(65_536, ' ')
      for (let i = 0; i < 32; i++) if (!request.write(piece)) await once(request, 'drain')
      request.end(BODY)
      assert.equal((await answered).status, 200)
      assertKeyless(fixture, 1)
      assert.equal(fixture.azure.requests[0].body, ' '.repeat(32 * 65_536) + BODY)
    }))

  test('another token goes over the same connection', () =>
    onHookedInternet({ start }, async (fixture) => {
      for (const isReused of [false, true]) {
        const request = post(fixture, keyed(fixture))
        request.end(BODY)
        assert.equal((await answerTo(request)).status, 200)
        assert.equal(request.reusedSocket, isReused)
        clearTokenCache()
      }
      assert.deepEqual(
        fixture.azure.requests.map((it) => valuesOf(it, 'authorization')),
        fixture.source.tokens.issued.map((token) => [`Bearer ${token}`]),
      )
      assert.equal(fixture.azure.requests.length, 2)
    }))

  test('the placeholder twice, and beside a real key: only the token', () =>
    onHookedInternet({ start }, async (fixture) => {
      const { placeholder } = fixture
      const twice = post(fixture, { headers: { ...json, 'api-key': [placeholder, placeholder] } })
      twice.end(BODY)
      assert.equal((await answerTo(twice)).status, 200)
      const beside = post(fixture, {
        headers: { ...json, 'api-key': placeholder, Authorization: secret('key') },
      })
      beside.end(BODY)
      assert.equal((await answerTo(beside)).status, 200)
      assertKeyless(fixture, 2)
    }))

  test('the handshake of a WebSocket: only the token', () =>
    onHookedInternet({ start }, async (fixture) => {
      fixture.azure.next({ status: 426 })
      const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'api-key': fixture.placeholder }
      const request = https.get(CHAT, { agent: fixture.agent, headers })
      await once(request, 'response').then(([response]) => response.resume())
      const [seen] = fixture.azure.requests
      assert.equal(seen.headers.upgrade, 'websocket')
      assert.deepEqual(valuesOf(seen, 'authorization'), [`Bearer ${fixture.source.tokens.issued[0]}`])
      assert.deepEqual(valuesOf(seen, 'api-key'), [])
    }))

  test('a response that is not read ends the request', () =>
    onHookedInternet({ start }, async (fixture) => {
      const request = post(fixture, keyed(fixture))
      request.end(BODY)
      await once(request, 'close')
      assertKeyless(fixture, 1)
    }))
})

describe('an abort while the first token is waited for', () => {
  for (const [sender, send] of Object.entries(PATIENT)) {
    test(`${sender}: ends it at once, and nothing is sent`, () =>
      onHookedInternet({ start }, async (fixture) => {
        const release = fixture.source.hold()
        const { signal, abort } = abortable()
        const sent = send(fixture, CHAT, { ...keyed(fixture), body: BODY, signal })
        await fixture.source.arrived(1)
        abort()
        await assert.rejects(sent, /abort|cancel/i)
        release()
        assert.equal(fixture.azure.requests.length, 0)
      }))
  }
  const abortable = () => {
    const controller = new AbortController()
    return { signal: controller.signal, abort: () => controller.abort() }
  }
})

describe('the global fetch, its headers as an iterator or an odd array', () => {
  /** @param {Record<string, string>} headers */
  const iterated = (headers) => new Map(Object.entries(headers)).entries()

  test('without the placeholder: they go out as they are', () =>
    onHookedInternet({ start, names: [FOREIGN] }, async ({ fetch, azure }) => {
      await fetch(`https://${FOREIGN}/`, {
        headers: /** @type {any} an iterator */ (iterated({ 'x-own': '1' })),
      })
      assert.equal(azure.requests[0].headers['x-own'], '1')
    }))

  test('names that are no text go out as fetch writes them', () =>
    onHookedInternet({ start, names: [FOREIGN] }, async ({ fetch, azure }) => {
      await fetch(`https://${FOREIGN}/`, { headers: [[/** @type {any} a number */ (1), 'own']] })
      assert.equal(azure.requests[0].headers['1'], 'own')
    }))

  test('with it: the token, and the others', () =>
    onHookedInternet({ start }, async ({ fetch, azure, source, placeholder }) => {
      const headers = iterated({ 'api-key': placeholder, 'x-own': '1' })
      const { status } = await fetch(CHAT, {
        method: 'POST',
        headers: /** @type {any} an iterator */ (headers),
        body: BODY,
      })
      assert.equal(status, 200)
      assertKeyless({ azure, source }, 1)
      assert.equal(azure.requests[0].headers['x-own'], '1')
    }))
})

/** From undici 8 on, which Node 26 has for its fetch, the global dispatcher is another one. */
const skip = Number.parseInt(process.versions.undici ?? '') >= 8

for (const name of UNDICI_NAMES) {
  const undici = client(name)
  describe(name, () => {
    /** @typedef {Record<string, string>} Sent */
    const headerForms = {
      'an object': (/** @type {Sent} */ headers) => headers,
      'an object with an array': (/** @type {Sent} */ { 'api-key': key, ...rest }) => ({
        ...rest,
        'api-key': [key, key],
      }),
      'an array': (/** @type {Sent} */ headers) => Object.entries(headers).flat(),
      'a Map': (/** @type {Sent} */ headers) => new Map(Object.entries(headers)),
      Headers: (/** @type {Sent} */ headers) => new undici.Headers(headers),
    }
    const takesLists = !['undici-5', 'undici-6-6'].includes(name)
    for (const [form, formOf] of Object.entries(headerForms)) {
      // These versions read no entries.
      if (!takesLists && ['a Map', 'Headers'].includes(form)) continue
      test(`headers as ${form}: only the token`, () =>
        onHookedInternet({ start }, async (fixture) => {
          await getAzureOpenAIToken()
          const { statusCode, body } = await undici.request(CHAT, {
            method: 'POST',
            headers: formOf(keyed(fixture).headers),
            body: BODY,
            dispatcher: fixture.dispatcherOf(undici, { proxied: false }),
          })
          assert.equal(statusCode, 200, await body.text())
          assertKeyless(fixture, 1)
        }))
    }

    test('stream and pipeline: only the token', () =>
      onHookedInternet({ start }, async (fixture) => {
        await getAzureOpenAIToken()
        const dispatcher = fixture.dispatcherOf(undici, { proxied: false })
        const options = { method: 'POST', dispatcher, ...keyed(fixture) }
        const { PassThrough } = await import('node:stream')
        const streamed = new PassThrough()
        await undici.stream(CHAT, { ...options, body: BODY }, () => streamed)
        assert.match(await text(streamed), /choices/)
        const piped = undici.pipeline(CHAT, options, (/** @type {{ body: unknown }} */ { body }) => body)
        piped.end(BODY)
        assert.match(await text(piped), /choices/)
        assertKeyless(fixture, 2)
      }))

    test('the global fetch by a dispatcher that this copy made global: only the token', { skip }, () =>
      onHookedInternet({ start }, async (fixture) => {
        const before = undici.getGlobalDispatcher()
        undici.setGlobalDispatcher(fixture.dispatcherOf(undici, { proxied: false }))
        try {
          const { status } = await fetch(CHAT, { method: 'POST', body: BODY, ...keyed(fixture) })
          assert.equal(status, 200)
          assertKeyless(fixture, 1)
        } finally {
          undici.setGlobalDispatcher(before)
        }
      }),
    )

    test('before a token is held, a real key beside the placeholder does not go out in its place', () =>
      onHookedInternet({ start }, async (fixture) => {
        const release = fixture.source.hold()
        const headers = { ...keyed(fixture).headers, Authorization: `Bearer ${secret('key')}` }
        const { body } = await undici.request(CHAT, {
          method: 'POST',
          headers,
          body: BODY,
          dispatcher: fixture.dispatcherOf(undici, { proxied: false }),
        })
        await body.dump()
        release()
        assert.deepEqual(valuesOf(fixture.azure.requests[0], 'authorization'), [])
        assert.deepEqual(valuesOf(fixture.azure.requests[0], 'api-key'), [])
      }))
  })
}

test('a Foundry project gets a token of its own, by the path, over each transport', () => {
  const host = 'r.services.ai.azure.com'
  const setting = { start: startAuthority, names: [host] }
  return onHookedInternet(setting, async (fixture) => {
    fixture.azure.always({ body: {} })
    const scopes = ['https://ai.azure.com/.default', 'https://cognitiveservices.azure.com/.default']
    const paths = ['/api/projects/p/agents?api-version=v1', '/openai/v1/models?x=/api/projects/p']
    // Undici cannot wait for them.
    const tokens = await Promise.all(scopes.map((scope) => getAzureOpenAIToken({ scope })))
    const undici = client('undici-7')
    const dispatcher = fixture.dispatcherOf(undici, { proxied: false })
    for (const path of paths) {
      const request = post(fixture, keyed(fixture), `https://${host}${path}`)
      request.end(BODY)
      await answerTo(request)
      await fetch(`https://${host}${path}`, /** @type {any} undici's */ ({ dispatcher, ...keyed(fixture) }))
      const { body } = await undici.request(`https://${host}${path}`, { dispatcher, ...keyed(fixture) })
      await body.dump()
    }
    const sent = fixture.azure.requests.map((it) => valuesOf(it, 'authorization')[0])
    assert.deepEqual(
      sent,
      tokens.flatMap((token) => Array(3).fill(`Bearer ${token}`)),
    )
  })
})

test('a token is held for undici while nothing is sent, and none with Entra ID off', () =>
  onHookedInternet({ start, names: [new URL(GOVERNMENT).hostname] }, async (fixture) => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      const undici = client('undici-7')
      const dispatcher = fixture.dispatcherOf(undici, { proxied: false })
      await getAzureOpenAIToken({ scope: 'https://cognitiveservices.azure.us/.default' })
      const options = { method: 'POST', body: BODY, dispatcher, ...keyed(fixture) }
      const { body } = await undici.request(GOVERNMENT, options)
      await body.dump()
      // As after its life.
      clearTokenCache()
      process.env.AZURE_OPENAI_USE_ENTRA_ID = 'false'
      mock.timers.tick(60_000)
      assert.equal(fixture.source.requests.length, 1)
      process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true'
      mock.timers.tick(60_000)
      await fixture.source.arrived(2)
    } finally {
      mock.timers.reset()
    }
  }))
