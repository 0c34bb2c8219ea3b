import { fileURLToPath } from 'node:url'

import { startProgram } from './namespace.mjs'

/**
 * Works a queue off in several processes of one program, each in a namespace of its own where `isolated`. The program
 * says that it is ready with `{ ready: true }`; then it gets one id at a time and answers with one result.
 *
 * @param {{
 *   program: URL, workers: number, isolated: boolean, env: NodeJS.ProcessEnv, queue: string[],
 *   onResult: (result: any) => void,
 * }} setting `result` is any, because only the program and its caller know it
 */
export const runWorkers = async ({ program, workers, isolated, env, queue, onResult }) => {
  /** @returns {Promise<void>} */
  const worker = () =>
    new Promise((resolve, reject) => {
      const child = startProgram(fileURLToPath(program), { isolated, env })
      /** @type {string | undefined} */
      let current = 'its start'
      const next = () => {
        current = queue.shift()
        if (current !== undefined) return child.send(current)
        child.kill('SIGKILL')
      }
      child.once('error', reject)
      child.once('exit', (code) =>
        current === undefined
          ? resolve()
          : reject(new Error(`a worker ended with ${code} during ${current}`)),
      )
      child.on('message', (/** @type {any} of the program's own making */ message) => {
        if (!message.ready) onResult(message)
        next()
      })
    })
  await Promise.all(Array.from({ length: workers }, worker))
}
