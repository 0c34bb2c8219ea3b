import { chatCompletion } from '../../../testkit/chat-completions.mjs'

/** @typedef {import('./index.mjs').App} App */
/** @typedef {import('./index.mjs').Given} Given */

const CLUSTER = 'https://cluster.kusto.windows.net'

/** A result of Kusto's protocol, version 2: one table of one row. */
const FRAMES = [
  { FrameType: 'DataSetHeader', IsProgressive: false, Version: 'v2.0' },
  {
    FrameType: 'DataTable',
    TableId: 0,
    TableKind: 'PrimaryResult',
    TableName: 'PrimaryResult',
    Columns: [{ ColumnName: 'answer', ColumnType: 'long' }],
    Rows: [[42]],
  },
  { FrameType: 'DataSetCompletion', HasErrors: false, Cancelled: false },
]

/**
 * A query of Azure Data Explorer.
 *
 * @param {string} how
 * @param {(builder: import('./index.mjs').Package, of: Given['of']) => unknown} connection
 * @param {Pick<App, 'classes' | 'identity'>} about
 * @returns {App}
 */
const kusto = (how, connection, about) => ({
  ...about,
  name: `azure-kusto-data, ${how}`,
  packages: ['azure-kusto-data'],
  // Without a token, for the cloud's addresses. 404 is the public cloud.
  challenge: ({ path }) => ({ status: path === '/v1/rest/auth/metadata' ? 404 : 401 }),
  serve: () => ({ body: FRAMES }),
  run: async ({ load, of }) => {
    const { Client, KustoConnectionStringBuilder } = await load('azure-kusto-data')
    const client = new Client(connection(KustoConnectionStringBuilder, of))
    const { primaryResults } = await client.execute('database', 'print answer = 42')
    return primaryResults[0].toJSON().data
  },
})

/**
 * @param {string} how
 * @param {Pick<App, 'classes' | 'identity'>} about
 * @returns {App}
 */
const promptfoo = (how, about) => ({
  ...about,
  name: `promptfoo, ${how}`,
  packages: ['promptfoo'],
  serve: () => ({ body: chatCompletion('an answer') }),
  run: async ({ load, of }) => {
    const { loadApiProvider } = (await load('promptfoo')).default
    const provider = await loadApiProvider('azure:chat:deployment', {
      options: { config: { apiHost: `localhost:${of('SWAP_SERVICE_PORT')}` } },
    })
    const { output, error } = await provider.callApi('Hello')
    if (error) throw new Error(error)
    return output
  },
})

/** @type {App[]} */
export const DEPENDENTS = [
  kusto(
    'an application',
    (builder, of) =>
      builder.withAadApplicationKeyAuthentication(
        CLUSTER,
        of('AZURE_CLIENT_ID'),
        of('AZURE_CLIENT_SECRET'),
        of('AZURE_TENANT_ID'),
      ),
    { classes: 'ClientSecretCredential', identity: 'service principal' },
  ),
  kusto('a managed identity', (builder) => builder.withSystemManagedIdentity(CLUSTER), {
    classes: 'ManagedIdentityCredential',
    identity: 'managed identity',
  }),
  kusto(
    'a certificate',
    (builder, of) =>
      builder.withAadApplicationCertificateAuthentication(
        CLUSTER,
        of('AZURE_CLIENT_ID'),
        of('SWAP_CERTIFICATE'),
        of('AZURE_TENANT_ID'),
      ),
    { classes: 'ClientCertificateCredential', identity: 'service principal' },
  ),
  kusto('the login of az', (builder) => builder.withAzLoginIdentity(CLUSTER), {
    classes: 'AzureCliCredential',
    identity: 'az',
  }),
  {
    name: 'snowflake-sdk, workload identity',
    packages: ['snowflake-sdk'],
    classes: 'DefaultAzureCredential',
    identity: 'managed identity',
    // The token is in the body.
    challenge: ({ path, body }) =>
      path.includes('login-request') && body.includes('WORKLOAD_IDENTITY')
        ? { body: { success: true, data: { token: 't', masterToken: 'm', sessionId: 1, parameters: [] } } }
        : { body: { success: true, data: {} } },
    run: async ({ load, of }) => {
      const snowflake = (await load('snowflake-sdk')).default
      snowflake.configure({ logLevel: 'OFF', disableOCSPChecks: true })
      const connection = snowflake.createConnection({
        account: 'account',
        accessUrl: `https://localhost:${of('SWAP_SERVICE_PORT')}`,
        authenticator: 'WORKLOAD_IDENTITY',
        workloadIdentityProvider: 'AZURE',
      })
      await connection.connectAsync()
      return connection.isUp()
    },
  },
  promptfoo('a client secret', { classes: 'ClientSecretCredential', identity: 'service principal' }),
  promptfoo('the login of az', { classes: 'AzureCliCredential', identity: 'az' }),
]
