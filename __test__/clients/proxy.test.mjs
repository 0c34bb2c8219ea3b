import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as nodeTls from 'node:tls'

import { ANSWER, ANSWER_PIECES, EMBEDDING, startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { skipProxy, startProxyProgram } from '../../testkit/proxy-program.mjs'
import { tls } from '../../testkit/tls.mjs'
import { client, urlOf, versionOf } from '../support/clients.mjs'
import { assertKeyless } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */

/** Of newer Nodes than the types are of. */
const { setDefaultCACertificates, getCACertificates } = /** @type {any} see above */ (nodeTls)

const model = 'chat'
const messages = [{ role: 'user', content: 'Is the token good?' }]

/** @param {AsyncIterable<Driven>} chunks @param {(chunk: Driven) => string | undefined} textOf */
const collected = async (chunks, textOf) => {
  const pieces = []
  for await (const chunk of chunks) if (textOf(chunk)) pieces.push(textOf(chunk))
  return pieces
}

/**
 * Each way to ask, and what must come back.
 *
 * @type {{ call: string, ask: (openai: Driven) => Promise<unknown>, expected: unknown }[]}
 */
const CALLS = [
  {
    call: 'chat',
    ask: async (openai) =>
      (await openai.chat.completions.create({ model, messages })).choices[0].message.content,
    expected: ANSWER,
  },
  {
    call: 'streamed chat',
    ask: async (openai) =>
      collected(
        await openai.chat.completions.create({ model, messages, stream: true }),
        (chunk) => chunk.choices[0]?.delta.content,
      ),
    expected: ANSWER_PIECES,
  },
  {
    call: 'response',
    ask: async (openai) => (await openai.responses.create({ model, input: 'Is it?' })).output_text,
    expected: ANSWER,
  },
  {
    call: 'streamed response',
    ask: async (openai) =>
      collected(await openai.responses.create({ model, input: 'Is it?', stream: true }), (event) =>
        event.type === 'response.output_text.delta' ? event.delta : undefined,
      ),
    expected: ANSWER_PIECES,
  },
  {
    call: 'embedding',
    ask: async (openai) => (await openai.embeddings.create({ model, input: 'token' })).data[0].embedding,
    expected: EMBEDDING,
  },
  {
    call: 'audio upload',
    ask: async (openai) => {
      const file = new File([new Uint8Array(300_000)], 'speech.wav', { type: 'audio/wav' })
      return (await openai.audio.transcriptions.create({ model, file })).text
    },
    expected: ANSWER,
  },
]

describe('clients through the proxy program', { skip: skipProxy }, () => {
  /** @type {import('../support/fixture.mjs').Identity} */
  let source
  /** @type {import('../support/fixture.mjs').Azure} */
  let azure
  /** @type {import('../../testkit/proxy-program.mjs').ProxyProgram} */
  let proxy
  /** @type {Parameters<typeof startProxyProgram>[0]} */
  let options

  before(async () => {
    const { caFile, ...certificate } = await tls()
    source = await startIdentity()
    azure = await startAzureOpenAI({ knows: source.knows, tls: certificate, isRealtime: true })
    const variables = { ...source.environment, SSL_CERT_FILE: caFile }
    options = { upstream: azure.origin, variables }
    proxy = await startProxyProgram(options)
  })

  after(async () => {
    const code = await proxy.stop()
    await azure.close()
    await source.close()
    assert.equal(code, 0)
  })

  for (const name of ['openai', 'openai-5', 'openai-4']) {
    const { AzureOpenAI, OpenAI } = client(name)
    const clients = {
      OpenAI: (/** @type {string} */ apiKey) =>
        new OpenAI({ baseURL: `${proxy.origin}/openai/v1`, apiKey, maxRetries: 0 }),
      AzureOpenAI: (/** @type {string} */ apiKey) =>
        new AzureOpenAI({ endpoint: proxy.origin, apiVersion: '2024-10-21', apiKey, maxRetries: 0 }),
    }
    for (const [kind, connect] of Object.entries(clients)) {
      for (const { call, ask, expected } of CALLS) {
        test(`openai ${versionOf(name)}, ${kind}, ${call}: the answer comes, and one token goes`, async () => {
          const asked = azure.requests.length
          assert.deepEqual(await ask(connect(proxy.key)), expected)
          assertKeyless({ source, azure }, asked + 1)
        })
      }

      test(`openai ${versionOf(name)}, ${kind}: a wrong key is told as such and goes nowhere`, async () => {
        const asked = azure.requests.length
        await assert.rejects(
          CALLS[0].ask(connect('0'.repeat(64))),
          (/** @type {any} the client's own class */ error) => {
            assert.equal(error.status, 401)
            assert.match(error.message, /no local key of this proxy/)
            assert.equal(error.code, 'PROXY_KEY')
            return true
          },
        )
        assert.equal(azure.requests.length, asked)
      })
    }
  }

  test('LangChain: ChatOpenAI and OpenAIEmbeddings by base URL', async () => {
    const { ChatOpenAI, OpenAIEmbeddings } = await import(urlOf('@langchain/openai'))
    const settings = {
      apiKey: proxy.key,
      configuration: { baseURL: `${proxy.origin}/openai/v1` },
      maxRetries: 0,
    }
    const asked = azure.requests.length
    assert.equal((await new ChatOpenAI({ model, ...settings }).invoke('Is it?')).content, ANSWER)
    assert.deepEqual(await new OpenAIEmbeddings({ model, ...settings }).embedQuery('token'), EMBEDDING)
    assertKeyless({ source, azure }, asked + 2)
  })

  // The client wants wss://, which is the proxy's own TLS: another proxy, so another token.
  const skipTls = !setDefaultCACertificates && 'This Node cannot trust a further CA.'
  test('openai, Realtime: events pass both ways, key in the subprotocol', { skip: skipTls }, async () => {
    const { ca, key, cert } = await tls()
    setDefaultCACertificates([...getCACertificates(), ca])
    const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
    const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    const own = await startProxyProgram({ ...options, flags: ['--tls-cert', certFile, '--tls-key', keyFile] })
    try {
      const { OpenAI } = client('openai')
      const { OpenAIRealtimeWebSocket } = await import(urlOf('openai/realtime/websocket'))
      const openai = new OpenAI({
        baseURL: `${own.origin.replace('127.0.0.1', 'localhost')}/openai/v1`,
        apiKey: own.key,
      })
      const socket = new OpenAIRealtimeWebSocket({ model: 'realtime' }, openai)
      const failed = new Promise((_, reject) => socket.on('error', reject))
      const event = (/** @type {string} */ type) =>
        Promise.race([failed, new Promise((resolve) => socket.on(type, resolve))])
      await event('session.created')
      socket.send({ type: 'response.create' })
      const { response } = await event('response.done')
      assert.deepEqual(response, { asked: 'response.create' })
      socket.close()
    } finally {
      assert.equal(await own.stop(), 0)
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
