/** @typedef {import('./index.mjs').Client} Client */

const chat = `client.chat.completions.create({ model: 'gpt', messages: [{ role: 'user', content: 'Is it?' }] })`
const message = `client.messages.create({ model: 'claude', max_tokens: 9, messages: [{ role: 'user', content: 'Is it?' }] })`
/** Resolves with the first event of a Realtime socket. */
const created = `await new Promise((resolve, reject) => { realtime.on('session.created', resolve); realtime.on('error', reject) })
realtime.close()`

/** @type {Client[]} */
export const OPENAI = [
  {
    client: 'openai, the v1 API',
    package: 'openai',
    majors: ['5', '6', '7'],
    ways: [
      {
        what: 'chat, Responses, embeddings, images and audio',
        lines: `import { OpenAI } from 'openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new OpenAI({
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  apiKey: getAzureOpenAIToken,
})`,
        call: `await ${chat}
await client.responses.create({ model: 'gpt', input: 'Is it?' })
await client.embeddings.create({ model: 'embedding', input: 'Is it?' })
await client.images.generate({ model: 'image', prompt: 'Is it?' })
await client.audio.transcriptions.create({ model: 'whisper', file: new File(['a'], 'a.wav') })`,
      },
      {
        what: 'with a `fetch`, of any version',
        lines: `import { OpenAI } from 'openai'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const client = new OpenAI({
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  apiKey: ENTRA_ID_PLACEHOLDER,
  fetch: entraIdFetch(),
})`,
        call: `await ${chat}`,
      },
    ],
  },
  {
    client: 'openai, the classic API',
    package: 'openai',
    majors: ['4', '5', '6', '7'],
    ways: [
      {
        lines: `import { AzureOpenAI } from 'openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new AzureOpenAI({
  endpoint: 'https://my-resource.openai.azure.com',
  apiVersion: '2024-10-21',
  azureADTokenProvider: getAzureOpenAIToken,
})`,
        call: `await ${chat}
await client.embeddings.create({ model: 'embedding', input: 'Is it?' })`,
      },
    ],
    limits:
      "If `AZURE_OPENAI_API_KEY` is set, pass `apiKey: ''` too, or unset it: the class takes only one of both.",
  },
  {
    client: 'openai, Realtime over `ws`',
    package: 'openai',
    majors: ['6', '7'],
    beside: ['ws'],
    ways: [
      {
        lines: `import { AzureOpenAI } from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new AzureOpenAI({
  endpoint: 'https://my-resource.openai.azure.com',
  apiVersion: '2024-10-01-preview',
  deployment: 'gpt-realtime',
  azureADTokenProvider: getAzureOpenAIToken,
})
const realtime = await OpenAIRealtimeWS.azure(client)`,
        call: created,
      },
      {
        what: 'the v1 API',
        lines: `import { OpenAI } from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new OpenAI({
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  apiKey: getAzureOpenAIToken,
})
const realtime = await OpenAIRealtimeWS.create(client, { model: 'gpt-realtime' })`,
        call: created,
      },
      {
        what: 'a key of a browser, which the server asks for',
        lines: `import { OpenAI } from 'openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new OpenAI({
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  apiKey: getAzureOpenAIToken,
})
const { value } = await client.realtime.clientSecrets.create({
  session: { type: 'realtime', model: 'gpt-realtime' },
})`,
        call: `if (!value) throw new Error('no value')`,
      },
    ],
  },
  {
    client: 'openai, Realtime over Node’s WebSocket',
    package: 'openai',
    majors: ['7'],
    ways: [
      {
        needs: 22,
        lines: `import { AzureOpenAI } from 'openai'
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new AzureOpenAI({
  endpoint: 'https://my-resource.openai.azure.com',
  apiVersion: '2024-10-01-preview',
  deployment: 'gpt-realtime',
  azureADTokenProvider: getAzureOpenAIToken,
})
const realtime = await OpenAIRealtimeWebSocket.azure(client)`,
        call: created,
      },
    ],
    limits:
      'openai 5 and 6 put the token into the address. In a browser use an ephemeral key: a browser’s WebSocket takes no headers.',
  },
  {
    client: 'Claude in Microsoft Foundry',
    package: '@anthropic-ai/foundry-sdk',
    ways: [
      {
        lines: `import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new AnthropicFoundry({
  resource: 'my-resource',
  azureADTokenProvider: getAzureOpenAIToken,
})`,
        call: `await ${message}`,
        host: 'my-resource.services.ai.azure.com',
      },
      {
        what: 'with a `fetch`',
        lines: `import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const client = new AnthropicFoundry({
  resource: 'my-resource',
  apiKey: ENTRA_ID_PLACEHOLDER,
  fetch: entraIdFetch(),
})`,
        call: `await ${message}`,
        host: 'my-resource.services.ai.azure.com',
      },
      {
        what: 'under the hook, `--import azure-openai-entra/register`',
        register: true,
        lines: `import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk'

const client = new AnthropicFoundry({
  resource: 'my-resource',
  apiKey: process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER,
})`,
        call: `await ${message}`,
        host: 'my-resource.services.ai.azure.com',
      },
    ],
  },
]
