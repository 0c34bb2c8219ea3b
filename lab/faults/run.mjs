/** The fault matrix: every cell against this package and against @azure/identity. */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { makeCertificates } from '../../testkit/certificates.mjs'
import { runWorkers } from '../../testkit/worker-pool.mjs'
import { namespaceRefusal } from '../../testkit/namespace.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { baselineName, progress, saveResults } from '../support/report.mjs'
import { clients } from './clients.mjs'
import { cellById, choose, lengthOf } from './cells.mjs'
import { misses, summary, table, tables } from './report.mjs'
import { isDoubtful, judge } from './verdict.mjs'

const HELP = `npm run lab -- faults [options]

By default, a client secret and App Service meet every fault in every state with every recovery, and the other sources
meet the main faults: connection refused, silence, 429, 503 and JSON without a token. About a quarter of an hour.

  --all                     everything for every source: hours
  --quick                   twenty cells
  --source, --fault, --state, --recovery NAME   only these, also several times; a named source or fault is met whole
  --clients                 instead: how long users of openai and LangChain wait for the error of a dead identity endpoint
  --ours, --baseline           only this package, only @azure/identity
  --workers N                 so many cells at once (they mostly sleep)
  --publish                 also writes the tables of docs/faults.md
  --verbose                 every cell instead of a line for each fault

Everything is also in target/lab/faults.json. Ends with 1 if this package misses a target.`

const names = /** @type {const} */ ({ type: 'string', multiple: true })
const flag = /** @type {const} */ ({ type: 'boolean', multiple: false })
/** @param {string[]} args */
export const faults = async (args) => {
  const { values: options } = parseArgs({
    args,
    options: {
      source: names,
      fault: names,
      state: names,
      recovery: names,
      workers: { type: 'string' },
      all: flag,
      clients: flag,
      quick: flag,
      ours: flag,
      baseline: flag,
      publish: flag,
      verbose: flag,
      help: flag,
    },
  })
  if (options.help) {
    console.log(HELP)
    return
  }
  if (options.clients) return clients(options)

  const WORKERS = Number(options.workers ?? 20 * availableParallelism())
  if (!(WORKERS >= 1)) throw new StepFailed(`--workers is '${options.workers}' and not a number of 1 or more`)
  /** In which waits are looked at once more that the others may have caused. */
  const FEW_WORKERS = 2
  const WHO = /** @type {const} */ (['ours', 'baseline']).filter(
    (who) => options[who] || options.ours === options.baseline,
  )

  const noNamespace = namespaceRefusal()
  const obstacle = (/** @type {import('./cells.mjs').Cell} */ { source, fault }) =>
    noNamespace && (source.needsNamespace || fault.needsNamespace)
      ? `needs a private network namespace (${noNamespace})`
      : undefined

  const chosen = choose(options, options)
  if (chosen.length === 0) throw new StepFailed('no cell is all of that')
  /** @type {Map<string, import('./report.mjs').Row>} */
  const rows = new Map(chosen.map((cell) => [cell.id, { id: cell.id, notRun: obstacle(cell) }]))
  const queue = chosen
    .filter((cell) => !obstacle(cell))
    .toSorted((one, other) => lengthOf(other) - lengthOf(one))
    .flatMap(({ id, source }) =>
      WHO.filter((who) => who === 'ours' || !source.isOursOnly).map((who) => `${who} ${id}`),
    )

  const folder = mkdtempSync(join(tmpdir(), 'entra-faults-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await makeCertificates(folder)
  const began = Date.now()
  const runAll = async (/** @type {string[]} */ queue, /** @type {number} */ workers) => {
    const count = queue.length
    let ran = 0
    await runWorkers({
      program: new URL('worker.mjs', import.meta.url),
      workers: Math.min(workers, count),
      isolated: !noNamespace,
      env: { ...process.env, FAULTS_CERTIFICATES: folder, FAULTS_ISOLATED: String(!noNamespace) },
      queue,
      onResult: (/** @type {import('./worker.mjs').Result} */ { id, who, seen, broken }) => {
        /** @type {import('./verdict.mjs').Miss[]} */
        const missed = seen
          ? judge(cellById(id), seen)
          : [{ target: 'survival', text: `the cell was not run: ${broken}` }]
        Object.assign(/** @type {object} */ (rows.get(id)), { [who]: { ...seen, missed } })
        ran += 1
        progress(`${ran}/${count}`)
      },
    })
    progress('')
  }

  await runAll(queue, WORKERS)
  const doubtful = [...rows.values()].flatMap((row) =>
    WHO.filter((who) => row[who] !== undefined && isDoubtful(row[who])).map((who) => `${who} ${row.id}`),
  )
  await runAll(doubtful, FEW_WORKERS)

  const facts = {
    baseline: baselineName(),
    node: process.version,
    seconds: Math.round((Date.now() - began) / 1000),
  }
  const all = [...rows.values()]
  console.log(table(all, options.verbose || all.length <= 60))
  console.log(misses(all))
  console.log(summary(all, facts))
  saveResults('faults', { ...facts, rows: all })
  if (options.publish) await writeSections('docs/faults.md', { 'faults:figures': tables(all, facts) })
  return !all.some(({ ours }) => ours !== undefined && ours.missed.length > 0)
}
