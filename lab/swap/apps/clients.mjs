import { modelResponse } from '../../../testkit/responses-api.mjs'
import { vaultChallenge } from './vault.mjs'

/** @typedef {import('./index.mjs').App} App */

/** What a service asks for that has seen a change of the identity's rights. */
const CLAIMS = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}').toString(
  'base64',
)

/** @type {App[]} */
export const CLIENTS = [
  {
    name: '@azure/keyvault-secrets, with a challenge for claims',
    packages: ['@azure/keyvault-secrets'],
    classes: 'ChainedTokenCredential, EnvironmentCredential, ManagedIdentityCredential',
    identity: 'service principal',
    challenge: vaultChallenge,
    serve: ({ path, origin, tenantId, nth }) =>
      path === '/secrets/revoked/' && nth === 1
        ? {
            status: 401,
            headers: {
              'www-authenticate':
                `Bearer realm="", authorization_uri="https://login.microsoftonline.com/${tenantId}/oauth2/authorize", ` +
                `error="insufficient_claims", claims="${CLAIMS}"`,
            },
          }
        : { body: { value: 'a secret', id: `${origin}${path}1`, attributes: { enabled: true } } },
    run: async ({ load }) => {
      const { SecretClient } = await load('@azure/keyvault-secrets')
      const { ChainedTokenCredential, EnvironmentCredential, ManagedIdentityCredential } =
        await load('@azure/identity')
      const credential = new ChainedTokenCredential(
        new EnvironmentCredential(),
        new ManagedIdentityCredential(),
      )
      const client = new SecretClient('https://vault.vault.azure.net', credential)
      const values = []
      for (const name of ['first', 'second', 'revoked']) values.push((await client.getSecret(name)).value)
      return values
    },
  },
  {
    name: '@azure/ai-projects, and its OpenAI client',
    packages: ['@azure/ai-projects', 'openai'],
    classes: 'DefaultAzureCredential, getBearerTokenProvider',
    identity: 'managed identity',
    serve: ({ path }) => {
      if (path.endsWith('/responses')) return { body: modelResponse('an answer') }
      if (path.endsWith('/deployments'))
        return {
          body: {
            value: [{ type: 'ModelDeployment', name: 'chat', modelName: 'gpt-4o', sku: { capacity: 1 } }],
          },
        }
      return { status: 404, body: { error: { code: 'NotFound', message: path } } }
    },
    run: async ({ load, of }) => {
      const { AIProjectClient } = await load('@azure/ai-projects')
      const { DefaultAzureCredential } = await load('@azure/identity')
      const project = new AIProjectClient(
        `https://localhost:${of('SWAP_SERVICE_PORT')}/api/projects/project`,
        new DefaultAzureCredential(),
      )
      const names = []
      for await (const { name } of project.deployments.list()) names.push(name)
      const openai = await project.getOpenAIClient()
      const { output_text } = await openai.responses.create({ model: 'chat', input: 'Hello' })
      return [...names, output_text]
    },
  },
  {
    name: '@azure/app-configuration',
    packages: ['@azure/app-configuration'],
    classes: 'ClientAssertionCredential',
    identity: 'service principal',
    serve: () => ({ body: { key: 'key', value: 'a setting', etag: '1' } }),
    run: async ({ load, of }) => {
      const { AppConfigurationClient } = await load('@azure/app-configuration')
      const { ClientAssertionCredential } = await load('@azure/identity')
      const credential = new ClientAssertionCredential(
        of('AZURE_TENANT_ID'),
        of('AZURE_CLIENT_ID'),
        async () => of('SWAP_ASSERTION'),
      )
      const client = new AppConfigurationClient('https://config.azconfig.io', credential)
      return (await client.getConfigurationSetting({ key: 'key' })).value
    },
  },
  {
    name: '@azure/data-tables, for a user',
    packages: ['@azure/data-tables'],
    classes: 'OnBehalfOfCredential',
    identity: 'service principal',
    serve: () => ({ body: { 'odata.etag': '1', partitionKey: 'p', rowKey: 'r', name: 'an entity' } }),
    run: async ({ load, of }) => {
      const { TableClient } = await load('@azure/data-tables')
      const { OnBehalfOfCredential } = await load('@azure/identity')
      const credential = new OnBehalfOfCredential({
        tenantId: of('AZURE_TENANT_ID'),
        clientId: of('AZURE_CLIENT_ID'),
        clientSecret: of('AZURE_CLIENT_SECRET'),
        userAssertionToken: of('SWAP_ASSERTION'),
      })
      const client = new TableClient('https://account.table.core.windows.net', 'table', credential)
      return (await client.getEntity('p', 'r')).name
    },
  },
]
