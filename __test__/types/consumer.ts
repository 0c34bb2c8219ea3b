// A file of a package without `"type": "module"`, compiled to CommonJS, as LibreChat's packages and older apps are.

import { applyEntraIdAuth, getAzureOpenAIToken, shouldUseEntraId } from 'azure-openai-entra'

interface AzureOptions {
  apiKey?: string
  azureADTokenProvider?: () => Promise<string>
}

export const azureOptions = (apiKey: string): AzureOptions =>
  shouldUseEntraId() ? { azureADTokenProvider: getAzureOpenAIToken } : { apiKey }

// An interface of the app's own, whose fetch is narrower than the global one.
interface ModelOptions {
  llmConfig: { model: string }
  configOptions?: { fetch?: (url: string | URL | Request, init?: RequestInit) => Promise<Response> }
}

export const keyless = (options: ModelOptions): ModelOptions =>
  shouldUseEntraId() ? applyEntraIdAuth(options) : options

// @ts-expect-error
export const misused: AzureOptions = { azureADTokenProvider: getAzureOpenAIToken() }
