/** The default chain in its order, in the two groups of `AZURE_TOKEN_CREDENTIALS`. */
export const PROD = ['EnvironmentCredential', 'WorkloadIdentityCredential', 'ManagedIdentityCredential']
export const DEV = [
  'VisualStudioCodeCredential',
  'AzureCliCredential',
  'AzurePowerShellCredential',
  'AzureDeveloperCliCredential',
  'BrokerCredential',
]
export const CHAIN = [...PROD, ...DEV]
