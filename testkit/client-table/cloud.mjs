import http2 from 'node:http2'
import { text } from 'node:stream/consumers'

import { ANSWER, EMBEDDING } from '../azure-openai.mjs'
import { chatCompletion, chatCompletionEvents } from '../chat-completions.mjs'
import { startIdentity } from '../identity.mjs'
import { close, listen } from '../listen.mjs'
import { serveRealtime } from '../realtime.mjs'
import { modelResponse, modelResponseEvents } from '../responses-api.mjs'
import { valuesOf } from '../stand-in.mjs'
import { tls } from '../tls.mjs'

/**
 * @typedef {{ url?: string, rawHeaders: string[], headers: NodeJS.Dict<string | string[]> }} Incoming
 * @typedef {{ host: string, path: string, refusal: string | undefined }} Seen
 * @typedef {{ status?: number, headers?: Record<string, string>, body: unknown }} Answer
 */

const HOSTS = [
  'my-resource.openai.azure.com',
  'my-resource.services.ai.azure.com',
  'my-resource.cognitiveservices.azure.com',
  'my-search.search.windows.net',
  'myaccount.blob.core.windows.net',
  'my-vault.vault.azure.net',
  'api.loganalytics.io',
  'my-account.documents.azure.com',
  'my-namespace.servicebus.windows.net',
]
const KEYS = ['api-key', 'x-api-key', 'ocp-apim-subscription-key']

/**
 * Azure's services on loopback, under their own names: each takes exactly one Bearer token of its audience and no key,
 * and answers just enough for its client.
 */
export const startCloud = async () => {
  const certificate = await tls(HOSTS)
  const identity = await startIdentity()
  /** @type {Seen[]} */
  const seen = []
  let audience = ''

  /** @param {Incoming} incoming */
  const judged = (incoming) => {
    const refusal = refusalOf(incoming, identity, audience)
    const host = String(incoming.headers[':authority'] ?? incoming.headers.host)
    seen.push({ host, path: String(incoming.url), refusal })
    if (refusal) return { status: 401, body: { error: { code: '401', message: refusal } } }
  }
  const server = http2.createSecureServer(
    { ...certificate, allowHTTP1: true },
    async (incoming, outgoing) => {
      const body = await text(incoming)
      /** @type {Answer} */
      const answered = anonymous(incoming) ?? judged(incoming) ?? respond(incoming, body)
      const { status = 200, headers, body: answer } = answered
      const isText = typeof answer === 'string'
      outgoing.writeHead(status, {
        'content-type': isText ? 'text/event-stream' : 'application/json',
        ...headers,
      })
      outgoing.end(isText ? answer : JSON.stringify(answer))
    },
  )
  serveRealtime(/** @type {any} it takes HTTP/1 too */ (server), judged)
  const port = await listen(/** @type {any} of net */ (server))
  return {
    seen,
    /** From now on only a token for this is good. @param {string} wanted */
    expect: (wanted) => {
      audience = wanted
      seen.length = 0
    },
    variables: {
      ...identity.environment,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      LOOPBACK_PORT: String(port),
    },
    close: async () => {
      await Promise.all([close(/** @type {any} of net */ (server)), identity.close()])
    },
  }
}

/**
 * @param {{ url?: string, rawHeaders: string[] }} incoming
 * @param {Awaited<ReturnType<typeof startIdentity>>} identity
 * @param {string} audience
 */
const refusalOf = (incoming, identity, audience) => {
  const key = KEYS.find((name) => valuesOf(incoming, name).length > 0)
  if (key) return `There is a key: ${key}.`
  const { searchParams, pathname } = new URL(String(incoming.url), 'https://any')
  if (searchParams.has('api-key')) return 'There is a key in the query.'
  // The Speech SDK has no other way, and on Node 20 both.
  const inQuery = pathname.startsWith('/stt/') ? searchParams.getAll('Authorization') : []
  const given = [...new Set([...valuesOf(incoming, 'authorization'), ...inQuery])]
  if (given.length !== 1) return `There are ${given.length} Authorization headers.`
  // Cosmos DB has a form of its own.
  const token = decodeURIComponent(given[0]).replace(/^(Bearer |type=aad&ver=1\.0&sig=)/, '')
  const at = identity.tokens.issued.indexOf(token)
  if (at < 0) return 'The token is not known.'
  const { resource } = identity.requests[at].query
  if (resource.replace(/\/$/, '') !== audience)
    return `The token is for ${resource}, and not for ${audience}.`
}

/**
 * What is asked without a token: Key Vault says what its tokens must be for, Speech whether it has moved, and a client's
 * maker how it is used.
 *
 * @param {{ url?: string, headers: NodeJS.Dict<string | string[]> }} incoming
 */
const anonymous = ({ url, headers }) => {
  if (headers.authorization !== undefined) return undefined
  if (!HOSTS.includes(String(headers[':authority'] ?? headers.host))) return { status: 404, body: {} }
  if (String(url).includes('GenerateRedirectResponse')) return { status: 404, body: {} }
  if (!String(headers.host).includes('.vault.')) return undefined
  const authority = 'https://login.microsoftonline.com/tenant'
  const challenge = `Bearer authorization="${authority}", resource="https://vault.azure.net"`
  return { status: 401, headers: { 'www-authenticate': challenge }, body: {} }
}

/** @param {{ url?: string }} incoming @param {string} body @returns {Answer} */
const respond = ({ url }, body) => {
  const path = String(url).replace(/\?.*/, '')
  const isStreamed = /"stream": ?true/.test(body)
  const [, answer] = ANSWERS.find(([form]) => form.test(path)) ?? []
  if (answer === undefined) return { body: {} }
  return { body: answer(isStreamed) }
}

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: ANSWER }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
}

/** @type {[RegExp, (isStreamed: boolean) => unknown][]} */
const ANSWERS = [
  [
    /\/chat\/completions$/,
    (streamed) => (streamed ? chatCompletionEvents(ANSWER).join('') : chatCompletion(ANSWER)),
  ],
  [/\/responses$/, (streamed) => (streamed ? modelResponseEvents(ANSWER).join('') : modelResponse(ANSWER))],
  [
    /\/embeddings$/,
    () => ({ object: 'list', data: [{ object: 'embedding', index: 0, embedding: EMBEDDING }] }),
  ],
  [/\/images\/generations$/, () => ({ created: 1, data: [{ b64_json: 'aW1hZ2U=' }] })],
  [/\/audio\/transcriptions$/, () => ({ text: ANSWER })],
  [/\/realtime\/client_secrets$/, () => ({ value: 'ek_1', expires_at: 1, session: {} })],
  [/\/messages$/, () => message],
  [/\/docs\/\$count$/, () => 3],
  [
    /^\/secrets\//,
    () => ({ value: 'v', id: 'https://my-vault.vault.azure.net/secrets/name/1', attributes: {} }),
  ],
  [/\/query$/, () => ({ tables: [] })],
  [/^\/\$Resources\/Queues$/, () => '<feed xmlns="http://www.w3.org/2005/Atom"></feed>'],
  [/\/(connections|assistants)$/, () => ({ value: [], data: [], has_more: false })],
]
