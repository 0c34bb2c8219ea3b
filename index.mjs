import entra from './index.js'

export const {
  shouldUseEntraId,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  DefaultAzureCredential,
  entraIdFetch,
  applyEntraIdAuth,
  getAzureOpenAIAuthHeaders,
  ENTRA_ID_PLACEHOLDER,
  clearTokenCache,
  cacheStats,
  checkHealth,
  healthHandler,
  prometheusMetrics,
  openTelemetryMetrics,
  setLogger,
  EntraIdError,
  AggregateAuthenticationError,
  AggregateAuthenticationErrorName,
  AuthenticationError,
  AuthenticationErrorName,
  AuthenticationRequiredError,
  CredentialUnavailableError,
  CredentialUnavailableErrorName,
} = entra
export default entra
