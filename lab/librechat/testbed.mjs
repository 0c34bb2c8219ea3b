import { chatCompletion, chatCompletionEvents } from '../../testkit/chat-completions.mjs'
import { startProxy } from '../../testkit/forward.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { modelResponse, modelResponseEvents } from '../../testkit/responses-api.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'
import { HOST, SERVERLESS_HOST, USERS_HOST } from './situations.mjs'

const TEXT = 'Whatever it carried, here is an answer.'

/** The answer of everything that is not a chat model. @type {[string, unknown][]} */
const OTHERS = [
  ['/assistants', { object: 'list', data: [{ id: 'assistant' }] }],
  ['/images/generations', { created: 1, data: [{ b64_json: 'aW1hZ2U=' }] }],
  ['/images/edits', { created: 1, data: [{ b64_json: 'aW1hZ2U=' }] }],
  ['/audio/transcriptions', { text: TEXT }],
  ['/audio/speech', TEXT],
  ['/ocr', { pages: [{ markdown: TEXT }] }],
]

/**
 * Answers every request, whatever authenticates it: what it carried is what the matrix is about.
 *
 * @param {import('../../testkit/stand-in.mjs').Request} request
 */
const respond = ({ path, body }) => {
  const [, answer] = OTHERS.find(([end]) => path.endsWith(end)) ?? []
  if (answer) return { body: answer }
  const isStreamed = JSON.parse(body).stream
  if (path.endsWith('/responses')) {
    return isStreamed ? { chunks: modelResponseEvents(TEXT) } : { body: modelResponse(TEXT) }
  }
  return isStreamed ? { chunks: chatCompletionEvents(TEXT) } : { body: chatCompletion(TEXT) }
}

/** @typedef {Awaited<ReturnType<typeof startTestbed>>} Testbed */

/** Azure OpenAI and a user's server over TLS, App Service's managed identity, and a proxy: all on this machine. */
export const startTestbed = async () => {
  const certificate = await tls([HOST, SERVERLESS_HOST, USERS_HOST])
  const azure = await startStandIn({ tls: certificate, respond })
  const identity = await startIdentity()
  const proxy = await startProxy(azure.port)
  return {
    azure,
    identity,
    proxy,
    placeholder: secret('placeholder'),
    variables: {
      ...identity.environment,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      LOOPBACK_PORT: String(azure.port),
      MATRIX_PROXY: `http://127.0.0.1:${proxy.port}`,
    },
    close: () => Promise.all([azure.close(), identity.close(), proxy.close()]),
  }
}
