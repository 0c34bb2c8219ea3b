'use strict'

// Worker threads whose every request Azure OpenAI refuses with 401.

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const { report, spec } = require('./implementations.cjs')

/** @typedef {{ workers: number, requests: number }} Size */

/** @param {Size} spec */
const main = async ({ workers, requests }) => {
  const ends = Array.from(
    { length: workers },
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(__filename, { workerData: { requests } })
        worker.once('message', resolve).once('error', reject)
      }),
  )
  await Promise.all(ends)
  report({})
}

/** @param {Pick<Size, 'requests'>} size */
const work = async ({ requests }) => {
  const body = JSON.stringify({ error: { code: '401', message: 'The access token is not known here.' } })
  const refuse = async () =>
    new Response(body, { status: 401, headers: { 'content-type': 'application/json' } })
  const send = require('azure-openai-entra').entraIdFetch(refuse)
  for (let nth = 0; nth < requests; nth++) {
    const response = await send('https://my-resource.openai.azure.com/openai/models')
    if (response.status !== 401) throw new Error(`It answered ${response.status}.`)
  }
  parentPort?.postMessage('done')
}

if (isMainThread) main(spec())
else work(workerData)
