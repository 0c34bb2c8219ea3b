// The first call is made for a request, in that one's AsyncLocalStorage, and the next for another. Prints in whose the core
// calls back. With the argument `lazy` the first request also loads the package.

import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'

import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'

const load = () => import('azure-openai-entra')
if (process.argv[2] !== 'lazy') await load()

const requests = new AsyncLocalStorage()
const seen = new Set()
const see = (/** @type {string} */ what) => seen.add(`${what} in ${requests.getStore() ?? 'none'}`)

const source = await startIdentity()
Object.assign(process.env, source.environment)

const credential = {
  getToken: async () => {
    see('credential')
    return { token: secret('token-of-the-app'), expiresOnTimestamp: Date.now() + 3_600_000 }
  },
}
const log = () => see('log')

await requests.run('the first request', async () => {
  const { getAzureOpenAIToken, setLogger } = await load()
  setLogger({ debug: log, info: log, warn: log, error: log })
  await getAzureOpenAIToken()
})
const heard = new Promise((resolve) => subscribe('azure-openai-entra:refresh', () => resolve(see('event'))))
await requests.run('the second request', async () => {
  const { getAzureOpenAIToken, getBearerTokenProvider } = await load()
  await getAzureOpenAIToken({ forceRefresh: true })
  await getBearerTokenProvider(credential, 'https://scope.example/.default')()
})
await heard
process.stdout.write([...seen].sort().join('\n'))
await source.close()
