import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a tool does; `when` the text is among its arguments, that.
 *
 * @typedef {{ stdout?: string, stderr?: string, exit?: number, hang?: boolean, delayMs?: number }} Deed
 * @typedef {Deed & { when?: Record<string, Deed> }} Script
 */

/**
 * Puts scripted command-line tools into `folder`. Each records how it was called and then does as it was told:
 * `{ stdout, stderr, exit, hang, delayMs, when: { '<text of the arguments>': {…} } }`.
 *
 * @param {string} folder
 * @param {Record<string, Script>} tools
 * @param {string} record
 */
export const writeTools = (folder, tools, record) => {
  for (const [name, script] of Object.entries(tools)) {
    const file = join(folder, name)
    writeFileSync(file, source(name, script, record))
    chmodSync(file, 0o755)
  }
}

// PATH holds only these tools, hence the full path of Node.
/** @param {string} name @param {Script} script @param {string} record */
const source = (name, script, record) => `#!${process.execPath}
const { appendFileSync } = require('fs')
const args = process.argv.slice(2)
appendFileSync(${JSON.stringify(record)}, JSON.stringify({ tool: ${JSON.stringify(name)}, args, cwd: process.cwd() }) + '\\n')
const script = ${JSON.stringify(script)}
const found = Object.entries(script.when ?? {}).find(([text]) => args.join(' ').includes(text))
const told = found ? found[1] : script
const finish = () => {
  if (told.hang) return setInterval(() => {}, 1000)
  process.stderr.write(told.stderr ?? '')
  process.stdout.write(told.stdout ?? '', () => process.exit(told.exit ?? 0))
}
setTimeout(finish, told.delayMs ?? 0)
`

/**
 * What was run, as one line each: the tool, its arguments and, in brackets, its working directory.
 *
 * @param {string} record
 */
export const spawnedTools = (record) => {
  if (!existsSync(record)) return []
  const lines = readFileSync(record, 'utf8').trim().split('\n')
  return lines.filter(Boolean).map((line) => describe(JSON.parse(line)))
}

/** @param {{ tool: string, args: string[], cwd: string }} call */
const describe = ({ tool, args, cwd }) => {
  const where = cwd === '/usr/bin' || cwd === '/bin' ? '/bin' : 'elsewhere'
  return `${tool} ${args.map(word).join(' ')} [${tool === 'pwsh' ? '-' : where}]`
}

/** @param {string} argument */
const word = (argument) => {
  // The program that PowerShell is handed is its own matter; what it is about is not.
  if (argument.includes('Get-AzAccessToken')) return script(argument)
  return /[\s"']/.test(argument) ? JSON.stringify(argument) : argument
}

/** @param {string} text */
const script = (text) => {
  /** @param {string} name */
  const quoted = (name) => new RegExp(`${name}\\s*=\\s*["']([^"']*)["']`).exec(text)?.[1] ?? ''
  return `<Get-AzAccessToken ${quoted('ResourceUrl')} ${quoted('tenantId')}>`.replace(' >', '>')
}
