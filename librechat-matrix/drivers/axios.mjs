import { createRequire } from 'node:module'

import { HOST, SERVERLESS_HOST } from '../situations.mjs'

const messages = [{ role: 'user', content: 'Is the token good?' }]

/** Where LibreChat calls Azure OpenAI by axios, it puts the headers together by itself. */
export const driver = (require) => {
  const axios = require('axios')
  const ask = async (call, { kind, handOver, llmConfig, configOptions }) => {
    const url = addressOf(call, kind, llmConfig, configOptions)
    const body = bodyOf(call, kind)
    const headers = await headersFor(url, llmConfig, handOver)
    const { data } = await axios.post(url, body, {
      headers,
      httpsAgent: configOptions.httpAgent,
      proxy: false,
    })
    return typeof data === 'string' ? data : JSON.stringify(data)
  }
  const proxied = (options, proxy) => {
    const { HttpsProxyAgent } = require('https-proxy-agent')
    options.configOptions.httpAgent = new HttpsProxyAgent(proxy)
  }
  return { ask, proxied }
}

/** Where each is asked for, but for chats. */
const PATHS = {
  edit: 'images/edits',
  transcription: 'audio/transcriptions',
  speech: 'audio/speech',
}

const bodyOf = (call, kind) => {
  if (call === 'speech') return { model: 'chat', voice: 'alloy', input: 'Is it good?' }
  if (call === 'ocr') return { model: 'chat', document: { type: 'image_url', image_url: 'data:,' } }
  if (call in PATHS) {
    const form = new FormData()
    form.append('model', 'chat')
    form.append('file', new Blob(['bytes']), 'file')
    return form
  }
  const asked = kind === 'responses' ? { input: 'Is it?' } : { messages }
  return { model: 'chat', stream: call === 'stream', ...asked }
}

const addressOf = (call, kind, llmConfig, configOptions) => {
  if (call === 'ocr') return `https://${SERVERLESS_HOST}/providers/mistral/azure/ocr`
  if (kind === 'responses') return `${configOptions.baseURL}/responses`
  if (kind === 'serverless') return `${configOptions.baseURL}/chat/completions`
  const base = llmConfig.azureOpenAIBasePath ?? `https://${HOST}/openai/deployments`
  return `${base}/chat/${PATHS[call] ?? 'chat/completions'}?api-version=${llmConfig.azureOpenAIApiVersion}`
}

/** The provider's token goes beside the key that is there; with the wrapper's function the key goes. */
const headersFor = async (url, { azureOpenAIApiKey, apiKey, azureADTokenProvider }, handOver) => {
  if (handOver === 'wrapper') {
    return createRequire(import.meta.url)('azure-openai-entra').getAzureOpenAIAuthHeaders({ url })
  }
  const provider = azureADTokenProvider ?? (typeof apiKey === 'function' ? apiKey : undefined)
  return provider
    ? { Authorization: `Bearer ${await provider()}` }
    : { 'api-key': azureOpenAIApiKey ?? apiKey }
}
