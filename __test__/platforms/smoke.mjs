// What every runtime must be able to do with the installed package: run by `npm run test:platforms`, without a test
// runner, because not every runtime has Node's.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { createRequire } from 'node:module'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

import * as entra from 'azure-openai-entra'

if (isMainThread) await main()
else parentPort?.postMessage(await entra.getAzureOpenAIToken())

async function main() {
  const header = randomUUID()
  /** @type {string[]} */
  const tokens = []
  const server = http.createServer((request, response) => {
    const known = request.headers['x-identity-header'] === header
    if (known) tokens.push(randomUUID())
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        known ? { access_token: tokens.at(-1), expires_in: 3600 } : { message: 'The header is wrong' },
      ),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  Object.assign(process.env, {
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/msi/token`,
    IDENTITY_HEADER: header,
  })

  const stampede = await Promise.all(Array.from({ length: 100 }, () => entra.getAzureOpenAIToken()))
  assert.deepEqual([...new Set(stampede)], tokens)
  assert.equal(tokens.length, 1)
  const scope = 'https://cognitiveservices.azure.com/.default'
  assert.equal((await new entra.DefaultAzureCredential().getToken(scope)).token, tokens[0])
  assert.equal(createRequire(import.meta.url)('azure-openai-entra').cacheStats().tokens.length, 1)

  const worker = new Worker(fileURLToPath(import.meta.url))
  const [fromWorker] = await once(worker, 'message')
  assert.equal(fromWorker, tokens[0])
  await worker.terminate()

  entra.clearTokenCache()
  process.env.IDENTITY_HEADER = randomUUID()
  await assert.rejects(entra.getAzureOpenAIToken(), {
    name: 'EntraIdError',
    code: 'ENTRA_ID_REJECTED',
    status: 401,
  })
  server.close()
  console.log('smoke passed')
}
