import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { boundOf, TARGETS } from './verdict.mjs'
import { cellById } from './cells.mjs'

/**
 * @typedef {import('./cells.mjs').Cell} Cell
 * @typedef {import('./verdict.mjs').Seen} Seen
 *
 * @typedef {{ id: string, notRun?: string } & Partial<Record<import('./cells.mjs').Side, import('./verdict.mjs').Judged>>} Row
 *
 * @typedef {{ baseline: string, node: string, seconds: number }} Facts
 */

const WHO = /** @type {const} */ (['ours', 'baseline'])
/** @param {number[]} numbers */
const largest = (numbers) => numbers.reduce((most, number) => Math.max(most, number), 0)
/** @param {number[]} numbers */
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0)
/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** How long after its endpoint a cell recovered; infinite if it did not during the run. @param {Seen} seen */
const recoveryOf = ({ healthyAt = 0, recoveredAt }) =>
  recoveredAt === undefined ? Infinity : Math.max(0, recoveredAt - healthyAt)

/** @param {Seen[]} seen */
const recovery = (seen) => {
  const felt = seen.filter(({ healthyAt }) => healthyAt !== undefined)
  if (felt.length === 0) return '-'
  const worst = largest(felt.map(recoveryOf))
  return worst === Infinity ? 'never' : seconds(worst)
}

/** @param {Seen[]} seen @param {Cell[]} cells */
const longest = (seen, cells) => {
  const bound = Math.min(...cells.map(boundOf))
  const hangs = seen.some(({ waiting, longestMs }) => waiting > 0 && longestMs >= bound)
  return hangs ? 'hangs' : seconds(largest(seen.map(({ longestMs }) => longestMs)))
}

/** @param {Seen[]} seen */
const ends = (seen) => {
  const bad = seen.map(({ exit }) => exit).filter((exit) => exit !== 0)
  return bad.length === 0 ? '0' : `${[...new Set(bad)].join(', ')} (${bad.length}×)`
}

/**
 * The columns: what is said of one or more cells. Of several it is the worst, or the sum of counts.
 *
 * @type {[title: string, figure: (seen: Seen[], cells: Cell[]) => string][]}
 */
const COLUMNS = [
  ['wait while valid', (seen) => `${Math.round(largest(seen.map((it) => it.longestWhileValidMs)))} ms`],
  ['longest wait', longest],
  ['recovery', recovery],
  ['requests', (seen) => String(largest(seen.map(({ attempts }) => attempts.length)))],
  ['expired', (seen) => String(total(seen.map(({ expired }) => expired)))],
  ['lost', (seen) => String(total(seen.map(({ lost }) => lost)))],
  ['rejections', (seen) => String(total(seen.map(({ unhandled }) => unhandled)))],
  ['exit', ends],
]

/** `ours · baseline` for each column. @param {Row[]} rows */
const figures = (rows) =>
  COLUMNS.map(([, figure]) =>
    WHO.map((who) => {
      const seen = rows.map((row) => row[who]).filter((judged) => judged?.attempts !== undefined)
      return seen.length === 0
        ? '-'
        : figure(
            seen,
            rows.map(({ id }) => cellById(id)),
          )
    }).join(' · '),
  )

/**
 * @template K
 * @param {Row[]} rows
 * @param {(cell: Cell) => K} keyOf
 */
const groupBy = (rows, keyOf) => {
  /** @type {Map<K, Row[]>} */
  const groups = new Map()
  for (const row of rows) {
    const key = keyOf(cellById(row.id))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups]
}

/** @param {Row[]} rows */
const ran = (rows) => rows.filter(({ notRun }) => notRun === undefined)

/**
 * The table for the terminal: a line for each fault of each source, or for each cell.
 *
 * @param {Row[]} rows
 * @param {boolean} [each]
 */
export const table = (rows, each) => {
  const nameOf = (/** @type {Cell} */ { id, source, fault }) => (each ? id : `${source.id}/${fault.id}`)
  const lines = [['ours · baseline', ...COLUMNS.map(([title]) => title)]]
  for (const [name, group] of groupBy(ran(rows), nameOf)) lines.push([name, ...figures(group)])
  const widths = lines[0].map((_, nth) => largest(lines.map((line) => line[nth].length)))
  return lines
    .map((line) =>
      line
        .map((text, nth) => text.padEnd(widths[nth]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What we miss, and what was not run. @param {Row[]} rows */
export const misses = (rows) => {
  const lines = rows.flatMap(({ id, ours, notRun }) => [
    ...(ours?.missed ?? []).map(({ text }) => `${id}: ${text}`),
    ...(notRun ? [`${id}: not run: ${notRun}`] : []),
  ])
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

/** How many cells miss each target, by implementation. @param {Row[]} rows */
const missesByTarget = (rows) =>
  Object.entries(TARGETS).map(([target, what]) => [
    what,
    ...WHO.map((who) => {
      const results = rows.flatMap((row) => (row[who] ? [row[who].missed] : []))
      const count = results.filter((missed) => missed.some((miss) => miss.target === target)).length
      return results.length === 0 ? '-' : `${count} of ${results.length}`
    }),
  ])

/** @param {Row[]} rows @param {Facts} facts */
export const summary = (rows, { seconds, baseline }) => {
  const counts = missesByTarget(rows).map(
    ([what, ours, other]) => `  ${what.padEnd(56)}  ${ours.padEnd(12)}  ${other}`,
  )
  return [
    `${ran(rows).length} cells in ${seconds} s, ${rows.length - ran(rows).length} not run. Cells that miss a target, ours and ${baseline}:`,
    ...counts,
  ].join('\n')
}

/** The tables for docs/faults.md. @param {Row[]} rows @param {Facts} facts */
export const tables = (rows, { baseline, node, seconds }) => {
  const bySource = groupBy(ran(rows), ({ source }) => source)
  const isWhole = (/** @type {typeof bySource[number]} */ [, group]) =>
    new Set(group.map(({ id }) => cellById(id).fault)).size > 10
  const titles = COLUMNS.map(([title]) => title)
  const whole = bySource.filter(isWhole).flatMap(([source, group]) => [
    `### ${source.what[0].toUpperCase()}${source.what.slice(1)}`,
    '',
    markdownTable(
      ['fault', ...titles],
      groupBy(group, ({ fault }) => fault).map(([fault, cells]) => [fault.what, ...figures(cells)]),
    ),
    '',
  ])
  const others = bySource.filter((entry) => !isWhole(entry))
  return [
    `${ran(rows).length} cells in ${Math.round(seconds / 60)} min, on Node ${node}, beside \`${baseline}\`. Cells that miss a target:`,
    '',
    markdownTable(['target', 'ours', '@azure/identity'], missesByTarget(rows)),
    '',
    ...whole,
    ...(others.length === 0
      ? []
      : [
          '### The other sources',
          '',
          markdownTable(
            ['source', ...titles],
            others.map(([source, group]) => [source.what, ...figures(group)]),
          ),
        ]),
    '',
  ].join('\n')
}
