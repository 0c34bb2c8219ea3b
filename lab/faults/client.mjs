/**
 * A process that chats by a real client whose identity endpoint fails, and says when its user had which error.
 *
 *     node client.mjs '<client>/<way>'
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { root } from '../../scripts/support/run.mjs'
import { clientsFolder, clientsIn } from '../../testkit/clients.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ENDPOINT = 'https://retries.openai.azure.com'
const API_VERSION = '2024-10-21'

const { client } = clientsIn(join(root, '__test__/clients', clientsFolder))
const require = createRequire(import.meta.url)

/** How the client gets its token. @type {Record<string, () => { fetch?: typeof fetch, provider?: () => Promise<string> }>} */
const WAYS = {
  entraIdFetch: () => ({ fetch: require('../../index.js').entraIdFetch() }),
  provider: () => ({ provider: require('../../index.js').getAzureOpenAIToken }),
  baseline: () => {
    const { DefaultAzureCredential, getBearerTokenProvider } = require('@azure/identity')
    return { provider: getBearerTokenProvider(new DefaultAzureCredential(), SCOPE) }
  },
}

/** A chat with a client's default retries. @type {Record<string, (way: ReturnType<typeof WAYS[string]>) => () => Promise<unknown>>} */
const CLIENTS = {
  openai: ({ fetch, provider }) => {
    const { AzureOpenAI } = client('openai')
    const key = provider ? { azureADTokenProvider: provider } : { apiKey: 'placeholder' }
    const openai = new AzureOpenAI({ endpoint: ENDPOINT, apiVersion: API_VERSION, fetch, ...key })
    const messages = [{ role: 'user', content: 'Are you there?' }]
    return () => openai.chat.completions.create({ model: 'chat', messages })
  },
  langchain: ({ fetch, provider }) => {
    const { AzureChatOpenAI } = client('@langchain/openai')
    const key = provider ? { azureADTokenProvider: provider } : { azureOpenAIApiKey: 'placeholder' }
    const model = new AzureChatOpenAI({
      azureOpenAIBasePath: `${ENDPOINT}/openai/deployments`,
      azureOpenAIApiVersion: API_VERSION,
      azureOpenAIApiDeploymentName: 'chat',
      configuration: { fetch },
      ...key,
    })
    return () => model.invoke('Are you there?')
  },
}

const [name, way] = process.argv[2].split('/')
const chat = CLIENTS[name](WAYS[way]())
// From here on, not before: thirty of these processes start at once.
const began = performance.now()
const message = await chat().then(
  () => 'an answer',
  (/** @type {Error} */ error) => error.message,
)
const seconds = (performance.now() - began) / 1000
process.send?.({ seconds, message })
