import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
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
  const outputs = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return {
    child,
    /** How it ended and what it wrote. */
    ended: async () => {
      const [stdout, stderr, [code, signal]] = await outputs
      return { code, signal, stdout, stderr }
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
