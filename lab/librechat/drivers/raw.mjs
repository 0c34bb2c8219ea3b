import { createRequire } from 'node:module'

import { HOST, OCR_URL } from '../situations.mjs'

/**
 * @typedef {import('../situations.mjs').Call} Call
 * @typedef {import('../initialize.mjs').Options} Options
 * @typedef {import('../initialize.mjs').LlmConfig} LlmConfig
 *
 * @typedef {(name: string) => any} Load requires a package of the client's folder: any, because it is not installed here
 * @typedef {(call: Call, options: Options) => Promise<string>} Ask what the answer says
 * @typedef {(options: Options, proxy: string, load: Load) => void} Proxied
 *
 * @typedef {{ ask: Ask, proxied: Proxied, inner?: typeof fetch, isImpatient?: boolean }} Client
 */

const messages = [{ role: 'user', content: 'Is the token good?' }]

/** Where each is asked for, but for chats. @type {Partial<Record<Call, string>>} */
const PATHS = {
  image: 'images/generations',
  edit: 'images/edits',
  transcription: 'audio/transcriptions',
  speech: 'audio/speech',
}

/**
 * What a call of a client that is no SDK sends: LibreChat puts the headers of such calls together by itself.
 *
 * @param {Call} call
 * @param {Options} options
 */
export const requestOf = async (call, { kind, handOver, llmConfig, configOptions }) => {
  const url = addressOf(call, { kind, llmConfig, configOptions })
  const headers = await headersFor(url, llmConfig, configOptions.fetch ? 'none' : handOver)
  if (call === 'assistants') return { method: 'GET', url, headers, body: undefined }
  return { method: 'POST', url, headers, body: bodyOf(call, kind) }
}

/** The same in the form that every client takes, with the bytes of a form or the text of JSON. @param {Call} call @param {Options} options */
export const encodedRequestOf = async (call, options) => {
  const { body, headers, ...rest } = await requestOf(call, options)
  if (body === undefined) return { ...rest, headers, body }
  const isForm = body instanceof FormData
  const encoded = new Response(isForm ? body : JSON.stringify(body))
  const type = isForm ? encoded.headers.get('content-type') : 'application/json'
  return {
    ...rest,
    headers: { 'content-type': type, ...headers },
    body: isForm ? Buffer.from(await encoded.arrayBuffer()) : await encoded.text(),
  }
}

/** @param {Call} call @param {Options['kind']} kind */
const bodyOf = (call, kind) => {
  if (call === 'speech') return { model: 'chat', voice: 'alloy', input: 'Is it good?' }
  if (call === 'ocr') return { model: 'chat', document: { type: 'image_url', image_url: 'data:,' } }
  if (call === 'image') return { model: 'chat', prompt: 'A key.' }
  if (call in PATHS) {
    const form = new FormData()
    form.append('model', 'chat')
    form.append('file', new Blob(['bytes']), 'file')
    return form
  }
  const asked = kind === 'responses' ? { input: 'Is it?' } : { messages }
  return { model: 'chat', stream: call === 'stream', ...asked }
}

/** @param {Call} call @param {Omit<Options, 'handOver'>} options */
const addressOf = (call, { kind, llmConfig, configOptions }) => {
  if (call === 'ocr') return OCR_URL
  if (kind === 'responses') return `${configOptions.baseURL}/responses`
  if (kind === 'serverless') return `${configOptions.baseURL}/chat/completions`
  const query = `?api-version=${llmConfig.azureOpenAIApiVersion}`
  if (call === 'assistants') return `https://${HOST}/openai/assistants${query}`
  const base = llmConfig.azureOpenAIBasePath ?? `https://${HOST}/openai/deployments`
  return `${base}/chat/${PATHS[call] ?? 'chat/completions'}${query}`
}

/**
 * The provider's token goes beside the key that is there; with the wrapper's function the key goes.
 *
 * @param {string} url
 * @param {LlmConfig} llmConfig
 * @param {string} handOver
 */
const headersFor = async (url, { azureOpenAIApiKey, apiKey, azureADTokenProvider }, handOver) => {
  if (handOver === 'wrapper') {
    return createRequire(import.meta.url)('azure-openai-entra').getAzureOpenAIAuthHeaders({ url })
  }
  const provider = azureADTokenProvider ?? (typeof apiKey === 'function' ? apiKey : undefined)
  return provider
    ? { Authorization: `Bearer ${await provider()}` }
    : { 'api-key': azureOpenAIApiKey ?? apiKey }
}

/** The options of a client that is no fetch, which a wrapper of fetch is nothing for. @param {Options} options */
export const withoutFetch = (options) => ({
  ...options,
  configOptions: { ...options.configOptions, fetch: undefined },
})

/** The way of clients that are built on node:https to a proxy. @type {Proxied} */
export const proxied = (options, proxy, require) => {
  const { HttpsProxyAgent } = require('https-proxy-agent')
  options.configOptions.httpAgent = new HttpsProxyAgent(proxy)
}
