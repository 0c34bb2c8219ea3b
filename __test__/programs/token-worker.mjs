// A worker that does what it is told and answers each message with what came of it.

import { parentPort, workerData } from 'node:worker_threads'

import * as entra from 'azure-openai-entra'

const { gate, calls, scope } = workerData

/** @type {Record<string, () => unknown>} */
const orders = {
  /** Stands at the gate with all other workers, so that their first calls come at one moment. */
  stampede: async () => {
    parentPort?.postMessage('at the gate')
    Atomics.wait(gate, 0, 0)
    const tokens = Array.from({ length: calls }, () => entra.getAzureOpenAIToken({ scope }))
    parentPort?.postMessage('asked')
    return Promise.all(tokens)
  },
  ask: () => entra.getAzureOpenAIToken({ scope }),
  clear: () => entra.clearTokenCache(),
  stats: () => entra.cacheStats(),
}

parentPort?.on('message', async (order) => parentPort?.postMessage({ result: await orders[order]() }))
parentPort?.postMessage('ready')
