import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { installedApp } from './packages.mjs'

/** Ends a program that hangs: the longest takes minutes. */
const LIMIT_MS = 15 * 60_000

/** What a process needs to run at all; nothing else of this one's environment can change what is measured. */
const NEEDED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE']

/** No listener: neither implementation may find an identity endpoint that the benchmark did not start. */
const NO_IMDS = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' }

/**
 * Runs a program of `programs/` in a fresh process with a clean environment, in an app that has this package installed.
 *
 * @param {string} name
 * @param {object} spec what it is to do
 * @param {{ variables?: Record<string, string>, flags?: string[] }} [options] `flags` are Node's
 * @returns {Promise<{ message: any, wallMs: number }>} what it sent, and its time from start to end
 */
export const runProgram = async (name, spec, { variables = {}, flags = [] } = {}) => {
  const program = join(await installedApp(), 'programs', name)
  const began = performance.now()
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(spec)], {
    env: environmentOf(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  })
  const ended = once(child, 'exit').then(([code]) => ({ code, wallMs: performance.now() - began }))
  const [{ code, wallMs }, said, complaint] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ])
  if (code !== 0) throw new Error(`${name} ${JSON.stringify(spec)} ended with ${code}: ${complaint || said}`)
  return { message: said === '' ? undefined : JSON.parse(said), wallMs }
}

/** A clean environment with `variables`. @param {Record<string, string>} variables @returns {NodeJS.ProcessEnv} */
export const environmentOf = (variables) => {
  const needed = NEEDED.filter((name) => name in process.env).map((name) => [name, process.env[name]])
  return { ...Object.fromEntries(needed), ...NO_IMDS, ...variables }
}

/**
 * The quickest of some samples. Other programs only ever add to the time of a process: if they do, this comes
 * nearer to what it takes than any mean.
 *
 * @param {number} count
 * @param {string} key names the time
 * @param {() => Promise<any>} take any, because each program says something else
 */
export const quickest = async (count, key, take) => {
  let best = await take()
  for (let nth = 1; nth < count; nth++) {
    const next = await take()
    if (next[key] < best[key]) best = next
  }
  return best
}
