#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import * as librechat from './librechat/command.mjs'
import { Refusal } from './librechat/refusal.mjs'
import { UsageError } from './usage.mjs'

/** @type {Record<string, { summary: string, help: string, run: (args: string[], print: (text: string) => void) => number }>} */
const COMMANDS = { librechat }

const HELP = `azure-openai-entra ${manifest.version}: Azure OpenAI without API keys

Usage: npx azure-openai-entra <command>

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}  ${summary}`)
  .join('\n')}

  npx azure-openai-entra <command> --help   says more
  npx azure-openai-entra --version
`

/**
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main(args) {
  const [name, ...rest] = args
  const print = (/** @type {string} */ text) => void process.stdout.write(text)
  if (name === undefined) {
    process.stderr.write(HELP)
    return 2
  }
  if (name === '--version') print(`${manifest.version}\n`)
  else if (name === '--help' || name === '-h') print(HELP)
  else if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command ${JSON.stringify(name)}`)
  else if (rest.includes('--help') || rest.includes('-h')) print(COMMANDS[name].help)
  else return COMMANDS[name].run(rest, print)
  return 0
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nnpx azure-openai-entra --help says how to use it.\n`)
  } else if (error instanceof Refusal) {
    process.stderr.write(`Nothing was changed.\n\n${error.message}\n`)
  } else {
    throw error
  }
  process.exitCode = 2
}
