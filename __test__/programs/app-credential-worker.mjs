// A worker that has app credentials of its own.

import { parentPort, workerData } from 'node:worker_threads'

import { getBearerTokenProvider } from 'azure-openai-entra'

import { secret } from '../../testkit/secrets.mjs'

const { scope, silent } = workerData

const credential = {
  getToken: async () => {
    if (silent) {
      parentPort?.postMessage('asked')
      await new Promise(() => {})
    }
    return { token: secret('token-of-a-worker'), expiresOnTimestamp: Date.now() + 3_600_000 }
  },
}

// Lives, and holds the credential, until it is terminated.
parentPort?.on('message', () => credential)
parentPort?.postMessage('ready')
if (silent) {
  await getBearerTokenProvider(credential, scope, { cacheKey: 'silent' })()
} else {
  const named = await getBearerTokenProvider(credential, scope, { cacheKey: 'over threads' })()
  const own = await getBearerTokenProvider(credential, scope)()
  parentPort?.postMessage({ result: { named, own } })
}
