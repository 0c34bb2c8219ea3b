import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** @typedef {import('node:stream').Readable} Readable */

import { environmentWith } from './environment.mjs'

const repository = fileURLToPath(new URL('../', import.meta.url))

/** Ends a child that hangs, so that its test fails instead of standing still. No child comes near it. */
const LIMIT_MS = 120_000
/** No program that ends in good order takes this long. */
const STOP_MS = 60_000
const LOOK_EVERY_MS = 50

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** Whether it has ended, or never started. @param {ChildProcess} child */
const hasEnded = ({ pid, exitCode, signalCode }) =>
  pid === undefined || exitCode !== null || signalCode !== null

/**
 * Ends a program by `signal`, and by SIGKILL if it does not end in time. Gives how it ended.
 *
 * @param {ChildProcess} child
 * @param {{ signal?: NodeJS.Signals, limitMs?: number }} [how]
 */
export const stop = async (child, { signal = 'SIGTERM', limitMs = STOP_MS } = {}) => {
  if (!hasEnded(child)) {
    const exit = once(child, 'exit')
    child.kill(signal)
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
    await exit
    clearTimeout(limit)
  }
  return { code: child.exitCode, signal: child.signalCode }
}

/** Kills a program that leads a process group, with all that it started. @param {number | undefined} pid undefined if it did not start */
export const killGroup = (pid) => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All processes have ended.
  }
}

/**
 * Waits for a program until `isReached`. Says whether it was, which is no if the program ends or takes too long.
 *
 * @param {ChildProcess} child
 * @param {() => unknown} isReached may be asynchronous
 * @param {number} limitMs
 */
export const until = async (child, isReached, limitMs) => {
  for (const end = Date.now() + limitMs; !(await isReached()); await sleep(LOOK_EVERY_MS))
    if (hasEnded(child) || Date.now() > end) return false
  return true
}

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
        const isOver = await Promise.race([closed.then(() => true), once(child.stdout, 'data')])
        if (isOver !== true || match()) continue
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
