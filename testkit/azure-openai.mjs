import { chatCompletion, chatCompletionEvents, pieces } from './chat-completions.mjs'
import { serveRealtime } from './realtime.mjs'
import { modelResponse, modelResponseEvents } from './responses-api.mjs'
import { startStandIn, valuesOf } from './stand-in.mjs'

/** @typedef {import('./stand-in.mjs').Request} Request */
/** @typedef {import('./stand-in.mjs').StandIn} AzureOpenAI */
/** @typedef {(token: string) => boolean} Knows whether a token is good */

/** What every chat is answered, and the pieces in which it is streamed. */
export const ANSWER = 'The token was good, so here is your answer.'
export const ANSWER_PIECES = pieces(ANSWER)
export const EMBEDDING = [0.25, -0.5, 1]

/**
 * Azure OpenAI on loopback: keyless, so an API key is refused even beside a good token.
 *
 * @param {{
 *   knows: Knows, tls?: { key: string, cert: string }, answerOf?: (question: string) => string, pauseMs?: number,
 *   embeddingOf?: (text: unknown) => number[], isRealtime?: boolean,
 * }} options `pauseMs` is between the pieces of a streamed answer; `isRealtime` takes upgrades to WebSocket
 */
export const startAzureOpenAI = async ({
  knows,
  tls,
  pauseMs,
  answerOf = () => ANSWER,
  embeddingOf = () => EMBEDDING,
  isRealtime = false,
}) => {
  /** What asked to become a WebSocket. @type {{ url?: string, rawHeaders: string[] }[]} */
  const handshakes = []
  const azure = await startStandIn({
    tls,
    respond: (request) => refusalOf(request, knows) ?? respond(request, { answerOf, embeddingOf, pauseMs }),
    prepare: (server) =>
      isRealtime &&
      serveRealtime(server, (incoming) => {
        handshakes.push(incoming)
        return refusalOf(incoming, knows)
      }),
  })
  return Object.assign(azure, { handshakes })
}

/** @param {Pick<Request, 'rawHeaders'>} request @param {Knows} knows */
const refusalOf = (request, knows) => {
  const authorizations = valuesOf(request, 'authorization')
  if (valuesOf(request, 'api-key').length > 0) return refusal('Key based authentication is disabled.')
  if (authorizations.length !== 1) return refusal('Exactly one Authorization header is needed.')
  const [, token] = /^Bearer (\S+)$/.exec(authorizations[0]) ?? []
  if (token === undefined || !knows(token)) return refusal('The access token is not known here.')
}

/** @param {string} message */
const refusal = (message) => ({ status: 401, body: { error: { code: '401', message } } })

/**
 * @param {Request} request
 * @param {{ answerOf: (question: string) => string, embeddingOf: (text: unknown) => number[], pauseMs?: number }} manner
 * @returns {import('./stand-in.mjs').Answer}
 */
const respond = ({ path, body }, { answerOf, embeddingOf, pauseMs }) => {
  const route = ROUTES.find(({ ends }) => path.startsWith('/openai/') && path.endsWith(ends))
  if (!route) return { status: 404, body: { error: { code: '404', message: 'Resource not found' } } }
  /** @type {Asked} */
  const asked = route.isForm ? {} : JSON.parse(body)
  const answer = answerOf(asked.messages?.at(-1)?.content ?? '')
  if (asked.stream && route.events) return { chunks: route.events(answer), pauseMs }
  return { body: route.whole(answer, asked, embeddingOf) }
}

/**
 * @typedef {{
 *   stream?: boolean, messages?: { content: string }[], encoding_format?: string, input?: string | unknown[],
 * }} Asked
 */

/**
 * @type {{
 *   ends: string, isForm?: boolean, events?: (answer: string) => string[],
 *   whole: (answer: string, asked: Asked, embeddingOf: (text: unknown) => number[]) => object,
 * }[]}
 */
const ROUTES = [
  { ends: '/chat/completions', whole: chatCompletion, events: chatCompletionEvents },
  { ends: '/responses', whole: modelResponse, events: modelResponseEvents },
  { ends: '/audio/transcriptions', whole: (answer) => ({ text: answer }), isForm: true },
  { ends: '/embeddings', whole: (_, asked, embeddingOf) => embeddings(asked, embeddingOf) },
]

/** @param {Asked} asked @param {(text: unknown) => number[]} embeddingOf */
const embeddings = ({ encoding_format, input }, embeddingOf) => ({
  object: 'list',
  data: (isMany(input) ? input : [input]).map((text, index) => ({
    object: 'embedding',
    index,
    embedding: encoded(embeddingOf(text), encoding_format),
  })),
  model: 'embedding-stand-in',
  usage: { prompt_tokens: 1, total_tokens: 1 },
})

/**
 * Whether these are several texts: one can also be an array of tokens.
 *
 * @param {Asked['input']} input
 * @returns {input is unknown[]}
 */
const isMany = (input) => Array.isArray(input) && typeof input[0] !== 'number'

/** @param {number[]} vector @param {string} [format] */
const encoded = (vector, format) =>
  format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
