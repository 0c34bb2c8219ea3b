import { fileURLToPath } from 'node:url'

import { startProgram } from './namespace.mjs'

/**
 * Works a queue off in several processes of one program, each in a namespace of its own where `isolated`. The program
 * says that it is ready with `{ ready: true }`; then it gets one id at a time and answers with one result.
 *
 * @param {{
 *   program: URL, workers: number, isolated: boolean, env: NodeJS.ProcessEnv, queue: string[],
 *   onResult: (result: any) => void,
 * }} setting
 */
export const runWorkers = async ({ program, workers, isolated, env, queue, onResult }) => {
  const worker = () =>
    new Promise((resolve, reject) => {
      const child = startProgram(fileURLToPath(program), { isolated, env })
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
      child.on('message', (message) => {
        if (!message.ready) onResult(message)
        next()
      })
    })
  await Promise.all(Array.from({ length: workers }, worker))
}
