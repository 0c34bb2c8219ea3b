import { createRequire } from 'node:module'

import { HOST } from '../situations.mjs'

const messages = [{ role: 'user', content: 'Is the token good?' }]

/** Where LibreChat calls Azure OpenAI by axios, it puts the headers together by itself. */
export const driver = (require) => {
  const axios = require('axios')
  const ask = async (call, { kind, handOver, llmConfig, configOptions }) => {
    const url = addressOf(kind, llmConfig, configOptions)
    const body = {
      model: 'chat',
      stream: call === 'stream',
      ...(kind === 'responses' ? { input: 'Is it?' } : { messages }),
    }
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

const addressOf = (kind, llmConfig, configOptions) => {
  if (kind === 'responses') return `${configOptions.baseURL}/responses`
  if (kind === 'serverless') return `${configOptions.baseURL}/chat/completions`
  const base = llmConfig.azureOpenAIBasePath ?? `https://${HOST}/openai/deployments`
  return `${base}/chat/chat/completions?api-version=${llmConfig.azureOpenAIApiVersion}`
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
