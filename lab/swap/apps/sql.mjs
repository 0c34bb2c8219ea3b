/** @typedef {import('./index.mjs').App} App */

/** @param {string} port */
const options = (port) => ({
  port: Number(port),
  encrypt: /** @type {const} */ ('strict'),
  serverName: 'localhost',
})

/**
 * A login of tedious, and a query.
 *
 * @param {string} type of its authentication
 * @param {(of: import('./index.mjs').Given['of']) => object} parameters
 * @param {Pick<App, 'classes' | 'identity'>} about
 * @returns {App}
 */
const tedious = (type, parameters, about) => ({
  ...about,
  name: `tedious, ${type}`,
  packages: ['tedious'],
  run: async ({ load, of }) => {
    const { Connection, Request } = await load('tedious')
    const connection = new Connection({
      server: 'localhost',
      options: options(of('SWAP_SQL_PORT')),
      authentication: { type, options: parameters(of) },
    })
    try {
      await new Promise((resolve, reject) => {
        connection.connect((/** @type {Error | undefined} */ error) =>
          error ? reject(error) : resolve(undefined),
        )
      })
      return await new Promise((resolve, reject) => {
        /** @type {unknown} */
        let answer
        const request = new Request('select 42 as answer', (/** @type {Error | undefined} */ error) =>
          error ? reject(error) : resolve(answer),
        )
        request.on('row', (/** @type {{ value: unknown }[]} */ [column]) => {
          answer = column.value
        })
        connection.execSqlBatch(request)
      })
    } finally {
      connection.close()
    }
  },
})

/** @type {App[]} */
export const SQL = [
  tedious('azure-active-directory-default', () => ({}), {
    classes: 'DefaultAzureCredential',
    identity: 'managed identity',
  }),
  tedious('azure-active-directory-msi-app-service', () => ({}), {
    classes: 'ManagedIdentityCredential',
    identity: 'managed identity',
  }),
  tedious(
    'azure-active-directory-service-principal-secret',
    (of) => ({
      tenantId: of('AZURE_TENANT_ID'),
      clientId: of('AZURE_CLIENT_ID'),
      clientSecret: of('AZURE_CLIENT_SECRET'),
    }),
    { classes: 'ClientSecretCredential', identity: 'service principal' },
  ),
  {
    name: 'mssql, a pool of two connections',
    packages: ['mssql', 'tedious'],
    classes: 'DefaultAzureCredential',
    identity: 'managed identity',
    run: async ({ load, of }) => {
      const mssql = (await load('mssql')).default
      const pool = new mssql.ConnectionPool({
        server: 'localhost',
        port: Number(of('SWAP_SQL_PORT')),
        options: options(of('SWAP_SQL_PORT')),
        authentication: { type: 'azure-active-directory-default', options: {} },
        pool: { min: 0, max: 2 },
      })
      try {
        await pool.connect()
        const query = async () => (await pool.request().query('select 42 as answer')).recordset
        return await Promise.all([query(), query()])
      } finally {
        await pool.close()
      }
    },
  },
]
