/**
 * The conformance suite: every case against this package and against @azure/identity.
 *
 *     npm run lab -- conformance [--all] [--classes] [--publish] [--troubleshooting] [--verbose] [id or prefix …]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { makeCertificates } from '../../testkit/certificates.mjs'
import { runWorkers } from '../../testkit/worker-pool.mjs'
import { namespaceRefusal } from '../../testkit/namespace.mjs'
import { StepFailed, root } from '../../scripts/support/run.mjs'
import { readSection, writeSections } from '../../scripts/support/sections.mjs'
import { RESULTS, baselineName, progress, saveResults, writePage } from '../support/report.mjs'
import { CASES as OF_CHAIN, CLASS_CASES, isOwn } from './cases/index.mjs'
import { clientsRefusal } from './clients.mjs'
import { byClass, details, markdown, ownDeeds, summary, table } from './report.mjs'
import { buildClock } from './testbed/clock.mjs'
import { FIXTURES, troubleshooting } from './troubleshooting.mjs'

/**
 * @typedef {import('./cases/common.mjs').Setting & { id: string }} Runnable a case or a fixture
 * @typedef {import('./cases/common.mjs').Row} Row
 */

const PAGE = 'docs/conformance.md'
const flag = /** @type {const} */ ({ type: 'boolean', multiple: false })
/** @param {string[]} args */
export const conformance = async (args) => {
  const { values: flags, positionals: wanted } = parseArgs({
    args,
    options: { all: flag, classes: flag, publish: flag, troubleshooting: flag, verbose: flag },
    allowPositionals: true,
  })
  const CASES = flags.classes ? CLASS_CASES : OF_CHAIN
  const WORKERS = Math.min(2, availableParallelism())

  const folder = mkdtempSync(join(tmpdir(), 'entra-conformance-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await makeCertificates(folder)
  const noNamespace = namespaceRefusal()
  const noClients = clientsRefusal()
  const { library, refusal: noClock } = buildClock(join(RESULTS, 'conformance'))

  /** Why a case is not run here, or undefined. @param {Runnable} it */
  const obstacle = (it) => {
    if (it.slow && !flags.all && !wanted.includes(it.id)) return 'takes long: --all runs it'
    if (noNamespace && needsNamespace(it)) return `needs a private network namespace (${noNamespace})`
    if (noClock && it.clock) return noClock
    if (noClients && it.client) return noClients
  }

  const needsNamespace = (/** @type {Runnable} */ it) =>
    it.imds !== undefined || Object.keys(it.files ?? {}).some((name) => name.startsWith('/var/opt/'))

  /**
   * @template Result
   * @param {Runnable[]} queue
   * @param {(result: Result) => void} onResult
   */
  const runCases = (queue, onResult) =>
    runWorkers({
      program: new URL('worker.mjs', import.meta.url),
      workers: WORKERS,
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

  if (flags.troubleshooting) {
    /** @typedef {import('./cases/common.mjs').SeenError} SeenError */
    /** @type {Map<string, SeenError | undefined>} */
    const told = new Map()
    const fixtures = FIXTURES.filter((fixture) => !obstacle(fixture))
    await runCases(fixtures, (/** @type {{ id: string, error?: SeenError }} */ { id, error }) =>
      told.set(id, error),
    )
    const [name, wanting] = ['docs/troubleshooting.md', FIXTURES.length - fixtures.length]
    const before = existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : ''
    if (wanting > 0) console.log(`${wanting} messages stay as they are: no private network namespace`)
    return writePage(name, troubleshooting(told, before))
  }

  const named = (/** @type {string} */ name, /** @type {{ id: string }} */ { id }) =>
    id === name || new RegExp(`^${name}\\d*(?:@.*)?$`).test(id)
  const unknown = wanted.filter((name) => !CASES.some((it) => named(name, it)))
  if (unknown.length > 0) throw new StepFailed(`There is no case ${unknown.join(', ')}.`)
  const chosen = CASES.filter((it) => wanted.length === 0 || wanted.some((name) => named(name, it)))
  const skipped = chosen
    .filter(obstacle)
    .map((it) => ({ id: it.id, what: it.what, verdict: 'not run', why: obstacle(it) }))
  /** @type {Row[]} */
  const results = []
  const began = Date.now()
  // Long ones first, so that no worker is left with one at the end.
  const queue = chosen
    .filter((it) => !obstacle(it))
    .toSorted((one, other) => (other.limitMs ?? 0) - (one.limitMs ?? 0))
  const count = queue.length
  await runCases(queue, (/** @type {Row} */ result) => {
    results.push(result)
    progress(`${results.length}/${count}`)
  })
  progress('')

  const order = CASES.map(({ id }) => id)
  const place = (/** @type {{ id: string }} */ { id }) => order.indexOf(id)
  const rows = [...results, ...skipped].toSorted((one, other) => place(one) - place(other))
  const { CONFORMANCE_BASELINE: elsewhere } = process.env
  const facts = {
    baseline: baselineName(elsewhere && join(elsewhere, 'package.json')),
    node: process.version,
  }
  console.log(table(rows))
  console.log(details(rows, flags.verbose))
  console.log(summary(rows, Date.now() - began))
  if (!flags.classes) console.log(ownDeeds(rows, isOwn))

  saveResults(flags.classes ? 'conformance-classes' : 'conformance', { ...facts, rows })
  if (flags.publish && flags.classes) await writeSections(PAGE, { classes: byClass(rows, facts) })
  else if (flags.publish) {
    await writePage(PAGE, markdown(rows, facts, isOwn, readSection(PAGE, 'classes')))
  }
  return rows.every(({ verdict }) => ['equal', 'better', 'not run'].includes(verdict))
}
