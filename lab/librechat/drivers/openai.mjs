import { HOST, OCR_URL } from '../situations.mjs'
import { proxied } from './langchain.mjs'

const messages = [{ role: 'user', content: 'Is the token good?' }]

/** @typedef {any} Sdk any, because the openai package of the client's folder is not installed here */

/** The SDK's client of LibreChat's options. @param {Sdk} sdk @param {import('./raw.mjs').Options} options */
const clientOf = ({ AzureOpenAI, OpenAI }, { kind, llmConfig, configOptions }) => {
  if (kind !== 'azure') return new OpenAI({ apiKey: llmConfig.apiKey, ...configOptions, maxRetries: 0 })
  const base = llmConfig.azureOpenAIBasePath
  const deployment = llmConfig.azureOpenAIApiDeploymentName
  return new AzureOpenAI({
    apiKey: llmConfig.azureOpenAIApiKey,
    azureADTokenProvider: llmConfig.azureADTokenProvider,
    apiVersion: llmConfig.azureOpenAIApiVersion,
    ...(base ? { baseURL: `${base}/${deployment}` } : { endpoint: `https://${HOST}`, deployment }),
    ...configOptions,
    maxRetries: 0,
  })
}

/**
 * What is no chat, by its name.
 *
 * @param {Sdk} client
 * @param {Sdk} sdk
 * @returns {Partial<Record<import('./raw.mjs').Call, () => Promise<string>>>}
 */
const others = (client, { toFile }) => {
  const model = 'chat'
  const file = (/** @type {string} */ name, /** @type {string} */ type) =>
    toFile(Buffer.from('bytes'), name, { type })
  return {
    assistants: async () => (await client.beta.assistants.list()).data[0].id,
    image: async () => (await client.images.generate({ model, prompt: 'A key.' })).data[0].b64_json,
    edit: async () => {
      const image = await file('image.png', 'image/png')
      return (await client.images.edit({ model, prompt: 'No key.', image })).data[0].b64_json
    },
    transcription: async () => {
      const spoken = await file('spoken.mp3', 'audio/mpeg')
      return (await client.audio.transcriptions.create({ model, file: spoken })).text
    },
    ocr: async () => {
      const body = { model, document: { type: 'image_url', image_url: 'data:,' } }
      return (await client.post(OCR_URL, { body })).pages[0].markdown
    },
    speech: async () =>
      (await client.audio.speech.create({ model, voice: 'alloy', input: 'Is it good?' })).text(),
  }
}

/** Asks through the openai SDK. @type {(sdk: Sdk) => import('./raw.mjs').Ask} */
export const asks = (sdk) => async (call, options) => {
  const client = clientOf(sdk, options)
  const other = others(client, sdk)[call]
  if (other) return other()
  if (options.llmConfig.useResponsesApi) {
    return (await client.responses.create({ model: 'chat', input: messages[0].content })).output_text
  }
  const request = { model: 'chat', messages, ...(call === 'title' && { max_tokens: 64 }) }
  if (call !== 'stream') {
    return (await client.chat.completions.create(request)).choices[0].message.content
  }
  let text = ''
  const chunks = await client.chat.completions.create({ ...request, stream: true })
  for await (const { choices } of chunks) text += choices[0]?.delta.content ?? ''
  return text
}

/** @param {import('./raw.mjs').Load} require */
export const driver = (require) => ({ ask: asks(require('openai')), proxied })
