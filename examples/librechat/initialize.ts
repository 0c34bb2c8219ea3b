/**
 * Entra ID in LibreChat's `packages/api/src/endpoints/openai/initialize.ts`: how its decisions and its options change.
 * The lines that are about Entra ID are marked with `>>`.
 */
import { getAzureOpenAIToken, shouldUseEntraId } from 'azure-openai-entra'

const AZURE_OPENAI = 'azureOpenAI'

/** A deployment: of a model group of librechat.yaml, of the environment, or a user's own. */
export interface AzureOptions {
  azureOpenAIApiKey?: string
  azureOpenAIApiInstanceName?: string
  azureOpenAIApiDeploymentName?: string
  azureOpenAIApiVersion?: string
}

export interface AzureGroup extends AzureOptions {
  baseURL?: string
}

export interface InitializeParams {
  req: { body: { endpoint: string; model: string }; user: { id: string } }
  /** librechat.yaml's Azure model groups, by model. */
  azureGroups?: Record<string, AzureGroup>
  modelParameters?: Record<string, unknown>
  getUserKeyValues: (of: { userId: string; name: string }) => Promise<{ apiKey?: string; baseURL?: string }>
}

/** For `new AzureChatOpenAI({ ...llmConfig, configuration: configOptions })`, `ChatOpenAI` for other endpoints. */
export interface ModelOptions {
  llmConfig: AzureOptions & {
    model: string
    user: string
    streaming: true
    apiKey?: string
    azureOpenAIBasePath?: string
    azureADTokenProvider?: () => Promise<string>
  }
  configOptions: { baseURL?: string; apiKey?: null; headers?: Record<string, string | null> }
}

export async function initializeOpenAI(params: InitializeParams): Promise<ModelOptions> {
  const { req, azureGroups, getUserKeyValues } = params
  const { endpoint, model } = req.body
  const isAzureOpenAI = endpoint === AZURE_OPENAI
  const group = isAzureOpenAI ? azureGroups?.[model] : undefined

  const configured = configuredFor(endpoint, group)
  const userProvidesKey = isUserProvided(configured.apiKey)
  const userProvidesURL = isUserProvided(configured.baseURL)
  const users =
    userProvidesKey || userProvidesURL
      ? await getUserKeyValues({ userId: req.user.id, name: endpoint })
      : undefined
  const apiKey = userProvidesKey ? users?.apiKey : configured.apiKey
  const baseURL = userProvidesURL ? users?.baseURL : configured.baseURL

  // >> A user's own key stays in use, and a token of ours never goes to a URL that a user chose.
  const useEntraId = isAzureOpenAI && !userProvidesKey && !userProvidesURL && shouldUseEntraId()

  // >> With Entra ID there need be no key.
  if (!apiKey && !useEntraId) throw new Error(`${endpoint} API Key not provided.`)

  const llmConfig = { ...params.modelParameters, model, user: req.user.id, streaming: true as const }
  if (!isAzureOpenAI) return { llmConfig: { ...llmConfig, apiKey }, configOptions: { baseURL } }

  // What a user enters for Azure OpenAI is a whole deployment.
  const azure = userProvidesKey && apiKey ? (JSON.parse(apiKey) as AzureOptions) : deploymentOf(group, apiKey)
  const options = { llmConfig: { ...llmConfig, ...azure, azureOpenAIBasePath: baseURL }, configOptions: {} }
  return useEntraId ? withEntraId(options) : options
}

/**
 * >> Hands the token over and shuts every key out. LangChain and the openai package look for OPENAI_API_KEY and
 * AZURE_OPENAI_API_KEY by themselves, and with a key beside the provider they throw or send the key along.
 */
function withEntraId({ llmConfig, configOptions }: ModelOptions): ModelOptions {
  const { azureOpenAIApiKey: _unused, ...keyless } = llmConfig
  return {
    llmConfig: { ...keyless, azureADTokenProvider: getAzureOpenAIToken },
    configOptions: { ...configOptions, apiKey: null, headers: { ...configOptions.headers, 'api-key': null } },
  }
}

/** The key and the URL that the operator set, each of which can be `user_provided`. */
function configuredFor(endpoint: string, group: AzureGroup | undefined) {
  const { env } = process
  if (endpoint !== AZURE_OPENAI) return { apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_REVERSE_PROXY }
  return {
    apiKey: group ? group.azureOpenAIApiKey : (env.AZURE_API_KEY ?? env.AZURE_OPENAI_API_KEY),
    baseURL: group?.baseURL ?? env.AZURE_OPENAI_BASEURL,
  }
}

/** The deployment of a model group of librechat.yaml, or else of the environment. */
function deploymentOf(group: AzureGroup | undefined, azureOpenAIApiKey: string | undefined): AzureOptions {
  if (group) {
    const { baseURL: _unused, ...azure } = group
    return { ...azure, azureOpenAIApiKey }
  }
  return {
    azureOpenAIApiKey,
    azureOpenAIApiInstanceName: process.env.AZURE_OPENAI_API_INSTANCE_NAME,
    azureOpenAIApiDeploymentName: process.env.AZURE_OPENAI_API_DEPLOYMENT_NAME,
    azureOpenAIApiVersion: process.env.AZURE_OPENAI_API_VERSION,
  }
}

function isUserProvided(value: string | undefined): boolean {
  return value === 'user_provided'
}
