import { on } from 'node:events'
import { Worker } from 'node:worker_threads'

import { programPath } from './programs.mjs'

/**
 * A worker of `__test__/programs` whose messages are kept until they are read.
 *
 * @param {string} name
 * @param {import('node:worker_threads').WorkerOptions} [options]
 */
export const newWorker = (name, options) => {
  const worker = new Worker(programPath(name), options)
  const messages = on(worker, 'message')
  const next = async () => (await messages.next()).value[0]
  return {
    /** When its code begins to run. */
    online: new Promise((resolve) => worker.once('online', resolve)),
    /** Its exit code, or the message of what it threw. */
    end: new Promise((resolve) => {
      worker.once('error', ({ message }) => resolve(message))
      worker.once('exit', resolve)
    }),
    /** Its next message. Throws the error that ended it, if any. */
    next,
    tell: (/** @type {unknown} */ message) => worker.postMessage(message),
    /** Gives it an order and waits for what came of it. */
    order: async (/** @type {unknown} */ message) => {
      worker.postMessage(message)
      return (await next()).result
    },
    terminate: () => worker.terminate(),
  }
}

/**
 * The same, after its first message, which says that it is ready.
 *
 * @param {string} name
 * @param {import('node:worker_threads').WorkerOptions} [options]
 */
export const startWorker = async (name, options) => {
  const worker = newWorker(name, options)
  await worker.next()
  return worker
}
