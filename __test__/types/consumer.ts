// A file of a package without `"type": "module"`, compiled to CommonJS, as LibreChat's packages and older apps are.

import { getAzureOpenAIToken, shouldUseEntraId } from 'azure-openai-entra'

interface AzureOptions {
  apiKey?: string
  azureADTokenProvider?: () => Promise<string>
}

export const azureOptions = (apiKey: string): AzureOptions =>
  shouldUseEntraId() ? { azureADTokenProvider: getAzureOpenAIToken } : { apiKey }

// @ts-expect-error
export const misused: AzureOptions = { azureADTokenProvider: getAzureOpenAIToken() }
