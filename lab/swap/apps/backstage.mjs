/** @typedef {import('./index.mjs').App} App */

const URL_OF_REPOSITORY = 'https://dev.azure.com/organization/project/_git/repository'

/**
 * Reads a file of Azure DevOps by a credential that the configuration names.
 *
 * @param {string} kind
 * @param {(of: import('./index.mjs').Given['of']) => object} configuration
 * @param {Pick<App, 'classes' | 'identity'>} about
 * @returns {App}
 */
const backstage = (kind, configuration, about) => ({
  ...about,
  name: `@backstage/integration, ${kind}`,
  packages: ['@backstage/integration'],
  serve: () => ({ body: { value: [{ name: 'main' }] } }),
  run: async ({ load, of }) => {
    const { DefaultAzureDevOpsCredentialsProvider, ScmIntegrations } = await load('@backstage/integration')
    const { ConfigReader } = await load('@backstage/config')
    const credentials = [{ organizations: ['organization'], ...configuration(of) }]
    const integrations = ScmIntegrations.fromConfig(
      new ConfigReader({ integrations: { azure: [{ host: 'dev.azure.com', credentials }] } }),
    )
    const provider = DefaultAzureDevOpsCredentialsProvider.fromIntegrations(integrations)
    const { type, headers } = await provider.getCredentials({ url: URL_OF_REPOSITORY })
    const response = await fetch(`https://localhost:${of('SWAP_SERVICE_PORT')}/_apis/git/refs`, { headers })
    return [type, response.status, await response.json()]
  },
})

/** @type {App[]} */
export const BACKSTAGE = [
  backstage(
    'client secret',
    (of) => ({
      tenantId: of('AZURE_TENANT_ID'),
      clientId: of('AZURE_CLIENT_ID'),
      clientSecret: of('AZURE_CLIENT_SECRET'),
    }),
    { classes: 'ClientSecretCredential', identity: 'service principal' },
  ),
  backstage('managed identity', () => ({ clientId: 'system-assigned' }), {
    classes: 'ManagedIdentityCredential',
    identity: 'managed identity',
  }),
  backstage(
    'managed identity of another tenant',
    (of) => ({
      tenantId: of('AZURE_TENANT_ID'),
      clientId: of('AZURE_CLIENT_ID'),
      managedIdentityClientId: 'system-assigned',
    }),
    { classes: 'ClientAssertionCredential, ManagedIdentityCredential', identity: 'both' },
  ),
]
