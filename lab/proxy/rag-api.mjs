/**
 * LibreChat's RAG API through the proxy, unchanged: a document is uploaded, embedded and found again, while Azure OpenAI
 * takes only Bearer tokens.
 */

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { StepFailed } from '../../scripts/support/run.mjs'
import { environmentWith } from '../../testkit/environment.mjs'
import { freePort } from '../../testkit/listen.mjs'
import { stop, until } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { startTestbed } from './testbed.mjs'

/** Nothing listens there: a call that goes to this HTTP proxy fails. */
const DEAD_PROXY = 'http://127.0.0.1:9'
const START_MS = 180_000
/** Those of text-embedding-3-small, which rag_api asks unless told otherwise. */
const DIMENSIONS = 1536

/** rag_api's own defaults, set so that neither the environment nor another version of rag_api makes its requests smaller. */
const BATCHES = {
  CHUNK_SIZE: '1500',
  CHUNK_OVERLAP: '100',
  EMBEDDINGS_CHUNK_SIZE: '200',
  EMBEDDING_BATCH_SIZE: '500',
}

/** rag_api has been seen to send bodies of up to 321 KB. */
const LARGEST_BODY = 321 * 1024

/** Enough for two batches of chunks, the first with two full requests. UTF-8 and JSON lengthen each line. */
const LINES = Array.from({ length: 16_000 }, (_, n) => `§ ${n} – “Nothing of interest”, says the handbook.`)
const WANTED = 'The spare key of the lighthouse hangs behind the barometer.'
const DOCUMENT = [...LINES.slice(0, 8000), WANTED, ...LINES.slice(8000)].join('\n')
const QUESTION = 'Where does the spare key of the lighthouse hang?'

/** How each provider is told of the proxy. */
const PROVIDERS = {
  azure: (/** @type {string} */ origin, /** @type {string} */ key) => ({
    RAG_AZURE_OPENAI_ENDPOINT: origin,
    RAG_AZURE_OPENAI_API_VERSION: '2024-10-21',
    RAG_AZURE_OPENAI_API_KEY: key,
  }),
  openai: (/** @type {string} */ origin, /** @type {string} */ key) => ({
    RAG_OPENAI_BASEURL: `${origin}/openai/v1`,
    RAG_OPENAI_API_KEY: key,
  }),
}

/**
 * @param {{ program: string, checkout: string, python: string }} setting a checkout of danny-avila/rag_api, and a Python with
 *   its requirements; the environment's `DB_HOST`, `DB_PORT` and `POSTGRES_…` name a PostgreSQL with pgvector
 */
export const ragApi = async ({ program, checkout, python }) => {
  const rows = []
  for (const provider of /** @type {(keyof typeof PROVIDERS)[]} */ (Object.keys(PROVIDERS))) {
    rows.push(await withProvider({ program, checkout, python, provider }))
  }
  console.table(rows)
  return rows.every((row) => row.wrong === '')
}

/** @param {Parameters<typeof ragApi>[0] & { provider: keyof typeof PROVIDERS }} setting */
const withProvider = async ({ program, checkout, python, provider }) => {
  const testbed = await startTestbed(program, { embeddingOf })
  const { azure, identity } = testbed
  /** @type {string[]} */
  const wrong = []
  const expect = (/** @type {boolean} */ holds, /** @type {string} */ what) =>
    void (holds || wrong.push(what))
  let proxy = await testbed.proxy()
  const { origin, key } = proxy
  const start = (/** @type {Record<string, string>} */ variables) =>
    startRagApi({ checkout, python, variables: { EMBEDDINGS_PROVIDER: provider, ...variables } })
  // The database keeps what other runs and the other provider embedded: nothing of it may answer here.
  const handbook = randomUUID()
  const keyless = PROVIDERS[provider](origin, key)
  try {
    const rag = await start({ ...keyless, HTTP_PROXY: DEAD_PROXY, NO_PROXY: '127.0.0.1' })
    try {
      const embedded = await rag.embed(handbook)
      expect(embedded.status === 200 && embedded.body.status === true, `embed: ${JSON.stringify(embedded)}`)
      const found = await rag.query(handbook)
      expect(found.text.includes(WANTED), `query: ${found.text.slice(0, 300)}`)
      expect(
        identity.requests.length === 1,
        `${identity.requests.length} identity requests before the restart`,
      )

      // A request under way ends well while the proxy goes, and the next proxy serves the next one.
      const release = azure.hold()
      const asked = azure.requests.length
      const underWay = rag.query(handbook, 'a question that is not yet cached')
      await azure.arrived(asked + 1)
      const stopped = proxy.stop()
      await setTimeout(500)
      release()
      expect((await underWay).status === 200, 'the request under way was lost')
      expect((await stopped) === 0, 'the proxy did not end well')
      proxy = await testbed.proxy({ listen: new URL(origin).host, key })
      const again = await rag.query(handbook, `${QUESTION} `)
      expect(again.text.includes(WANTED), `query after the restart: ${again.text.slice(0, 300)}`)
      expect(
        identity.requests.length === 2,
        `${identity.requests.length} identity requests after the restart`,
      )
    } finally {
      await rag.stop()
    }

    const stranger = await start({
      ...PROVIDERS[provider](origin, secret('wrong-key')),
      NO_PROXY: '127.0.0.1',
    })
    const asked = azure.requests.length
    const refused = await stranger.query(handbook, 'with a wrong key')
    await stranger.stop()
    expect(refused.status >= 500 && azure.requests.length === asked, 'a wrong key went upstream')
    expect(stranger.log().includes('no local key of this proxy'), `wrong key: ${stranger.log().slice(-600)}`)

    const caught = await start({ ...keyless, HTTP_PROXY: DEAD_PROXY })
    const lost = await caught.query(handbook, 'without NO_PROXY')
    await caught.stop()
    expect(lost.status >= 500, 'HTTP_PROXY without NO_PROXY no longer catches the call: change docs/proxy.md')
  } finally {
    await proxy.stop()
    await testbed.close()
  }
  for (const request of azure.requests) {
    const keys = [...valuesOf(request, 'api-key'), ...valuesOf(request, 'x-api-key')]
    const bearers = valuesOf(request, 'authorization').map((value) => value.replace(/^Bearer /, ''))
    expect(
      keys.length === 0 && bearers.length === 1 && identity.knows(bearers[0]),
      'a request was not keyless',
    )
    expect(!request.rawHeaders.join().includes(key), 'the local key went upstream')
  }
  const largest = Math.max(...azure.requests.map(({ body }) => Buffer.byteLength(body)))
  expect(largest >= LARGEST_BODY, `no body of ${LARGEST_BODY} bytes: the largest has ${largest}`)
  return {
    provider,
    requests: azure.requests.length,
    'largest body': largest,
    'accept-encoding': [...new Set(azure.requests.map(({ headers }) => headers['accept-encoding']))].join(
      ' | ',
    ),
    'identity requests': identity.requests.length,
    wrong: wrong.join('; '),
  }
}

/** Words by their letters, so that a question is near the line that answers it. @param {unknown} text */
const embeddingOf = (text) => {
  const vector = Array.from({ length: DIMENSIONS }, () => 0.01)
  for (const word of String(text)
    .toLowerCase()
    .match(/[a-z]{4,}/g) ?? []) {
    const at = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7) % DIMENSIONS
    vector[at] += 1
  }
  return vector
}

/** @param {{ checkout: string, python: string, variables: Record<string, string> }} setting */
const startRagApi = async ({ checkout, python, variables }) => {
  const uploads = mkdtempSync(join(tmpdir(), 'entra-rag-'))
  const port = await freePort()
  const env = environmentWith({
    ...BATCHES,
    // tiktoken would download its tables.
    RAG_CHECK_EMBEDDING_CTX_LENGTH: 'False',
    RAG_HOST: '127.0.0.1',
    RAG_PORT: String(port),
    RAG_UPLOAD_DIR: uploads,
    ...variables,
  })
  const child = spawn(python, ['main.py'], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (log += text))
  const base = `http://127.0.0.1:${port}`
  const isHealthy = () =>
    fetch(`${base}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  const end = async () => {
    await stop(child)
    rmSync(uploads, { recursive: true, force: true })
  }
  if (!(await until(child, isHealthy, START_MS))) {
    await end()
    throw new StepFailed(`rag_api did not start:\n${log}`)
  }
  /** @param {Response} response */
  const read = async (response) => {
    const text = await response.text()
    return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
  }
  return {
    log: () => log,
    /** @param {string} id */
    embed: async (id) => {
      const form = new FormData()
      form.set('file_id', id)
      form.set('file', new Blob([DOCUMENT], { type: 'text/plain' }), 'handbook.txt')
      return read(await fetch(`${base}/embed`, { method: 'POST', body: form }))
    },
    /** @param {string} id @param {string} [query] */
    query: async (id, query = QUESTION) => {
      const body = JSON.stringify({ query, file_id: id, k: 3 })
      const headers = { 'content-type': 'application/json' }
      return read(await fetch(`${base}/query`, { method: 'POST', headers, body }))
    },
    stop: end,
  }
}
