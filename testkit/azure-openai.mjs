import { chatCompletion, chatCompletionEvents, pieces } from './chat-completions.mjs'
import { modelResponse, modelResponseEvents } from './responses-api.mjs'
import { startStandIn, valuesOf } from './stand-in.mjs'

/** @typedef {import('./stand-in.mjs').Request} Request */
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
 * }} options `pauseMs` is between the pieces of a streamed answer
 */
export const startAzureOpenAI = ({ knows, tls, answerOf = () => ANSWER, pauseMs }) =>
  startStandIn({
    tls,
    respond: (request) => refusalOf(request, knows) ?? respond(request, answerOf, pauseMs),
  })

/** @param {Request} request @param {Knows} knows */
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
 * @param {(question: string) => string} answerOf
 * @param {number} [pauseMs]
 * @returns {import('./stand-in.mjs').Answer}
 */
const respond = ({ path, body }, answerOf, pauseMs) => {
  const route = ROUTES.find(({ ends }) => path.startsWith('/openai/') && path.endsWith(ends))
  if (!route) return { status: 404, body: { error: { code: '404', message: 'Resource not found' } } }
  /** @type {Asked} */
  const asked = JSON.parse(body)
  const answer = answerOf(asked.messages?.at(-1)?.content ?? '')
  if (asked.stream && route.events) return { chunks: route.events(answer), pauseMs }
  return { body: route.whole(answer, asked) }
}

/** @typedef {{ stream?: boolean, messages?: { content: string }[], encoding_format?: string }} Asked */

/**
 * @type {{ ends: string, whole: (answer: string, asked: Asked) => object, events?: (answer: string) => string[] }[]}
 */
const ROUTES = [
  { ends: '/chat/completions', whole: chatCompletion, events: chatCompletionEvents },
  { ends: '/responses', whole: modelResponse, events: modelResponseEvents },
  { ends: '/embeddings', whole: (_, asked) => embeddings(asked) },
]

/** @param {Asked} asked */
const embeddings = ({ encoding_format }) => ({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: encoded(EMBEDDING, encoding_format) }],
  model: 'embedding-stand-in',
  usage: { prompt_tokens: 1, total_tokens: 1 },
})

/** @param {number[]} vector @param {string} [format] */
const encoded = (vector, format) =>
  format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
