import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { differsByClass } from './cases/classes.mjs'

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

/** What the baseline does in a case that comes out better. @param {{ peer?: string }} row */
const deedOfBaseline = ({ peer }) => cell((peer ?? '').replace(/^worse: /, ''))

/**
 * The table for the documentation: without times and addresses, so that it changes only if an outcome does.
 *
 * @param {Row[]} rows
 * @param {{ baseline: string, node: string }} facts
 * @param {IsOwn} isOwn
 * @param {string} classes the section of the classes, which another run writes
 */
export const markdown = (rows, { baseline, node }, isOwn, classes) =>
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
    '## By class',
    '',
    `<!-- classes -->${classes}<!-- /classes -->`,
    '',
    '## By the chain',
    '',
    markdownTable(
      ['Case', 'What', 'Verdict', '@azure/identity'],
      rows.map(({ id, what, verdict, peer }) => [
        id,
        cell(what),
        verdict,
        verdict === 'better' ? deedOfBaseline({ peer }) : '',
      ]),
    ),
    '',
  ].join('\n')

/**
 * The section of the documentation for the cases by class.
 *
 * @param {Row[]} rows
 * @param {{ baseline: string, node: string }} facts
 */
export const byClass = (rows, { baseline, node }) => {
  const classOf = (/** @type {Row} */ { id }) => id.split('@')[1]
  const verdicts = VERDICTS.filter(
    (verdict) =>
      ['equal', 'better', 'worse'].includes(verdict) || rows.some((row) => row.verdict === verdict),
  )
  const numbers = (/** @type {Row[]} */ some) => [
    some.length,
    ...verdicts.map((verdict) => some.filter((row) => row.verdict === verdict).length),
  ]
  const classes = [...new Set(rows.map(classOf))].toSorted()
  return [
    'The cases of one credential, by the class that stands for it in place of the chain, against the same class of',
    `\`${baseline}\` on Node ${node}. \`npm run lab -- conformance --all --classes --publish\` writes this section.`,
    '',
    markdownTable(
      ['Class', 'Cases', ...verdicts],
      [
        ...classes.map((name) => [`\`${name}\``, ...numbers(rows.filter((row) => classOf(row) === name))]),
        ['all', ...numbers(rows)],
      ],
    ),
    '',
    'A case that is better by its class is better by the chain as well, except for these:',
    '',
    markdownTable(
      ['Case', 'Class', '@azure/identity'],
      rows
        .filter((row) => row.verdict === 'better' && differsByClass(row))
        .map((row) => [row.id.split('@')[0], `\`${classOf(row)}\``, deedOfBaseline(row)]),
    ),
  ].join('\n')
}
