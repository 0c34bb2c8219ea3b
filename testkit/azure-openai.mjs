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
 * @param {{ knows: (token: string) => boolean, tls?: { key: string, cert: string } }} options
 */
export const startAzureOpenAI = ({ knows, tls }) =>
  startStandIn({ tls, respond: (request) => refusalOf(request, knows) ?? answerTo(request) })

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

/** @param {Request} request @returns {import('./stand-in.mjs').Answer} */
const answerTo = ({ path, body }) => {
  const route = ROUTES.find(({ ends }) => path.startsWith('/openai/') && path.endsWith(ends))
  if (!route) return { status: 404, body: { error: { code: '404', message: 'Resource not found' } } }
  return JSON.parse(body).stream && route.events
    ? { chunks: route.events() }
    : { body: route.whole(JSON.parse(body)) }
}

/** @type {{ ends: string, whole: (request: { encoding_format?: string }) => object, events?: () => string[] }[]} */
const ROUTES = [
  {
    ends: '/chat/completions',
    whole: () => chatCompletion(ANSWER),
    events: () => chatCompletionEvents(ANSWER),
  },
  { ends: '/responses', whole: () => modelResponse(ANSWER), events: () => modelResponseEvents(ANSWER) },
  { ends: '/embeddings', whole: (request) => embeddings(request) },
]

/** @param {{ encoding_format?: string }} request */
const embeddings = ({ encoding_format }) => ({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: encoded(EMBEDDING, encoding_format) }],
  model: 'embedding-stand-in',
  usage: { prompt_tokens: 1, total_tokens: 1 },
})

/** @param {number[]} vector @param {string} [format] */
const encoded = (vector, format) =>
  format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
