/**
 * The conformance suite: every case against this package and against @azure/identity.
 *
 * `npm run conformance -- [--all] [--markdown] [--troubleshooting] [--verbose] [id or prefix ...]`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeCertificates } from '../__test__/support/certificates.mjs'
import { runLanes } from '../__test__/support/lanes.mjs'
import { namespaceRefusal } from '../__test__/support/namespace.mjs'
import { CASES } from './cases/index.mjs'
import { clientsRefusal } from './clients.mjs'
import { details, markdown, summary, table } from './report.mjs'
import { buildClock } from './stage/clock.mjs'
import { SCENES, troubleshooting } from './troubleshooting.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const arguments_ = process.argv.slice(2)
const flags = new Set(arguments_.filter((argument) => argument.startsWith('--')))
const wanted = arguments_.filter((argument) => !argument.startsWith('--'))
const LANES = Math.min(2, availableParallelism())

const folder = mkdtempSync(join(tmpdir(), 'entra-conformance-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
await makeCertificates(folder)
const noNamespace = namespaceRefusal()
const noClients = clientsRefusal()
const { library, refusal: noClock } = buildClock(join(root, 'target', 'conformance'))

/** Why a case is not run here, or undefined. */
const obstacle = (it) => {
  if (it.slow && !flags.has('--all') && !wanted.includes(it.id)) return 'takes long: --all runs it'
  if (noNamespace && needsNamespace(it)) return `needs a private network namespace (${noNamespace})`
  if (noClock && it.clock) return noClock
  if (noClients && it.client) return noClients
}

const needsNamespace = (it) =>
  it.imds !== undefined || Object.keys(it.files ?? {}).some((name) => name.startsWith('/var/opt/'))

const play = (queue, onResult) =>
  runLanes({
    program: new URL('lane.mjs', import.meta.url),
    lanes: LANES,
    isolated: !noNamespace,
    env: {
      ...process.env,
      CONFORMANCE_CERTIFICATES: folder,
      CONFORMANCE_CLOCK_LIBRARY: library ?? '',
      CONFORMANCE_ISOLATED: String(!noNamespace),
    },
    queue: queue.map(({ id }) => id),
    onResult,
  })

if (flags.has('--troubleshooting')) {
  if (noNamespace)
    throw new Error(`docs/troubleshooting.md needs a private network namespace: ${noNamespace}`)
  const told = new Map()
  await play(SCENES, ({ id, error }) => told.set(id, error))
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, 'docs', 'troubleshooting.md'), troubleshooting(told))
  console.log('docs/troubleshooting.md is written')
  process.exit()
}

const chosen = CASES.filter(
  ({ id }) =>
    wanted.length === 0 || wanted.some((name) => id === name || new RegExp(`^${name}\\d*$`).test(id)),
)
const skipped = chosen
  .filter(obstacle)
  .map((it) => ({ id: it.id, what: it.what, verdict: 'not run', why: obstacle(it) }))
const results = []
const began = Date.now()
// Long ones first, so that no lane is left with one at the end.
const queue = chosen
  .filter((it) => !obstacle(it))
  .toSorted((one, other) => (other.limitMs ?? 0) - (one.limitMs ?? 0))
const count = queue.length
await play(queue, (result) => {
  results.push(result)
  if (process.stderr.isTTY) process.stderr.write(`\r${results.length}/${count} `)
})
if (process.stderr.isTTY) process.stderr.write('\r')

const order = new Map(CASES.map(({ id }, nth) => [id, nth]))
const rows = [...results, ...skipped].toSorted((one, other) => order.get(one.id) - order.get(other.id))
const versionOf = (name) => createRequire(import.meta.url)(name).version
const facts = { rival: `@azure/identity ${versionOf('@azure/identity/package.json')}`, node: process.version }
console.log(table(rows))
console.log(details(rows, flags.has('--verbose')))
console.log(summary(rows, Date.now() - began))

mkdirSync(join(root, 'target'), { recursive: true })
writeFileSync(join(root, 'target', 'conformance.json'), JSON.stringify({ ...facts, rows }, undefined, 2))
if (flags.has('--markdown')) {
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, 'docs', 'conformance.md'), markdown(rows, facts))
}
process.exitCode = rows.every(({ verdict }) => ['equal', 'better', 'not run'].includes(verdict)) ? 0 : 1
