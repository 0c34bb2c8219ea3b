import entra from './index.js'

export const {
  shouldUseEntraId,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  DefaultAzureCredential,
  clearTokenCache,
  cacheStats,
  setLogger,
  EntraIdError,
} = entra
export default entra
