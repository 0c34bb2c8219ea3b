'use strict'

/**
 * A worker asks for a token. When the parent says that its request is under way, this thread joins it, ends the worker, and writes
 * what it got.
 */

const { once } = require('node:events')
const { Worker } = require('node:worker_threads')

const { getAzureOpenAIToken } = require('azure-openai-entra')

async function main() {
  const ask = `require(${JSON.stringify(require.resolve('azure-openai-entra'))}).getAzureOpenAIToken().catch(() => {})`
  const worker = new Worker(ask, { eval: true })
  await once(process, 'message')
  const asked = getAzureOpenAIToken().then(
    (token) => token,
    (/** @type {import('azure-openai-entra').EntraIdError} */ { code }) => code,
  )
  await worker.terminate()
  process.stdout.write(await asked)
  process.disconnect()
}

main()
