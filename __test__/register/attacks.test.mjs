import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { ENTRA_ID_PLACEHOLDER, getAzureOpenAIToken } from 'azure-openai-entra'

import { redirect } from '../../testkit/answers.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { UNDICI_NAMES, client } from '../support/clients.mjs'
import { BODY, CHAT, HOST } from '../support/internet.mjs'
import { PATIENT, UNDICI, onHookedInternet } from '../support/senders.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'

const FOREIGN = 'foreign.example'
const LOOK_ALIKE = `${HOST}.evil.example`
/** A new object for each: undici's ProxyAgent writes into its options. */
const json = () => ({ 'content-type': 'application/json' })
/** @param {string} placeholder */
const asKey = (placeholder) => ({ ...json(), 'api-key': placeholder })
const SENDERS = { ...PATIENT, ...UNDICI }

/**
 * A cached token, so that one is available; then the requests to each server.
 *
 * @param {import('../support/senders.mjs').Sender} send
 * @param {{
 *   url: string, headersOf?: (placeholder: string) => Record<string, string>,
 *   bodyOf?: (placeholder: string) => string, prepare?: (fixture: any) => unknown,
 * }} request any, because each attack prepares another part
 * @param {(seen: any) => unknown} check any, because each attack looks at another part
 */
const attack = (send, { url, headersOf = asKey, bodyOf = () => BODY, prepare = () => {} }, check) =>
  onHookedInternet({ start: startIdentity, names: [FOREIGN, LOOK_ALIKE] }, async (fixture) => {
    const token = await getAzureOpenAIToken()
    const { placeholder, azure, plain } = fixture
    prepare(fixture)
    const request = { headers: headersOf(placeholder), body: bodyOf(placeholder) }
    const outcome = await send(fixture, url.replace('PLACEHOLDER', placeholder), request).catch((error) => ({
      body: error.cause?.message ?? error.message,
    }))
    const received = [...azure.requests, ...plain.requests]
    await check({ ...fixture, token, outcome, received })
  })

const MISUSES = [
  { misuse: 'to a foreign host', url: `https://${FOREIGN}/` },
  { misuse: 'to a look-alike host', url: `https://${LOOK_ALIKE}/` },
  { misuse: 'to an address', url: 'https://127.0.0.1/' },
  { misuse: 'in the query', url: `${CHAT}&api-key=PLACEHOLDER` },
  { misuse: "in a user's URL", url: `https://${FOREIGN}/PLACEHOLDER`, headersOf: json },
  {
    misuse: 'with a foreign Host header',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...asKey(it), host: FOREIGN }),
  },
  {
    misuse: "to a foreign host by Azure OpenAI's Host header",
    url: `https://${FOREIGN}/`,
    headersOf: (/** @type {string} */ it) => ({ ...asKey(it), host: HOST }),
  },
  {
    misuse: 'as the Host header',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), host: it }),
  },
  { misuse: 'to a host whose name ends in a dot', url: CHAT.replace(HOST, `${HOST}.`) },
  { misuse: 'to a look-alike in other letters', url: CHAT.replace('openai', 'оpenai') },
  {
    misuse: 'as Basic',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), Authorization: `Basic ${btoa(`user:${it}`)}` }),
  },
  ...['Negotiate, Basic ', 'x, basic   ', 'Basic\t', 'Basic YTpi, Basic '].map((scheme) => ({
    misuse: `as Basic behind ${JSON.stringify(scheme)}`,
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), 'x-key': `${scheme}${btoa(`user:${it}`)}` }),
  })),
  {
    misuse: 'as a key and as a header of another name',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...asKey(it), 'x-copy': it }),
  },
  {
    misuse: 'as a header of another name',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), 'x-key': it }),
  },
  {
    misuse: 'with a prefix',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), 'api-key': `x${it}` }),
  },
  {
    misuse: 'with a suffix',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), Authorization: `Bearer ${it}x` }),
  },
  {
    misuse: 'without Bearer',
    url: CHAT,
    headersOf: (/** @type {string} */ it) => ({ ...json(), Authorization: it }),
  },
]

/**
 * That neither is in what was sent, in any header and also as Basic.
 *
 * @param {import('../../testkit/stand-in.mjs').Request[]} received
 * @param {{ token: string, placeholder: string }} secrets
 */
const assertNeither = (received, { token, placeholder }) => {
  const values = received.flatMap(({ rawHeaders }) => rawHeaders)
  const decoded = values.map((value) => Buffer.from(value.replace(/^.*Basic\s+/i, ''), 'base64').toString())
  const sent = JSON.stringify([received, decoded])
  assert.ok(!sent.includes(token) && !sent.includes(placeholder))
}

/** Senders whose Host header is always of the address. */
const OWN_HOST = /^fetch of undici|^undici (5|6\.6).*ProxyAgent/

for (const [sender, send] of Object.entries(SENDERS)) {
  describe(sender, () => {
    for (const { misuse, ...request } of MISUSES) {
      if (misuse === 'with a foreign Host header' && OWN_HOST.test(sender)) continue
      test(`the placeholder ${misuse}: neither it nor a token leaves`, () =>
        attack(send, request, ({ token, placeholder, received, outcome }) => {
          assertNeither(received, { token, placeholder })
          if (sender in UNDICI) return
          // It is refused with the reason, which names the host and not the secret.
          assert.equal(received.length, 0)
          assert.match(outcome.body, /No token is sent to https:\/\//)
          // node-fetch puts the address before it.
          assert.ok(!outcome.body.split('reason: ').at(-1).includes(placeholder))
        }))
    }

    for (const url of [`https://user:PLACEHOLDER@${FOREIGN}/`, CHAT.replace('//', '//user:PLACEHOLDER@')]) {
      test(`the placeholder as a password in ${url}: neither it nor a token leaves`, () =>
        attack(send, { url, headersOf: json }, ({ token, placeholder, received }) =>
          assertNeither(received, { token, placeholder }),
        ))
    }

    test('the placeholder in a body grants no access and is sent with the body', () =>
      attack(
        send,
        { url: `https://${FOREIGN}/`, headersOf: json, bodyOf: (it) => JSON.stringify({ it }) },
        ({ token, placeholder, received }) => {
          assert.ok(received[0].body.includes(placeholder))
          assert.deepEqual(valuesOf(received[0], 'authorization'), [])
          assert.ok(!JSON.stringify(received).includes(token))
        },
      ))

    test("the public placeholder in a user's key field opens nothing", () =>
      attack(send, { url: CHAT, headersOf: () => asKey(ENTRA_ID_PLACEHOLDER) }, ({ token, received }) => {
        assert.deepEqual(valuesOf(received[0], 'api-key'), [ENTRA_ID_PLACEHOLDER])
        assert.ok(!JSON.stringify(received).includes(token))
      }))

    test("a user's own key goes out as it is", () => {
      const key = secret('users-key')
      return attack(send, { url: CHAT, headersOf: () => asKey(key) }, ({ token, received }) => {
        assert.deepEqual(valuesOf(received[0], 'api-key'), [key])
        assert.ok(!JSON.stringify(received).includes(token))
      })
    })

    for (const location of [`https://${FOREIGN}/`, `https://${LOOK_ALIKE}/`]) {
      test(`a redirect to ${location}: neither the placeholder nor a token follows`, () =>
        attack(
          send,
          {
            url: CHAT,
            headersOf: (it) => ({ ...asKey(it), Authorization: `Bearer ${it}` }),
            prepare: ({ azure }) => azure.next(redirect(location)),
          },
          ({ token, placeholder, received }) => {
            assert.deepEqual(valuesOf(received[0], 'authorization'), [`Bearer ${token}`])
            const after = JSON.stringify(received.slice(1))
            assert.ok(!after.includes(token) && !after.includes(placeholder))
          },
        ))
    }
  })
}

describe('a whole address in place of a path, by which a server may choose the host', () => {
  const target = `https://${FOREIGN}/openai`
  /** @type {Record<string, (fixture: any, headers: Record<string, string>) => Promise<unknown>>} any, as for senders */
  const ways = {
    'node:https': ({ agent }, headers) =>
      new Promise((resolve, reject) => {
        const request = https.request({ agent, host: HOST, path: target, method: 'POST', headers }, resolve)
        request.once('error', reject)
        request.end(BODY)
      }),
  }
  for (const name of UNDICI_NAMES)
    ways[name] = async (fixture, headers) => {
      const dispatcher = fixture.dispatcherOf(client(name), { proxied: false })
      const request = { origin: `https://${HOST}`, path: target, method: 'POST', headers, body: BODY }
      const { body } = await dispatcher.request(request)
      await body.dump()
    }
  for (const [way, send] of Object.entries(ways)) {
    test(`${way}: neither the placeholder nor a token leaves`, () =>
      onHookedInternet({ start: startIdentity }, async (fixture) => {
        const { azure, plain, placeholder } = fixture
        const token = await getAzureOpenAIToken()
        await send(fixture, asKey(placeholder)).catch(() => {})
        assertNeither([...azure.requests, ...plain.requests], { token, placeholder })
      }))
  }
})

describe('over http', () => {
  test('node:http: neither the placeholder nor a token leaves', () =>
    onHookedInternet({ start: startIdentity }, async ({ plain, placeholder }) => {
      await getAzureOpenAIToken()
      /** @param {http.RequestOptions} options */
      const send = (options) =>
        new Promise((resolve, reject) => {
          const request = http.request({ port: plain.port, ...options }, resolve)
          request.once('error', reject)
          request.end()
        })
      for (const host of ['127.0.0.1', 'localhost']) {
        const headers = { host: HOST, 'api-key': placeholder }
        await assert.rejects(send({ host, headers }), { code: 'ENTRA_ID_CONFIGURATION' })
      }
      assert.equal(plain.requests.length, 0)
    }))

  test('axios by a proxy that is sent the whole address over http: refused', () =>
    onHookedInternet({ start: startIdentity }, async ({ plain, placeholder }) => {
      const proxy = { protocol: 'http', host: '127.0.0.1', port: plain.port }
      const sent = client('axios').post(CHAT.replace('https:', 'http:'), BODY, {
        headers: asKey(placeholder),
        proxy,
      })
      await assert.rejects(sent, { code: 'ENTRA_ID_CONFIGURATION' })
      assert.equal(plain.requests.length, 0)
    }))

  for (const sender of ['the global fetch', ...Object.keys(UNDICI).filter((it) => !it.includes('Proxy'))]) {
    test(`${sender}: neither the placeholder nor a token leaves`, () =>
      attack(SENDERS[sender], { url: `http://${HOST}/` }, ({ token, placeholder, received }) => {
        const sent = JSON.stringify(received)
        assert.ok(!sent.includes(token) && !sent.includes(placeholder))
      }))
  }
})
