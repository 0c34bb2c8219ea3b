// A worker that asks for a token of its own scope and leaves in the way that it is told, mostly without the token.

import { parentPort, workerData } from 'node:worker_threads'

import { getAzureOpenAIToken } from 'azure-openai-entra'

const { scope, way } = workerData
const controller = new AbortController()
const call = getAzureOpenAIToken({ scope, signal: controller.signal })
parentPort?.postMessage('asked')

/** @type {Record<string, () => void>} */
const ways = {
  terminated: () => {},
  exits: () => process.exit(0),
  throws: () => {
    throw new Error('thrown on purpose')
  },
  aborts: () => controller.abort(),
  answered: () => {},
}
parentPort?.once('message', ways[way])

call.then(
  (token) => parentPort?.postMessage({ token }),
  ({ code }) => parentPort?.postMessage({ code }),
)
if (way === 'answered') call.then(() => parentPort?.close())
