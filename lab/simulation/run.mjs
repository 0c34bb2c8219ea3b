/**
 * Fleets of 1 to 100,000 replicas over three days, with an outage: the shipped rules beside those of @azure/identity.
 *
 *     npm run lab -- simulation [--publish]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { root, run } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { RESULTS } from '../support/report.mjs'
import { fleetPlot } from './plot.mjs'

/**
 * What core/src/cache/simulation tells of one fleet under one policy.
 *
 * @typedef {{
 *   policy: 'ours' | 'baseline', replicas: number, isRolling: boolean, lifeHours: number, outageMinutes: number,
 *   atStart: number, peak: number, mean: number, peakInOutage: number, peakAfter: number, withoutToken: number,
 *   recoverySeconds: number, longestWaitSeconds: number,
 * }} Row
 * @typedef {{ rows: Row[], series: import('./plot.mjs').Series[] }} Results
 */

/** @param {number} value */
const rounded = (value) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
/** @param {number} share */
const percent = (share) => (share > 0 && share < 0.001 ? 'under 0.1 %' : `${rounded(100 * share)} %`)

/** @type {[string, (row: Row) => string][]} */
const COLUMNS = [
  ['peak', ({ peak }) => rounded(peak)],
  ['mean', ({ mean }) => rounded(mean)],
  ['peak in the outage', ({ peakInOutage }) => rounded(peakInOutage)],
  ['peak after it', ({ peakAfter }) => rounded(peakAfter)],
  ['replicas without a token', ({ withoutToken }) => percent(withoutToken)],
  ['recovery', ({ recoverySeconds }) => `${rounded(recoverySeconds)} s`],
  ['longest wait', ({ longestWaitSeconds }) => `${rounded(longestWaitSeconds)} s`],
]

/** @param {Row[]} rows */
export const fleetTable = (rows) => {
  const ours = rows.filter(({ policy }) => policy === 'ours')
  const lines = ours.map((row) => {
    const { replicas, isRolling, lifeHours, outageMinutes } = row
    const other = rows.find(
      (one) =>
        one.policy === 'baseline' &&
        one.replicas === replicas &&
        one.isRolling === isRolling &&
        one.lifeHours === lifeHours &&
        one.outageMinutes === outageMinutes,
    )
    const fleet = [
      rounded(replicas),
      isRolling ? 'rolling' : 'together',
      `${lifeHours} h`,
      `${outageMinutes} min`,
    ]
    return [...fleet, ...COLUMNS.map(([, show]) => [row, ...(other ? [other] : [])].map(show).join(' · '))]
  })
  const titles = ['replicas', 'start', 'token', 'outage', ...COLUMNS.map(([title]) => title)]
  return markdownTable(titles, lines)
}

/** The fleet that the page shows; the others are in the results. @param {Row} row */
const isShown = ({ replicas }) => replicas >= 10_000

/** @param {string[]} args */
export const simulation = async (args) => {
  const { values: options } = parseArgs({ args, options: { publish: { type: 'boolean' } } })
  mkdirSync(RESULTS, { recursive: true })
  const path = join(RESULTS, 'simulation.json')
  const test = ['cache::simulation::whole', '--', '--ignored', '--exact']
  await run(
    'simulating fleets',
    ['cargo', 'test', '-q', '--release', '--locked', '-p', 'azure-openai-entra-core', '--lib', ...test],
    { env: { ...process.env, ENTRA_SIMULATION: path } },
  )
  const { rows, series } = /** @type {Results} */ (JSON.parse(readFileSync(path, 'utf8')))
  console.log(fleetTable(rows))
  if (!options.publish) return
  writeFileSync(join(root, 'docs/plots/fleet.svg'), await fleetPlot(series))
  await writeSections('docs/performance.md', { 'simulation:fleets': fleetTable(rows.filter(isShown)) })
}
