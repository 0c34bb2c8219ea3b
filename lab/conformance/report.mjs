import { markdownTable } from '../../scripts/support/markdown-table.mjs'

const VERDICTS = ['equal', 'better', 'worse', 'wrong', 'unexplained', 'broken', 'not run']

/**
 * @typedef {import('./cases/common.mjs').Row} Row
 * @typedef {(row: Row) => boolean} IsOwn
 */

/** @param {Row} row @param {import('./cases/common.mjs').Side} side */
const state = (row, side) => {
  if (row.verdict === 'not run') return '-'
  return row.wrong?.[side].length === 0 ? 'ok' : 'no'
}

/** The table for the terminal. @param {Row[]} rows */
export const table = (rows) => {
  const width = Math.max(...rows.map(({ id }) => id.length), 2)
  const what = 76
  /** @param {string} id @param {string} text @param {string} ours @param {string} baseline @param {string} verdict */
  const line = (id, text, ours, baseline, verdict) =>
    `${id.padEnd(width)}  ${text.slice(0, what).padEnd(what)}  ${ours.padEnd(4)}  ${baseline.padEnd(5)}  ${verdict}`
  const head = line('id', 'what', 'ours', 'baseline', 'verdict')
  return [
    head,
    ...rows.map((row) => line(row.id, row.what, state(row, 'ours'), state(row, 'baseline'), row.verdict)),
  ].join('\n')
}

/** What is not as expected: of ours always, of the baseline's on request. @param {Row[]} rows @param {boolean} [verbose] */
export const details = (rows, verbose) => {
  /** @type {string[]} */
  const lines = []
  for (const row of rows) {
    for (const sentence of row.wrong?.ours ?? []) lines.push(`${row.id} ours:  ${sentence}`)
    const tell = verbose || row.verdict === 'unexplained' || row.verdict === 'wrong'
    for (const sentence of tell ? (row.wrong?.baseline ?? []) : [])
      lines.push(`${row.id} baseline: ${sentence}`)
    if (row.verdict === 'not run') lines.push(`${row.id} not run: ${row.why}`)
    if (verbose && row.peer?.startsWith('worse') && row.verdict === 'equal') {
      lines.push(`${row.id} baseline: does as expected here, though noted as ${row.peer}`)
    }
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

/** @param {Row[]} rows */
const counts = (rows) =>
  VERDICTS.map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ')

/** @param {Row[]} rows @param {number} ms */
export const summary = (rows, ms) => `${rows.length} cases in ${Math.round(ms / 1000)} s: ${counts(rows)}`

/** What ours did, without times: what was sent, what was run, what came of it. @param {import('./cases/common.mjs').Seen} ours */
const deed = (ours) => {
  const outcomes = ours.outcomes.map(({ token, distinct, failures, thrown, error }) => [
    token,
    distinct,
    failures,
    thrown,
    error?.code,
    error?.message,
  ])
  return JSON.stringify([ours.requests, ours.proxied, ours.spawned, outcomes])
}

/** How many of the suite's own cases differ from every other case in a request or an outcome. @param {Row[]} rows @param {IsOwn} isOwn */
export const ownDeeds = (rows, isOwn) => {
  const ran = rows.flatMap((row) => (row.seen ? { isOwn: isOwn(row), deed: deed(row.seen.ours) } : []))
  /** @type {Map<string, number>} */
  const count = new Map()
  for (const { deed } of ran) count.set(deed, (count.get(deed) ?? 0) + 1)
  const own = ran.filter((it) => it.isOwn)
  const unique = own.filter(({ deed }) => count.get(deed) === 1).length
  return `${own.length} of them the suite's own, of which ${unique} differ from every other case in a request or an outcome`
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|')

/**
 * The table for the documentation: without times and addresses, so that it changes only if an outcome does.
 *
 * @param {Row[]} rows
 * @param {{ baseline: string, node: string }} facts
 * @param {IsOwn} isOwn
 */
export const markdown = (rows, { baseline, node }, isOwn) =>
  [
    '# Conformance',
    '',
    '<!-- Written by npm run lab -- conformance --all --publish. -->',
    '',
    `The same cases, run against this package and against \`${baseline}\` on Node ${node}. *Equal*: both do as the case`,
    'expects. *Better*: this package does, and `@azure/identity` does what is said beside it.',
    '',
    `${counts(rows)}; ${ownDeeds(rows, isOwn)}.`,
    '',
    markdownTable(
      ['Case', 'What', 'Verdict', '@azure/identity'],
      rows.map(({ id, what, verdict, peer }) => [
        id,
        cell(what),
        verdict,
        verdict === 'better' ? cell((peer ?? '').replace(/^worse: /, '')) : '',
      ]),
    ),
    '',
  ].join('\n')
