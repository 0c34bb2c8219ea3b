// A worker that edits its own process.env as it is told and then asks for a token.

import { parentPort } from 'node:worker_threads'

import { getAzureOpenAIToken } from 'azure-openai-entra'

/** What getenv sees, unlike `process.env`, which is this worker's copy. */
const realEnvironment = () =>
  /** @type {any} its type is `object` */ (process.report.getReport()).environmentVariables

parentPort?.on('message', async (variables) => {
  for (const [name, value] of Object.entries(variables)) {
    if (value === null) delete process.env[name]
    else process.env[name] = value
  }
  const result = await getAzureOpenAIToken().then(
    (token) => ({ token }),
    ({ code }) => ({ code }),
  )
  parentPort?.postMessage({ result: { ...result, nativeEndpoint: realEnvironment().IDENTITY_ENDPOINT } })
})
parentPort?.postMessage('ready')
