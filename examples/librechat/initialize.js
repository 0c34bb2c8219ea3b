'use strict'

// Entra ID in LibreChat's `api/server/services/Endpoints/openAI/initialize.js`, which releases up to v0.8.1 run: how
// its decisions and its options change. The lines that are about Entra ID are marked with `>>`.

const { getAzureOpenAIToken, shouldUseEntraId } = require('azure-openai-entra')

const isUserProvided = (value) => value === 'user_provided'

/**
 * @param {{
 *   req: {
 *     app: { locals: { azureOpenAI?: { groups: Record<string, object> } } },
 *     body: { endpoint: string, model: string },
 *     user: { id: string },
 *   },
 *   endpointOption?: { model_parameters?: object },
 *   getUserKeyValues: (of: { userId: string, name: string }) => Promise<{ apiKey?: string, baseURL?: string }>,
 * }} params
 * @returns options for `new AzureChatOpenAI({ ...llmConfig, configuration: configOptions })`
 */
const initializeClient = async ({ req, endpointOption, getUserKeyValues }) => {
  const { OPENAI_API_KEY, OPENAI_REVERSE_PROXY } = process.env
  const { AZURE_API_KEY, AZURE_OPENAI_API_KEY, AZURE_OPENAI_BASEURL } = process.env
  const { endpoint, model } = req.body

  const isAzureOpenAI = endpoint === 'azureOpenAI'
  const group = isAzureOpenAI ? req.app.locals.azureOpenAI?.groups[model] : undefined

  let apiKey = isAzureOpenAI ? (AZURE_API_KEY ?? AZURE_OPENAI_API_KEY) : OPENAI_API_KEY
  let baseURL = isAzureOpenAI ? AZURE_OPENAI_BASEURL : OPENAI_REVERSE_PROXY
  if (group) {
    apiKey = group.azureOpenAIApiKey
    baseURL = group.baseURL ?? baseURL
  }

  const userProvidesKey = isUserProvided(apiKey)
  const userProvidesURL = isUserProvided(baseURL)
  if (userProvidesKey || userProvidesURL) {
    const userValues = await getUserKeyValues({ userId: req.user.id, name: endpoint })
    if (userProvidesKey) apiKey = userValues.apiKey
    if (userProvidesURL) baseURL = userValues.baseURL
  }

  // >> A user's own key stays in use, and a token of ours never goes to a URL that a user chose.
  const useEntraId = isAzureOpenAI && !userProvidesKey && !userProvidesURL && shouldUseEntraId()

  // >> With Entra ID there need be no key.
  if (!apiKey && !useEntraId) {
    throw new Error(`${endpoint} API Key not provided.`)
  }

  const llmConfig = { ...endpointOption?.model_parameters, model, user: req.user.id, streaming: true }
  const configOptions = {}

  if (!isAzureOpenAI) {
    return { llmConfig: { ...llmConfig, apiKey }, configOptions: { baseURL } }
  }

  // What a user enters for Azure OpenAI is a whole deployment.
  Object.assign(llmConfig, userProvidesKey ? JSON.parse(apiKey) : deploymentOf(group, apiKey))
  llmConfig.azureOpenAIBasePath = baseURL

  // >> Hands the token over and shuts every key out. LangChain and the openai package look for OPENAI_API_KEY and
  // >> AZURE_OPENAI_API_KEY by themselves, and with a key beside the provider they throw or send the key along.
  if (useEntraId) {
    delete llmConfig.azureOpenAIApiKey
    llmConfig.azureADTokenProvider = getAzureOpenAIToken
    configOptions.apiKey = null
    configOptions.headers = { 'api-key': null }
  }

  return { llmConfig, configOptions }
}

/** The deployment of a model group of librechat.yaml, or else of the environment. */
const deploymentOf = (group, apiKey) => {
  const { env } = process
  return {
    azureOpenAIApiKey: apiKey,
    azureOpenAIApiInstanceName: group ? group.azureOpenAIApiInstanceName : env.AZURE_OPENAI_API_INSTANCE_NAME,
    azureOpenAIApiDeploymentName: group
      ? group.azureOpenAIApiDeploymentName
      : env.AZURE_OPENAI_API_DEPLOYMENT_NAME,
    azureOpenAIApiVersion: group ? group.azureOpenAIApiVersion : env.AZURE_OPENAI_API_VERSION,
  }
}

module.exports = initializeClient
