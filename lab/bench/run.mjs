/**
 * Measures this package beside @azure/identity and the floor.
 *
 *     npm run lab -- bench [row …] [--quick] [--out FOLDER] [--publish]
 *
 * `--quick` tries every row at its smallest, and without a name only those that install nothing. `--publish` also puts the
 * figures into the documentation.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { StepFailed, root } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { RESULTS, baselineName, progress, saveResults } from '../support/report.mjs'
import { CURVES, ROWS } from './rows/index.mjs'
import { startTestbed } from './testbed/endpoints.mjs'
import { figuresOf, measureCurve, takeSamples } from './testbed/measure.mjs'
import { curvePlot, memoryPlot, targetPlot } from './testbed/plots.mjs'
import { conditions, curveTable, figureTable, shortTable } from './testbed/tables.mjs'

/**
 * @param {(it: { id: string }) => boolean} isWanted
 * @param {boolean} quick
 */
const measure = async (isWanted, quick) => {
  const testbed = await startTestbed()
  const options = { testbed, quick, progress }
  const rows = []
  const curves = []
  try {
    for (const row of ROWS.filter(isWanted)) {
      const samples = await takeSamples(row, options).catch((error) => leftOut(row, error))
      if (samples) rows.push({ id: row.id, samples, figures: figuresOf(row, samples) })
    }
    for (const curve of CURVES.filter(isWanted)) curves.push(await measureCurve(curve, options))
  } finally {
    progress('')
    await testbed.close()
  }
  return { rows, curves }
}

/**
 * Goes on without a row whose packages cannot be installed.
 *
 * @param {import('./testbed/measure.mjs').Row} row
 * @param {unknown} error
 */
const leftOut = ({ id }, error) => {
  if (!(error instanceof StepFailed)) throw error
  console.log(`${id} is left out. ${error.message}`)
}

/** @param {string[]} args */
export const bench = async (args) => {
  const { values: flags, positionals: wanted } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      out: { type: 'string', default: RESULTS },
    },
  })

  const known = [...ROWS, ...CURVES].map(({ id }) => id)
  const unknown = wanted.filter((id) => !known.includes(id))
  if (unknown.length > 0) {
    throw new StepFailed(`There is no row ${unknown.join(', ')}, only ${known.join(', ')}.`)
  }
  if (flags.publish && (flags.quick || wanted.length > 0)) {
    throw new StepFailed('Only a whole run is published.')
  }
  /** @param {{ id: string, prepare?: unknown }} row */
  const isWanted = ({ id, prepare }) =>
    wanted.length === 0 ? !(flags.quick && prepare) : wanted.includes(id)

  const before = loadavg()[0]
  const { rows, curves } = await measure(isWanted, flags.quick)
  const load = { before, after: loadavg()[0] }
  const [{ model }] = cpus()
  const facts = {
    baseline: baselineName(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: model,
    cores: cpus().length,
    load,
  }
  const figures = rows.flatMap((row) => row.figures)
  const memory = rows.find(({ id }) => id === 'memory-kept')

  /** @type {Record<string, string>} */
  const plots = {
    ...(figures.length > 0 && { targets: await targetPlot(figures) }),
    ...(memory && { 'memory-kept': await memoryPlot(memory.samples) }),
  }
  for (const { x, lines } of curves) {
    for (const line of lines) plots[line.id] = await curvePlot(x, line)
  }
  const growth = curves.flatMap(({ x, lines }) => lines.map((line) => curveTable(x, line))).join('\n')
  const tables = `${figureTable(figures)}\n${growth}`

  const writePlots = (/** @type {string} */ folder) => {
    mkdirSync(folder, { recursive: true })
    for (const [name, plot] of Object.entries(plots)) writeFileSync(join(folder, `${name}.svg`), plot)
  }
  rmSync(join(flags.out, 'bench'), { recursive: true, force: true })
  writePlots(join(flags.out, 'bench'))
  saveResults('bench', { ...facts, rows, curves }, flags.out)
  writeFileSync(join(flags.out, 'bench', 'tables.md'), `${conditions(facts)}\n\n${tables}`)
  console.log(tables)
  console.log(conditions(facts))

  if (flags.publish) {
    // Other labs' plots are there too.
    writePlots(join(root, 'docs', 'plots'))
    await writeSections('docs/performance.md', {
      'bench:figures': `${conditions(facts)}\n\n${figureTable(figures)}`,
      'bench:growth': growth,
    })
    await writeSections('README.md', { 'bench:figures': shortTable(figures) })
  }
}
