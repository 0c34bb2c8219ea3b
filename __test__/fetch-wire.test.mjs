import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'

import { ENTRA_ID_PLACEHOLDER, entraIdFetch, getAzureOpenAIAuthHeaders } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { ANSWER_PIECES } from '../testkit/azure-openai.mjs'
import { looksAtEnvironment } from '../testkit/environment.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, HOST, ORIGIN, onInternet } from './support/internet.mjs'
import { secret } from '../testkit/secrets.mjs'
import { valuesOf } from '../testkit/stand-in.mjs'

const POST = { method: 'POST', body: BODY }
const FOREIGN = 'foreign.example'
const LOOK_ALIKE = `${HOST}.evil.example`
const key = secret('api-key')

/** @typedef {import('../testkit/stand-in.mjs').Request} Received */
/** @typedef {typeof globalThis.fetch} Fetch */

describe('hosts that get no token', () => {
  const operators = secret('placeholder')
  for (const { to, url } of [
    { to: 'a foreign host', url: `https://${FOREIGN}/` },
    { to: 'a look-alike', url: `https://${LOOK_ALIKE}/` },
    { to: 'a host in the user name of another', url: `https://${FOREIGN}/@${HOST}/` },
    { to: 'Azure OpenAI over http', url: `http://${HOST}/` },
    { to: 'a foreign host over http', url: `http://${FOREIGN}/` },
    { to: 'an address', url: 'https://127.0.0.1/' },
    { to: 'a host with a dot behind it', url: `https://${HOST}./` },
  ]) {
    /** @param {(foreign: { send: typeof fetch, received: () => Received[] }) => unknown} act */
    const onForeign = (act) =>
      onInternet(
        {
          start: startIdentity,
          names: [FOREIGN, LOOK_ALIKE],
          variables: { AZURE_OPENAI_ENTRA_PLACEHOLDER: operators },
        },
        async (fixture) => {
          fixture.azure.always({ body: 'untouched' })
          await act({
            ...fixture,
            send: entraIdFetch(fixture.fetch),
            received: () => [...fixture.azure.requests, ...fixture.plain.requests],
          })
          assert.equal(fixture.source.requests.length, 0)
        },
      )

    test(`${to}: a request with a key of its own passes as it is`, () =>
      onForeign(async ({ send, received }) => {
        const headers = { 'API-Key': key, Authorization: `Bearer ${key}`, 'x-other': '1' }
        assert.equal((await send(url, { ...POST, headers })).status, 200)
        const [request] = received()
        assert.deepEqual(valuesOf(request, 'api-key'), [key])
        assert.deepEqual(valuesOf(request, 'authorization'), [`Bearer ${key}`])
        assert.equal(request.headers['x-other'], '1')
        assert.equal(request.body, BODY)
      }))

    for (const { placed, request } of /** @type {{ placed: string, request: Parameters<Fetch> }[]} */ ([
      { placed: 'as api-key', request: [url, { ...POST, headers: { 'api-key': ENTRA_ID_PLACEHOLDER } }] },
      {
        placed: 'as Api-Key in Headers',
        request: [url, { ...POST, headers: new Headers({ 'Api-Key': ENTRA_ID_PLACEHOLDER }) }],
      },
      {
        placed: 'as bearer',
        request: [url, { ...POST, headers: [['Authorization', `Bearer ${ENTRA_ID_PLACEHOLDER}`]] }],
      },
      {
        placed: 'in another header',
        request: [url, { ...POST, headers: { 'x-api-key': ENTRA_ID_PLACEHOLDER } }],
      },
      {
        placed: 'in a Request',
        request: [new Request(url, { ...POST, headers: { 'api-key': ENTRA_ID_PLACEHOLDER } })],
      },
      { placed: 'in the query', request: [`${url}?api-key=${ENTRA_ID_PLACEHOLDER}`, POST] },
      {
        placed: "as api-key, the operator's own",
        request: [url, { ...POST, headers: { 'api-key': operators } }],
      },
    ])) {
      test(`${to}: a placeholder ${placed} is refused`, () =>
        onForeign(async ({ send, received }) => {
          const response = await send(...request)
          assert.equal(response.status, 401)
          assert.equal(response.headers.get('x-entra-id-error'), 'ENTRA_ID_CONFIGURATION')
          const { error } = /** @type {{ error: { message: string } }} */ (await response.json())
          // Of a password with an @ and a sign of addresses, the parser would take a part for the host.
          const told = url.includes('@') ? 'an address with an @ behind its host' : new URL(url).host
          assert.ok(error.message.includes(told), error.message)
          assert.match(error.message, /AZURE_OPENAI_ENTRA_ALLOWED_HOSTS/)
          assert.ok(!error.message.includes(operators))
          assert.equal(received().length, 0)
        }))
    }
  }

  test('of a Base64 key in place of a host or of its first label, hardly ever a part is told', async () => {
    // By chance, letters and digits change seldom in some.
    const [KEYS, MOST_TOLD, SHORTEST] = [300, 10, 8]
    const fetch = entraIdFetch(async () => new Response(''))
    for (const behind of ['', '.openai.azure.com/openai/v1/models']) {
      let told = 0
      for (let i = 0; i < KEYS; i++) {
        const base64 = randomBytes(32).toString('base64')
        const response = await fetch(`https://${base64}${behind}`, {
          headers: { 'api-key': ENTRA_ID_PLACEHOLDER },
        })
        const text = (await response.text()).toLowerCase()
        if (text.includes(base64.slice(0, SHORTEST).toLowerCase())) told++
      }
      assert.ok(told <= MOST_TOLD, `${told} of ${KEYS}`)
    }
  })

  class OtherUrl extends URL {
    url = CHAT
  }
  class OtherRequest extends Request {
    // @ts-expect-error: a property in the types, as a subclass may replace it all the same.
    get url() {
      return CHAT
    }
  }
  for (const [what, make] of [
    ['a URL with a url of its own', (/** @type {string} */ url) => new OtherUrl(url)],
    [
      'an object with a url that reads otherwise',
      (/** @type {string} */ url) => ({ url: CHAT, toString: () => url }),
    ],
    [
      'a Request of a class with a url of its own',
      (/** @type {string} */ url) => new OtherRequest(url, POST),
    ],
    [
      'a Request whose url was written over',
      (/** @type {string} */ url) => Object.defineProperty(new Request(url, POST), 'url', { value: CHAT }),
    ],
  ]) {
    test(`${what} goes by what fetch reads in it`, () =>
      onInternet({ start: startIdentity, names: ['foreign.example'] }, async ({ source, azure, fetch }) => {
        assert.equal(
          (await entraIdFetch(fetch)(/** @type {any} one of four */ (make)('https://foreign.example/'), POST))
            .status,
          401,
        )
        assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [])
        assert.equal(source.requests.length, 0)
      }))
  }

  test('a host that the operator allows gets one, and its subscription key', () =>
    onInternet(
      {
        start: startIdentity,
        names: ['gateway.example'],
        variables: { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'gateway.example' },
      },
      async ({ source, azure, fetch }) => {
        const headers = { 'api-key': ENTRA_ID_PLACEHOLDER, 'Ocp-Apim-Subscription-Key': key }
        const url = CHAT.replace(HOST, 'gateway.example')
        assert.equal((await entraIdFetch(fetch)(url, { ...POST, headers })).status, 200)
        assert.deepEqual(valuesOf(azure.requests[0], 'authorization'), [`Bearer ${source.tokens.issued[0]}`])
        assert.deepEqual(valuesOf(azure.requests[0], 'ocp-apim-subscription-key'), [key])
      },
    ))
})

describe('whose token goes', () => {
  /** @param {import('./support/fixture.mjs').Source} source */
  const scopesAsked = (source) => source.tokenRequests().map(({ form }) => form.scope)

  test("that of the host's cloud, each fetched once", () => {
    const hosts = {
      'r.openai.azure.com': 'com',
      'r.openai.azure.us': 'us',
      'r.cognitiveservices.azure.cn': 'cn',
    }
    return onInternet(
      { start: startAuthority, names: Object.keys(hosts) },
      async ({ source, azure, fetch }) => {
        for (const host of [...Object.keys(hosts), ...Object.keys(hosts)]) {
          assert.equal((await entraIdFetch(fetch)(CHAT.replace(HOST, host), POST)).status, 200)
        }
        assert.deepEqual(
          scopesAsked(source),
          Object.values(hosts).map((zone) => `https://cognitiveservices.azure.${zone}/.default`),
        )
        const sent = azure.requests.map((it) => valuesOf(it, 'authorization')[0])
        assert.deepEqual(
          sent,
          [...source.tokens.issued, ...source.tokens.issued].map((it) => `Bearer ${it}`),
        )
      },
    )
  })

  test('that of a Foundry project, by the path', () => {
    const host = 'r.services.ai.azure.com'
    return onInternet({ start: startAuthority, names: [host] }, async ({ source, azure, fetch }) => {
      azure.always({ body: {} })
      const send = entraIdFetch(fetch)
      const project = `https://${host}/api/projects/p/openai/v1/responses`
      const model = `https://${host}/openai/v1/responses`
      for (const url of [project, model, new URL(project), new Request(project), `https://${host}/models`]) {
        assert.equal((await send(url)).status, 200)
      }
      const sent = azure.requests.map((it) => valuesOf(it, 'authorization')[0])
      const [ofProjects, ofModels] = source.tokens.issued.map((it) => `Bearer ${it}`)
      assert.deepEqual(sent, [ofProjects, ofModels, ofProjects, ofProjects, ofModels])
      assert.deepEqual(scopesAsked(source), [
        'https://ai.azure.com/.default',
        'https://cognitiveservices.azure.com/.default',
      ])
      const headersFor = async (/** @type {string} */ url) =>
        (await getAzureOpenAIAuthHeaders({ url })).Authorization
      assert.deepEqual([await headersFor(project), await headersFor(model)], [ofProjects, ofModels])
    })
  })

  test('that of the scope given', () =>
    onInternet({ start: startAuthority }, async ({ source, fetch }) => {
      const scope = 'https://ai.azure.com/.default'
      assert.equal((await entraIdFetch(fetch, { scope })(CHAT, POST)).status, 200)
      assert.equal((await entraIdFetch(fetch, { scope: [scope] })(CHAT, POST)).status, 200)
      assert.deepEqual(scopesAsked(source), [scope])
    }))

  test("that of the credential given, also of the app's own", () =>
    onInternet({ start: startIdentity }, async ({ source, azure, fetch }) => {
      const { token } = source.tokens.issue()
      /** @type {(string | string[])[]} */
      const asked = []
      const credential = {
        getToken: async (/** @type {string | string[]} */ scopes) => {
          asked.push(scopes)
          return { token, expiresOnTimestamp: Date.now() + 3_600_000 }
        },
      }
      const send = entraIdFetch(fetch, { credential })
      for (let i = 0; i < 3; i++) assert.equal((await send(CHAT, POST)).status, 200)
      assert.deepEqual(asked, [['https://cognitiveservices.azure.com/.default']])
      assert.equal(source.requests.length, 0)
      assert.deepEqual(valuesOf(azure.requests[2], 'authorization'), [`Bearer ${token}`])
    }))
})

describe('what a request and its answer have stays', () => {
  test('an answer is streamed as it comes', () =>
    onInternet({ start: startIdentity }, async ({ fetch }) => {
      const body = JSON.stringify({ ...JSON.parse(BODY), stream: true })
      const response = await entraIdFetch(fetch)(CHAT, { method: 'POST', body })
      let text = ''
      for await (const chunk of /** @type {ReadableStream} */ (response.body).pipeThrough(
        new TextDecoderStream(),
      ))
        text += chunk
      const deltas = [...text.matchAll(/^data: (\{.*)$/gm)].map(
        ([, data]) => JSON.parse(data).choices[0]?.delta.content,
      )
      assert.deepEqual(deltas.filter(Boolean), ANSWER_PIECES)
    }))

  for (const {
    as,
    call,
  } of /** @type {{ as: string, call: (send: typeof fetch) => Promise<Response> }[]} */ ([
    {
      as: 'a stream',
      call: (send) => send(CHAT, { method: 'POST', body: new Blob([BODY]).stream(), duplex: 'half' }),
    },
    { as: 'a Request', call: (send) => send(new Request(CHAT, POST)) },
    { as: 'a Request with another init', call: (send) => send(new Request(CHAT), POST) },
    { as: 'a URL', call: (send) => send(new URL(CHAT), POST) },
  ])) {
    test(`a body from ${as} is sent`, () =>
      onInternet({ start: startIdentity }, async ({ azure, fetch }) => {
        assert.equal((await call(entraIdFetch(fetch))).status, 200)
        assert.equal(azure.requests[0].body, BODY)
      }))
  }

  test('an abort ends a streamed answer', () =>
    onInternet({ start: startIdentity }, async ({ azure, fetch }) => {
      const reason = new Error('the user went away')
      const controller = new AbortController()
      azure.next({ silent: true })
      const call = entraIdFetch(fetch)(CHAT, { ...POST, signal: controller.signal })
      await azure.arrived(1)
      controller.abort(reason)
      await assert.rejects(call, (thrown) => thrown === reason)
    }))

  test("the caller's dispatcher carries the request, through the global fetch", () =>
    onInternet({ start: startIdentity }, async ({ azure, dispatcher }) => {
      assert.equal(
        (
          await entraIdFetch()(CHAT, {
            ...POST,
            dispatcher: /** @type {any} of the undici package */ (dispatcher),
          })
        ).status,
        200,
      )
      assert.equal(
        (
          await entraIdFetch(null)(`${ORIGIN}/nowhere`, {
            dispatcher: /** @type {any} of the undici package */ (dispatcher),
          })
        ).status,
        404,
      )
      assert.equal(azure.requests.length, 2)
    }))

  test('the global fetch is that of the moment', () =>
    onInternet({ start: startIdentity }, async ({ source }) => {
      const send = entraIdFetch()
      const { fetch } = globalThis
      /** @type {(string | null)[]} */
      const seen = []
      globalThis.fetch = async (_url, { headers } = {}) => {
        seen.push(new Headers(headers).get('authorization'))
        return new Response('{}')
      }
      try {
        await send(CHAT)
      } finally {
        globalThis.fetch = fetch
      }
      assert.deepEqual(seen, [`Bearer ${source.tokens.issued[0]}`])
    }))

  test('while the token is fresh neither the core nor the environment’s snapshot is asked', () =>
    onInternet({ start: startIdentity }, async ({ source }) => {
      const send = entraIdFetch(async () => new Response('{}'))
      await send(CHAT, POST)
      const looks = await looksAtEnvironment(async () => {
        for (let i = 0; i < 100; i++) await send(CHAT, POST)
      })
      assert.equal(looks, 0)
      assert.equal(source.requests.length, 1)
    }))
})
