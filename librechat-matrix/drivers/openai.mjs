import { HOST } from '../situations.mjs'
import { proxied } from './langchain.mjs'

const messages = [{ role: 'user', content: 'Is the token good?' }]

/** The SDK's client of LibreChat's options. */
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

/** Asks through the openai SDK. */
export const asks = (sdk) => async (call, options) => {
  const client = clientOf(sdk, options)
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

export const driver = (require) => ({ ask: asks(require('openai')), proxied })
