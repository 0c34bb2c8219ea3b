'use strict'

// Worker threads that all ask for their first token at one moment.

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** @param {import('node:worker_threads').Worker} worker @returns {Promise<unknown>} */
const message = (worker) =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })

/** @typedef {import('./implementations.cjs').Name | 'empty'} Name */

/** @param {{ implementation: Name, workers: number }} spec */
const main = async ({ implementation, workers: count }) => {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from(
    { length: count },
    () => new Worker(__filename, { workerData: { gate, implementation } }),
  )
  await Promise.all(workers.map(message))
  const answers = workers.map(message)
  const began = performance.now()
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  await Promise.all(answers)
  report({ time: performance.now() - began, memory: process.memoryUsage.rss() })
}

/** @param {{ gate: Int32Array, implementation: Name }} data */
const work = async ({ gate, implementation }) => {
  const provider =
    implementation === 'empty' ? async () => 'nothing' : IMPLEMENTATIONS[implementation]().newProvider()
  parentPort?.on('message', () => {})
  parentPort?.postMessage('ready')
  Atomics.wait(gate, 0, 0)
  await provider()
  parentPort?.postMessage('has it')
}

if (isMainThread) main(spec())
else work(workerData)
