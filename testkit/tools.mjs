import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Puts scripted command-line tools into `folder`. Each records how it was called and then does as it was told:
 * `{ stdout, stderr, exit, hang, delayMs, when: { '<text of the arguments>': {…} } }`.
 */
export const writeTools = (folder, tools, record) => {
  for (const [name, script] of Object.entries(tools)) {
    const file = join(folder, name)
    writeFileSync(file, source(name, script, record))
    chmodSync(file, 0o755)
  }
}

// PATH holds only these tools, hence the full path of Node.
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

/** What was run, as one line each: the tool, its arguments and, in brackets, its working directory. */
export const spawnedTools = (record) => {
  if (!existsSync(record)) return []
  const lines = readFileSync(record, 'utf8').trim().split('\n')
  return lines.filter(Boolean).map((line) => describe(JSON.parse(line)))
}

const describe = ({ tool, args, cwd }) => {
  const where = cwd === '/usr/bin' || cwd === '/bin' ? '/bin' : 'elsewhere'
  return `${tool} ${args.map(word).join(' ')} [${tool === 'pwsh' ? '-' : where}]`
}

const word = (argument) => {
  // The program that PowerShell is handed is its own matter; what it is about is not.
  if (argument.includes('Get-AzAccessToken')) return script(argument)
  return /[\s"']/.test(argument) ? JSON.stringify(argument) : argument
}

const script = (text) => {
  const quoted = (name) => new RegExp(`${name}\\s*=\\s*["']([^"']*)["']`).exec(text)?.[1] ?? ''
  return `<Get-AzAccessToken ${quoted('ResourceUrl')} ${quoted('tenantId')}>`.replace(' >', '>')
}
