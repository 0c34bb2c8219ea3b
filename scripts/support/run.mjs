/** Runs the commands of the other scripts: one progress line each on stderr, and their output only if they fail. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A failure that has been told in full: a stack trace would add nothing. */
export class StepFailed extends Error {}

/**
 * Runs a command to its end and gives what it printed.
 *
 * @param {string} label what the progress line says
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, minutes?: number }} [options] `minutes` bounds a command that
 *   hangs; the longest honest one, a release build on a small machine, takes about five
 */
export async function run(label, [file, ...args], { cwd = root, env = process.env, minutes = 20 } = {}) {
  const progress = startProgress(label)
  /** @type {string[]} */
  const chunks = []
  const failure = await new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const streams = [child.stdout, child.stderr]
    const bound = setTimeout(() => {
      child.kill('SIGKILL')
      // What it started may hold them open for as long as it likes.
      for (const stream of streams) stream.destroy()
      resolve(`did not end within ${minutes} minutes`)
    }, minutes * 60_000)
    for (const stream of streams) {
      stream.setEncoding('utf8').on('data', (text) => {
        chunks.push(text)
        progress.show(text)
      })
    }
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      clearTimeout(bound)
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`)
    })
  })
  progress.end(failure === undefined)
  const output = stripVTControlCharacters(chunks.join(''))
  if (failure === undefined) return output
  process.stderr.write(`${output.trimEnd()}\n\n$ ${[basename(file), ...args].join(' ')}\n`)
  throw new StepFailed(`${label}: ${failure}`)
}

/**
 * A step that runs in this process.
 *
 * @template T
 * @param {string} label
 * @param {() => T | Promise<T>} work
 */
export async function step(label, work) {
  const progress = startProgress(label)
  try {
    const result = await work()
    progress.end(true)
    return result
  } catch (error) {
    progress.end(false)
    throw error
  }
}

/**
 * One line per step. A terminal sees the seconds pass and what the command last said; a log gets the label at the
 * start and the time at the end.
 *
 * @param {string} label
 */
function startProgress(label) {
  const { stderr } = process
  const started = Date.now()
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`
  let latest = ''
  const draw = () => {
    const line = `${label} … ${seconds()}  ${latest}`
    stderr.write(`\r\x1b[2K${line.slice(0, stderr.columns - 1)}`)
  }
  const timer = stderr.isTTY ? setInterval(draw, 500) : undefined
  stderr.write(`${label} …`)
  return {
    /** @param {string} text */
    show(text) {
      latest = stripVTControlCharacters(text).trim().split('\n').at(-1)?.trim() ?? ''
    },
    /** @param {boolean} passed */
    end(passed) {
      clearInterval(timer)
      const start = stderr.isTTY ? `\r\x1b[2K${label} …` : ''
      stderr.write(`${start} ${passed ? '' : 'failed after '}${seconds()}\n`)
    },
  }
}

/**
 * The command line of a development dependency's program. It is run by this Node and not through `node_modules/.bin`,
 * whose entries on Windows only a shell can start.
 *
 * @param {string} program
 * @param {string} [dependency]
 */
export function tool(program, dependency = program) {
  const folder = join(root, 'node_modules', dependency)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[program])]
}

/** The command line that formats TOML. */
export const taplo = () => [...tool('taplo', '@taplo/cli'), 'format', '--config', '.config/taplo.toml']

/** The command line of npm, for the same reason: on Windows `npm` is a shell script. */
export function npm() {
  const running = process.env.npm_execpath
  if (running && basename(running) === 'npm-cli.js') return [process.execPath, running]
  if (process.platform !== 'win32') return ['npm']
  return [process.execPath, join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js')]
}

/**
 * The frame of every script: sets the exit code after a failure, and prints its message if it was not yet printed.
 *
 * @param {string} url the script's `import.meta.url`; nothing runs if another script imports it
 * @param {() => Promise<unknown>} main
 */
export async function runIfMain(url, main) {
  if (process.argv[1] !== fileURLToPath(url)) return
  try {
    await main()
  } catch (error) {
    const { code, message, stack } = /** @type {NodeJS.ErrnoException} */ (error)
    // What parseArgs refuses is told by its message as well.
    const isTold = error instanceof StepFailed || code?.startsWith('ERR_PARSE_ARGS')
    process.stderr.write(`${isTold ? message : stack}\n`)
    process.exitCode = 1
  }
}
