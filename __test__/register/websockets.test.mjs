import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { getAzureOpenAIToken, setLogger } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { UNDICI_NAMES, client, versionOf } from '../support/clients.mjs'
import { HOST } from '../support/internet.mjs'
import { onHookedInternet } from '../support/senders.mjs'
import { collectingLogger, tee } from '../support/tee.mjs'

const FOREIGN = 'foreign.example'
/** @param {string} host */
const URL_OF = (host, query = '') => `wss://${host}/openai/v1/realtime?model=a%2Fb&x=1${query}`

/**
 * @typedef {import('../support/senders.mjs').Hooked} Hooked
 * @typedef {{ url: string, protocols: string[], headers: Record<string, string> }} Opening
 * @typedef {{ isPatient?: boolean, open: (fixture: Hooked, opening: Opening) => WebSocket }} Sender
 * @typedef {(placeholder: string) => Partial<Opening> & { query?: string }} Form
 */

/** Each opens a WebSocket through the fixture. @type {Record<string, Sender>} */
const SENDERS = {
  [`ws ${versionOf('ws')}`]: {
    isPatient: true,
    open: ({ agent }, { url, protocols, headers }) => {
      const { WebSocket } = client('ws')
      return new WebSocket(url, protocols, { agent, headers })
    },
  },
  ...Object.fromEntries(
    UNDICI_NAMES.map((name) => [
      `WebSocket of undici ${versionOf(name)}`,
      {
        open: (fixture, { url, ...init }) => {
          const undici = client(name)
          return new undici.WebSocket(url, {
            ...init,
            dispatcher: fixture.dispatcherOf(undici, { proxied: false }),
          })
        },
      },
    ]),
  ),
  ...(globalThis.WebSocket && {
    'the global WebSocket': {
      open: ({ dispatcher }, { url, ...init }) =>
        new WebSocket(
          url,
          /** @type {any} Node's takes more than the standard's */ ({ ...init, dispatcher }),
        ),
    },
  }),
}

/** Where clients put a key. @type {Record<string, Form>} */
const FORMS = {
  'an api-key header': (it) => ({ headers: { 'api-key': it } }),
  'a Bearer token': (it) => ({ headers: { Authorization: `Bearer ${it}` } }),
  'api-key in the query': (it) => ({ query: `&api-key=${it}&y=2` }),
  'api-key as the last of the query, in other letters': (it) => ({ query: `&y=2&API-Key=${it}` }),
  'the subprotocol of openai': (it) => ({
    protocols: ['realtime', `openai-insecure-api-key.${it}`, 'other'],
  }),
  'an api-key header, beside other keys': (it) => ({
    headers: { 'api-key': it },
    query: `&api-key=another-key&y=2&api%2Dkey=another-key&Authorization=Bearer%20another-key`,
    protocols: ['realtime', 'openai-insecure-api-key.another-key', 'OpenAI-Insecure-Api-Key.a-third-key'],
  }),
  'all of them': (it) => ({
    headers: { 'api-key': it },
    query: `&api-key=${it}`,
    protocols: ['realtime', `openai-insecure-api-key.${it}`],
  }),
}

/** @type {Record<string, Form>} */
const MISUSES = {
  'another parameter': (it) => ({ query: `&key=${it}` }),
  'a longer api-key parameter': (it) => ({ query: `&api-key=x${it}` }),
  'the path': (it) => ({ url: `wss://${HOST}/${it}` }),
  'another subprotocol': (it) => ({ protocols: ['realtime', `key.${it}`] }),
  'another header': (it) => ({ headers: { 'x-copy': it } }),
  'a foreign address, in the query': (it) => ({ url: `${URL_OF(FOREIGN)}&api-key=${it}` }),
  'a foreign address, as the subprotocol': (it) => ({
    url: URL_OF(FOREIGN),
    protocols: ['realtime', `openai-insecure-api-key.${it}`],
  }),
}

/** What came of a WebSocket: its first message, or the error. @param {WebSocket} socket @returns {Promise<any>} any, because it is either */
const outcomeOf = (socket) =>
  new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data)).type))
    socket.addEventListener('error', (/** @type {any} an ErrorEvent */ { error, message }) =>
      resolve(error ?? new Error(message)),
    )
  })

/** @param {(fixture: Hooked) => unknown} act */
const onRealtime = (act) =>
  onHookedInternet({ start: startIdentity, names: [FOREIGN], isRealtime: true }, act)

/** @param {WebSocket} socket */
const ended = async (socket) => {
  if (socket.readyState === 3) return
  const closed = once(/** @type {any} an EventTarget */ (socket), 'close')
  socket.close()
  await closed
}

for (const [sender, { open, isPatient = false }] of Object.entries(SENDERS)) {
  describe(sender, () => {
    for (const [form, of] of Object.entries(FORMS)) {
      // These take no answer that picks one of several subprotocols.
      if (/undici (5|6\.6)/.test(sender) && of('').protocols) continue
      test(`the placeholder as ${form}: exactly the token, and the rest as it was`, () =>
        onRealtime(async (fixture) => {
          if (!isPatient) await getAzureOpenAIToken()
          const { query, protocols = ['realtime'], headers = {} } = of(fixture.placeholder)
          const socket = open(fixture, { url: URL_OF(HOST, query), protocols, headers })
          assert.equal(await outcomeOf(socket), 'session.created')
          assert.equal(socket.protocol, 'realtime')
          await ended(socket)
          const [seen] = fixture.azure.handshakes
          assert.equal(
            seen.url,
            `/openai/v1/realtime?model=a%2Fb&x=1${query?.includes('&y=2') ? '&y=2' : ''}`,
          )
          assert.deepEqual(valuesOf(seen, 'authorization'), [`Bearer ${fixture.source.tokens.issued[0]}`])
          assert.deepEqual(valuesOf(seen, 'api-key'), [])
          const offered = protocols.filter((it) => !/^openai-insecure-api-key/i.test(it))
          assert.deepEqual(valuesOf(seen, 'sec-websocket-protocol').join().split(/, ?/), offered)
          assert.ok(!JSON.stringify([seen.url, seen.rawHeaders]).includes(fixture.placeholder))
        }))
    }

    for (const [place, of] of Object.entries(MISUSES)) {
      test(`the placeholder in ${place}: neither it nor a token leaves, and the log says why`, () =>
        onRealtime(async (fixture) => {
          /** @type {unknown[]} */
          const warnings = []
          setLogger(tee({ debug() {}, info() {}, warn: (it) => warnings.push(it), error() {} }))
          try {
            const token = await getAzureOpenAIToken()
            const { query, ...given } = of(fixture.placeholder)
            const request = { url: URL_OF(HOST, query), protocols: ['realtime'], headers: {}, ...given }
            const error = await outcomeOf(open(fixture, request))
            assert.ok(error instanceof Error, error)
            const seen = JSON.stringify(
              fixture.azure.handshakes.map(({ url, rawHeaders }) => [url, rawHeaders]),
            )
            assert.ok(!seen.includes(token) && !seen.includes(fixture.placeholder), seen)
            if (isPatient) assert.equal(fixture.azure.handshakes.length, 0)
            // Undici's say it once a minute.
            const said = [error.message, ...warnings].join('\n')
            if (isPatient) assert.match(said, /No token is sent to https:\/\//)
            assert.ok(!said.includes(fixture.placeholder))
          } finally {
            setLogger(collectingLogger)
          }
        }))
    }
  })
}
