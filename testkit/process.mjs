import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** @typedef {import('node:stream').Readable} Readable */

import { environmentWith } from './environment.mjs'

const repository = fileURLToPath(new URL('../', import.meta.url))

/** Ends a child that hangs, so that its test fails instead of standing still. No child comes near it. */
const LIMIT_MS = 120_000

/**
 * Starts a program in an environment where only `variables` are set up.
 *
 * @param {string[]} command
 * @param {{ variables?: Record<string, string | undefined>, cwd?: string, limitMs?: number }} [setting]
 */
export const start = ([file, ...args], { variables, cwd = repository, limitMs = LIMIT_MS } = {}) => {
  const env = environmentWith(variables)
  const child = /** @type {import('node:child_process').ChildProcessByStdio<null, Readable, Readable>} */ (
    spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], timeout: limitMs })
  )
  const output = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr']))
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text))
  const closed = once(child, 'close')
  const ended = async () => {
    const [code, signal] = await closed
    return { code, signal, ...output }
  }
  return {
    child,
    /** How it ended and what it wrote. */
    ended,
    /**
     * What it wrote to stdout that has this form, as soon as it did.
     *
     * @param {RegExp} form
     */
    said: async (form) => {
      const match = () => form.exec(output.stdout)
      while (!match()) {
        const hasEnded = await Promise.race([closed.then(() => true), once(child.stdout, 'data')])
        if (hasEnded !== true || match()) continue
        throw new Error(`It ended and did not say ${form}: ${JSON.stringify(await ended())}`)
      }
      return /** @type {RegExpExecArray} */ (match())
    },
  }
}

/**
 * Runs a program to its end.
 *
 * @param {string[]} command
 * @param {Parameters<typeof start>[1]} [setting]
 */
export const run = (command, setting) => start(command, setting).ended()
