import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { getAzureOpenAIToken, setLogger } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { tls } from '../../testkit/tls.mjs'
import { until } from '../../testkit/until.mjs'
import { UNDICI_NAMES, client, versionOf } from '../support/clients.mjs'
import { HOST } from '../support/internet.mjs'
import { onHookedInternet } from '../support/senders.mjs'
import { collectingLogger, tee } from '../support/tee.mjs'

const FOREIGN = 'foreign.example'

/**
 * @typedef {{
 *   source: import('../support/senders.mjs').Hooked['source'], placeholder: string,
 *   seen: http2.IncomingHttpHeaders[], revoked: Set<string>, connect: (host: string) => http2.ClientHttp2Session,
 *   port: number, ca: string,
 * }} Fixture
 * @typedef {(placeholder: string) => Record<string, string>} HeadersOf
 */

/** Runs `act` with a server of HTTP/2 for both hosts, which knows the token and keeps what it saw. @param {(fixture: Fixture) => unknown} act */
const onHttp2 = (act) =>
  onHookedInternet({ start: startIdentity }, async ({ source, placeholder }) => {
    const { key, cert, ca } = await tls([HOST, FOREIGN])
    const server = http2.createSecureServer({ key, cert })
    /** @type {Fixture['seen']} */
    const seen = []
    const revoked = new Set()
    server.on('stream', (stream, headers) => {
      seen.push(headers)
      const token = String(headers.authorization).replace(/^Bearer /, '')
      const isGood = source.knows(token) && !revoked.has(token) && !headers['api-key']
      stream.respond({ ':status': isGood ? 200 : 401 })
      stream.end('{}')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    /** @type {http2.ClientHttp2Session[]} */
    const sessions = []
    /** @type {Fixture['connect']} */
    const connect = (host) => {
      const createConnection = () =>
        connectTls({ ca, host: '127.0.0.1', port, servername: host, ALPNProtocols: ['h2'] })
      const session = http2.connect(`https://${host}`, { createConnection })
      sessions.push(session)
      return session
    }
    try {
      await act({ source, placeholder, seen, revoked, connect, port, ca })
    } finally {
      for (const session of sessions) session.destroy()
      server.close()
    }
  })

/** The status of a stream. It is rejected if the stream fails. @param {http2.ClientHttp2Stream} stream */
const outcomeOf = async (stream) => {
  const answered = once(stream, 'response')
  stream.end()
  const [headers] = await answered
  await text(stream)
  return headers[':status']
}

/** @type {Record<string, HeadersOf>} */
const FORMS = {
  'an api-key header': (it) => ({ 'api-key': it }),
  'an API-Key header and a Bearer token': (it) => ({ 'API-Key': it, Authorization: `Bearer ${it}` }),
}

for (const [form, keyed] of Object.entries(FORMS)) {
  for (const state of ['connecting', 'connected']) {
    test(`a session that is ${state}, the placeholder as ${form}: exactly the token`, () =>
      onHttp2(async ({ source, placeholder, seen, connect }) => {
        const token = await getAzureOpenAIToken()
        const session = connect(HOST)
        if (state === 'connected') await once(session, 'connect')
        /** @type {Record<string, string>} */
        const headers = {
          ':method': 'POST',
          ':path': '/openai/v1/responses?api-key=another-key&x=1&authorization=another-key',
          ...keyed(placeholder),
          'x-own': 'kept',
        }
        assert.equal(await outcomeOf(session.request(headers)), 200)
        assert.equal(seen[0][':path'], '/openai/v1/responses?x=1')
        assert.equal(seen[0].authorization, `Bearer ${token}`)
        assert.equal(seen[0]['x-own'], 'kept')
        assert.equal(seen[0]['api-key'], undefined)
        assert.equal(source.requests.length, 1)
        assert.ok(
          headers[Object.keys(keyed(''))[0]].includes(placeholder),
          'the caller’s own object is as it was',
        )
      }))
  }
}

test('headers as a list: exactly the token', { skip: Number(process.versions.node.split('.')[0]) < 24 }, () =>
  onHttp2(async ({ placeholder, seen, connect }) => {
    const token = await getAzureOpenAIToken()
    const list = [
      ':method',
      'POST',
      ':path',
      '/',
      ':authority',
      HOST,
      ':scheme',
      'https',
      'api-key',
      placeholder,
    ]
    assert.equal(
      await outcomeOf(connect(HOST).request(/** @type {any} Node 24's types have it */ (list))),
      200,
    )
    assert.equal(seen[0].authorization, `Bearer ${token}`)
  }),
)

test(`axios ${versionOf('axios')} over HTTP/2: exactly the token`, () =>
  onHttp2(async ({ placeholder, seen, port, ca }) => {
    const token = await getAzureOpenAIToken()
    process.env.AZURE_OPENAI_ENTRA_ALLOWED_HOSTS = HOST
    const answer = await client('axios').post(`https://127.0.0.1:${port}/openai/v1/responses`, '{}', {
      httpVersion: 2,
      http2Options: { ca, servername: HOST, sessionTimeout: 100 },
      headers: { 'api-key': placeholder, host: HOST },
    })
    assert.equal(answer.status, 200)
    assert.equal(seen[0].authorization, `Bearer ${token}`)
  }))

for (const name of UNDICI_NAMES) {
  for (const host of [HOST, FOREIGN]) {
    test(`undici ${versionOf(name)} over HTTP/2 to ${host}: the placeholder never leaves`, () =>
      onHttp2(async ({ placeholder, seen, port, ca }) => {
        const token = await getAzureOpenAIToken()
        const undici = client(name)
        /** @type {(host: string, options: unknown, done: Function) => void} */
        const lookup = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
        const connect = { ca, lookup, autoSelectFamily: true }
        const dispatcher = new undici.Agent({ allowH2: true, connect })
        const headers = { 'api-key': placeholder, 'x-own': 'kept' }
        // The first one is made before the version of HTTP is known, the second one after.
        for (const path of ['/first', '/second']) {
          // Old ones wait for ever for a stream that is aborted.
          const signal = AbortSignal.timeout(host === HOST ? 10_000 : 500)
          const sent = undici.request(`https://${host}:${port}${path}`, { dispatcher, headers, signal })
          await sent.then((/** @type {any} undici's */ { body }) => body.text()).catch(() => {})
        }
        await dispatcher.destroy()
        assert.ok(!JSON.stringify(seen).includes(placeholder))
        const tokens = seen.map(({ authorization }) => authorization)
        if (host === HOST) assert.deepEqual(tokens, Array(2).fill(`Bearer ${token}`))
        else assert.deepEqual(tokens.filter(Boolean), [])
      }))
  }
}

test('a refused stream that is listened to late or never ends nothing, and a late listener hears why', () =>
  onHttp2(async ({ placeholder, seen, connect }) => {
    const session = connect(FOREIGN)
    await once(session, 'connect')
    const [never, heeded, late] = [0, 1, 2].map(() =>
      session.request({ ':path': '/', 'api-key': placeholder }),
    )
    const told = once(heeded, 'error')
    await new Promise((resolve) => never.on('close', () => resolve(undefined)))
    assert.match((await told)[0].cause.message, /No token is sent to/)
    /** @type {string[]} */
    const heard = []
    late.on('error', ({ cause }) => heard.push(cause.message))
    await until(() => heard.length > 0)
    assert.match(heard[0], /No token is sent to/)
    assert.deepEqual([heard.length, seen], [1, []])
  }))

test('a refused token is replaced for the next request', () =>
  onHttp2(async ({ source, placeholder, connect, revoked }) => {
    const old = await getAzureOpenAIToken()
    revoked.add(old)
    const session = connect(HOST)
    const request = () => outcomeOf(session.request({ ':path': '/', 'api-key': placeholder }))
    assert.equal(await request(), 401)
    await source.arrived(2)
    await until(async () => (await getAzureOpenAIToken()) !== old)
    assert.equal(await request(), 200)
  }))

test('a session that has ended: the error is Node’s own, and nothing is warned of', () =>
  onHttp2(async ({ placeholder, connect }) => {
    await getAzureOpenAIToken()
    /** @type {unknown[]} */
    const warnings = []
    setLogger(tee({ debug() {}, info() {}, warn: (it) => warnings.push(it), error() {} }))
    try {
      const session = connect(HOST)
      session.destroy()
      // Node 20 throws it; Node 24 gives it to the stream.
      const request = async () => outcomeOf(session.request({ ':path': '/', 'api-key': placeholder }))
      await assert.rejects(request, { code: 'ERR_HTTP2_INVALID_SESSION' })
      assert.deepEqual(warnings, [])
    } finally {
      setLogger(collectingLogger)
    }
  }))

/** @type {Record<string, { host?: string, headers: HeadersOf, why: RegExp }>} */
const REFUSED = {
  'a foreign host': {
    host: FOREIGN,
    headers: (it) => ({ 'api-key': it }),
    why: /No token is sent to https:\/\/foreign/,
  },
  'a foreign host that names an allowed one': {
    host: FOREIGN,
    headers: (it) => ({ ':authority': HOST, 'api-key': it }),
    why: /No token is sent to https:\/\/foreign/,
  },
  'an allowed host that is asked for a foreign one': {
    headers: (it) => ({ ':authority': FOREIGN, 'api-key': it }),
    why: /No token is sent to https:\/\/foreign/,
  },
  'the placeholder in the path': { headers: (it) => ({ ':path': `/${it}` }), why: /nowhere else/ },
  'the placeholder in another header': {
    headers: (it) => ({ 'x-copy': it, 'api-key': it }),
    why: /nowhere else/,
  },
}

describe('nothing is sent, and the stream and the log say why', () => {
  for (const [what, { host = HOST, headers, why }] of Object.entries(REFUSED)) {
    for (const state of ['connecting', 'connected']) {
      test(`${what}, ${state}`, () =>
        onHttp2(async ({ placeholder, seen, connect }) => {
          /** @type {unknown[]} */
          const warnings = []
          setLogger(tee({ debug() {}, info() {}, warn: (it) => warnings.push(it), error() {} }))
          try {
            const token = await getAzureOpenAIToken()
            const session = connect(host)
            if (state === 'connected') await once(session, 'connect')
            const error = await outcomeOf(session.request(headers(placeholder))).catch((it) => it)
            assert.match(String(error.cause?.message), why)
            // The session goes on.
            await outcomeOf(session.request({ ':path': '/next' }))
            assert.deepEqual(
              seen.map((it) => it[':path']),
              ['/next'],
            )
            const said = JSON.stringify([seen, warnings, error.message, error.cause.message])
            assert.ok(!said.includes(placeholder) && !said.includes(token))
          } finally {
            setLogger(collectingLogger)
          }
        }))
    }
  }

  test('before a token is held; one is fetched meanwhile', () =>
    onHttp2(async ({ source, placeholder, seen, connect }) => {
      const release = source.hold()
      const session = connect(HOST)
      const request = () => outcomeOf(session.request({ ':path': '/', 'api-key': placeholder }))
      const { cause } = await request().catch((it) => it)
      assert.equal(cause.code, 'ENTRA_ID_TIMEOUT')
      assert.match(cause.message, /No token is held yet for https:\/\/my-resource/)
      release()
      await getAzureOpenAIToken({ scope: 'https://cognitiveservices.azure.com/.default' })
      assert.equal(await request(), 200)
      assert.equal(seen.length, 1)
      assert.equal(source.requests.length, 1)
    }))
})

test('a request without the placeholder is as it was', () =>
  onHttp2(async ({ seen, connect }) => {
    assert.equal(await outcomeOf(connect(FOREIGN).request({ ':path': '/', 'api-key': 'real' })), 401)
    assert.equal(seen[0]['api-key'], 'real')
  }))
