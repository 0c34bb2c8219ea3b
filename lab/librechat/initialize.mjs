import { createRequire } from 'node:module'

import { HOST, SERVERLESS_HOST } from './situations.mjs'

const USER_PROVIDED = 'user_provided'

/**
 * The options of a client, in LibreChat's names.
 *
 * @typedef {Record<string, any> & { model: string }} LlmConfig any, because each client has options of its own
 * @typedef {Record<string, any>} ConfigOptions any, likewise
 *
 * @typedef {'none' | 'register' | 'provider' | 'wrapper'} HandOver LibreChat as it is, without the hook of register and
 *   with it, or how it is given the token
 * @typedef {import('./situations.mjs').Situation} Situation
 * @typedef {ReturnType<typeof initialize>} Options
 */

/** This package, which the column without it never loads. */
const entra = () => createRequire(import.meta.url)('azure-openai-entra')

/**
 * What LibreChat's initialise files and its getOpenAIConfig make of a situation, in their manner.
 *
 * @param {Situation} situation
 * @param {HandOver} handOver
 * @param {typeof fetch} [inner] the wrapped fetch. Default: the global one
 */
export const initialize = ({ group, kind = 'azure', users = {} }, handOver, inner) => {
  const { env } = process
  let apiKey = group ? group.apiKey : (env.AZURE_API_KEY ?? env.AZURE_OPENAI_API_KEY)
  let baseURL = group ? undefined : env.AZURE_OPENAI_BASEURL
  const userProvidesKey = apiKey === USER_PROVIDED
  const userProvidesURL = baseURL === USER_PROVIDED
  if (userProvidesKey) apiKey = users.apiKey
  if (userProvidesURL) baseURL = users.baseURL

  const isChanged = handOver === 'provider' || handOver === 'wrapper'
  const useEntraId = isChanged && !userProvidesKey && !userProvidesURL && entra().shouldUseEntraId()
  if (useEntraId && handOver === 'wrapper') apiKey ||= entra().ENTRA_ID_PLACEHOLDER
  if (useEntraId && handOver === 'provider') apiKey = undefined
  else if (!apiKey) throw new Error('API Key not provided')

  const options = kind === 'azure' ? azureOptions({ group, apiKey, baseURL }) : plainOptions({ kind, apiKey })
  if (useEntraId && handOver === 'wrapper') {
    if (inner) options.configOptions.fetch = inner
    entra().applyEntraIdAuth(options)
  }
  if (useEntraId && handOver === 'provider') {
    const name = kind === 'azure' ? 'azureADTokenProvider' : 'apiKey'
    options.llmConfig[name] = entra().getAzureOpenAIToken
  }
  /** @type {HandOver} */
  const way = useEntraId ? handOver : 'none'
  return { kind, handOver: way, ...options }
}

/**
 * @param {Pick<Situation, 'group'> & { apiKey?: string, baseURL?: string }} given
 * @returns {{ llmConfig: LlmConfig, configOptions: ConfigOptions }}
 */
const azureOptions = ({ group, apiKey, baseURL }) => {
  const { env } = process
  /** @type {LlmConfig} */
  const llmConfig = {
    model: 'chat',
    azureOpenAIApiInstanceName: group ? group.instanceName : env.AZURE_OPENAI_API_INSTANCE_NAME,
    azureOpenAIApiDeploymentName: group ? group.deploymentName : env.AZURE_OPENAI_API_DEPLOYMENT_NAME,
    azureOpenAIApiVersion: group ? group.version : env.AZURE_OPENAI_API_VERSION,
  }
  if (apiKey) llmConfig.azureOpenAIApiKey = apiKey
  if (baseURL) llmConfig.azureOpenAIBasePath = `${baseURL}/openai/deployments`
  return { llmConfig, configOptions: {} }
}

/**
 * @param {Pick<Situation, 'kind'> & { apiKey?: string }} given
 * @returns {{ llmConfig: LlmConfig, configOptions: ConfigOptions }}
 */
const plainOptions = ({ kind, apiKey }) => {
  /** @type {LlmConfig} */
  const llmConfig = { model: 'chat', ...(kind === 'responses' && { useResponsesApi: true }) }
  if (apiKey) llmConfig.apiKey = apiKey
  const baseURL = kind === 'responses' ? `https://${HOST}/openai/v1` : `https://${SERVERLESS_HOST}/models`
  const configOptions = { baseURL, ...(apiKey && { defaultHeaders: { 'api-key': apiKey } }) }
  return { llmConfig, configOptions }
}
