import http from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

import { chatCompletion, chatCompletionEvents } from '../../../testkit/chat-completions.mjs'
import { close, listen } from '../../../testkit/listen.mjs'

/**
 * The chats of an Azure OpenAI resource whose API keys are turned off.
 *
 * @param {{ knows: (token: string) => boolean, answers: Record<string, string>, pauseMs: number }} options
 *   `answers` by question; `pauseMs` between the pieces of a streamed answer
 */
export const startAzureOpenAI = async ({ knows, answers, pauseMs }) => {
  /** @type {import('node:http').IncomingHttpHeaders[]} */
  const seen = []

  const server = http.createServer(async (request, response) => {
    seen.push(request.headers)
    const { messages, stream } = await json(request)
    const refused = refusalOf(request.headers, knows)
    if (refused) {
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: '401', message: refused } }))
      return
    }
    const answer = answers[messages.at(-1).content] ?? 'I have no answer to that.'
    if (stream) await streamTo(response, chatCompletionEvents(answer), pauseMs)
    else {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(chatCompletion(answer)))
    }
  })

  const port = await listen(server)
  return { endpoint: `http://127.0.0.1:${port}`, seen, close: () => close(server) }
}

const refusalOf = ({ authorization, ...headers }, knows) => {
  if ('api-key' in headers) return 'Key based authentication is disabled for this resource.'
  const [, token] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? []
  if (!knows(token)) return 'The access token is missing or not known here.'
}

const streamTo = async (response, events, pauseMs) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    response.write(event)
    await setTimeout(pauseMs)
  }
  response.end()
}
