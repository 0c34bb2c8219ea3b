import { client } from './clients.mjs'

/** @type {Record<string, any>} any, because the package is that of a folder of clients */
const { AzureChatOpenAI, AzureChatOpenAICompletions, getEndpoint } = client('@langchain/openai')
const { AzureOpenAI } = client('openai')

/**
 * LangChain's AzureChatOpenAI with the one difference of the subclass that LibreChat uses (`@librechat/agents`):
 * it builds the openai client from the whole `configuration`, where LangChain after 1.1.0 drops its `apiKey`.
 */
export class LibreChatAzureChatOpenAI extends AzureChatOpenAI {
  /** @param {object} fields */
  constructor(fields) {
    super(fields)
    this.completions = new /** @type {any} its base is */ (Completions)(fields)
  }
}

class Completions extends AzureChatOpenAICompletions {
  /** @param {object} options */
  _getClientOptions(options) {
    this.client ??= new AzureOpenAI({
      apiVersion: this.azureOpenAIApiVersion,
      azureADTokenProvider: this.azureADTokenProvider,
      ...this.clientConfig,
      ...(this.azureADTokenProvider ? {} : { apiKey: this.azureOpenAIApiKey }),
      baseURL: getEndpoint(this),
      maxRetries: 0,
    })
    return super._getClientOptions(options)
  }
}
