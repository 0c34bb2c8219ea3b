#!/usr/bin/env node
import { fstatSync, writeSync } from 'node:fs'

import manifest from '../package.json' with { type: 'json' }
import * as doctor from './doctor/usage.mjs'
import * as health from './health/usage.mjs'
import * as librechat from './librechat/command.mjs'
import { inLines } from './foreign-text.mjs'
import { quotedWord } from './forms.mjs'
import { Refusal } from './librechat/refusal.mjs'
import * as swap from './swap/usage.mjs'
import { failureAtPath, failureOf, isSystemError } from './system-error.mjs'
import { UsageError } from './usage.mjs'

/**
 * @typedef {{
 *   summary: string, help: string,
 *   run: (args: string[], print: (text: string) => void) => number | Promise<number>,
 * }} Command
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  doctor: { ...doctor, run: async (...args) => (await import('./doctor/command.mjs')).run(...args) },
  health: { ...health, run: async (...args) => (await import('./health/command.mjs')).run(...args) },
  librechat,
  swap: { ...swap, run: async (...args) => (await import('./swap/command.mjs')).run(...args) },
}

const HELP = `azure-openai-entra ${manifest.version}: Azure OpenAI without API keys

Usage: npx azure-openai-entra <command>

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}  ${summary}`)
  .join('\n')}

  npx azure-openai-entra <command> --help   describes a command
  npx azure-openai-entra --version
`

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const [name, ...rest] = args
  if (name === undefined) {
    process.stderr.write(HELP)
    return 2
  }
  if (name === '--version') print(`${manifest.version}\n`)
  else if (name === '--help' || name === '-h') print(HELP)
  else if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`There is no command ${quotedWord(name)}.`)
  else if (rest.includes('--help') || rest.includes('-h')) print(COMMANDS[name].help)
  else return COMMANDS[name].run(rest, print)
  return 0
}

/** @param {string} text */
function print(text) {
  if (!isFile(process.stdout.fd)) return void process.stdout.write(text)
  // Node writes to a file once, and takes it for a success if only a part fits.
  try {
    for (let rest = Buffer.from(text); rest.length > 0;)
      rest = rest.subarray(writeSync(process.stdout.fd, rest))
  } catch (error) {
    loseOutput(/** @type {NodeJS.ErrnoException} */ (error))
  }
}

/** @param {number} descriptor */
function isFile(descriptor) {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    return false
  }
}

/**
 * @param {unknown} error
 * @returns {number} the exit code
 */
function explain(error) {
  const say = (/** @type {string} */ text) => void process.stderr.write(inLines(text))
  if (error instanceof UsageError) say(`${error.message}\nRun npx azure-openai-entra --help for the usage.\n`)
  else if (error instanceof Refusal) say(`${error.outcome}\n\n${error.message}\n`)
  else if (isSystemError(error)) say(`${failureAtPath(error)}\n`)
  else throw error
  return 2
}

/** The exit code of a command that succeeded and whose output did not. */
const OUTPUT_LOST = 4

async function start() {
  process.stdout.on('error', loseOutput)
  // What cannot be told cannot be told of either; an error without a listener would end the command.
  process.stderr.on('error', () => {})
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    process.exitCode = explain(error)
  }
}

/**
 * A reader that has seen enough, such as `head`, is no failure of the command; a full disk is. The first failure is told once
 * the exit code of the command is known; a code of failure stays.
 *
 * @param {NodeJS.ErrnoException} error
 */
function loseOutput(error) {
  process.stdout.removeListener('error', loseOutput).on('error', () => {})
  if (error.code === 'EPIPE') return
  process.once('beforeExit', () => {
    const succeeded = !process.exitCode
    if (succeeded) process.exitCode = OUTPUT_LOST
    const what = succeeded ? 'The command succeeded, but its output' : 'The output'
    process.stderr.write(
      `${what} cannot be written: ${failureOf(error)}. Free the disk, or write it elsewhere, and repeat the command.\n`,
    )
  })
}

void start()
