// Brings the cache into the state that its first argument names and leaves in the way that its second names, while
// the endpoint is silent. If the parent has to see a request first, it says when to go on.

import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'

import { cacheStats, getAzureOpenAIToken } from 'azure-openai-entra'

import { startWorker } from '../support/worker.mjs'

const told = () => once(process, 'message')

/** Asks, and gives up when the parent has seen the request. @param {import('azure-openai-entra').TokenOptions} [options] */
const abandon = async (options) => {
  const controller = new AbortController()
  const call = getAzureOpenAIToken({ ...options, signal: controller.signal })
  await told()
  controller.abort()
  await call.catch(() => {})
}

const workerThatAsks = async () => {
  const worker = await startWorker('mid-flight-worker.mjs', {
    workerData: { way: 'terminated', scope: 'https://a-worker.example/.default' },
  })
  await told()
  return worker
}

/** @type {Record<string, () => Promise<unknown>>} */
const states = {
  'a timer pending': getAzureOpenAIToken,
  'a fetch abandoned': abandon,
  'a refresh abandoned': async () => {
    await getAzureOpenAIToken()
    process.send?.('held')
    await abandon({ forceRefresh: true })
  },
  'a refresh failed': async () => {
    // In use, so that the timer refreshes it.
    for (; cacheStats().failures === 0; await setTimeout(10)) await getAzureOpenAIToken()
  },
  'a call waiting': async () => {
    getAzureOpenAIToken().catch(() => {})
    await told()
  },
  'a worker terminated': async () => {
    const worker = await workerThatAsks()
    await worker.terminate()
  },
  'a worker waiting': workerThatAsks,
}

const [state, way] = process.argv.slice(2)
await states[state]()
if (way === 'process.exit') process.exit()
