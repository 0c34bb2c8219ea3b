const VERDICTS = ['equal', 'better', 'worse', 'wrong', 'unexplained', 'broken', 'not run']

const state = (row, who) => {
  if (row.verdict === 'not run') return '-'
  return row.wrong[who].length === 0 ? 'ok' : 'no'
}

/** The table for the terminal. */
export const table = (rows) => {
  const width = Math.max(...rows.map(({ id }) => id.length), 2)
  const what = 76
  const line = (id, text, ours, baseline, verdict) =>
    `${id.padEnd(width)}  ${text.slice(0, what).padEnd(what)}  ${ours.padEnd(4)}  ${baseline.padEnd(5)}  ${verdict}`
  const head = line('id', 'what', 'ours', 'baseline', 'verdict')
  return [
    head,
    ...rows.map((row) => line(row.id, row.what, state(row, 'ours'), state(row, 'baseline'), row.verdict)),
  ].join('\n')
}

/** What is not as expected: of ours always, of the baseline's on request. */
export const details = (rows, verbose) => {
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

const counts = (rows) =>
  VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]).filter(
    ([, count]) => count,
  )

export const summary = (rows, ms) =>
  `${rows.length} cases in ${Math.round(ms / 1000)} s: ${counts(rows)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ')}`

/** What ours did, without times: what was sent, what was run, what came of it. */
const deed = ({ seen: { ours } }) => {
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

/** How many of the suite's own cases differ from every other case in a request or an outcome. */
export const ownDeeds = (rows, isOwn) => {
  const ran = rows.filter(({ seen }) => seen)
  const count = new Map()
  for (const row of ran) count.set(deed(row), (count.get(deed(row)) ?? 0) + 1)
  const own = ran.filter(isOwn)
  const alone = own.filter((row) => count.get(deed(row)) === 1).length
  return `${own.length} of them the suite's own, of which ${alone} differ from every other case in a request or an outcome`
}

const cell = (text) => text.replaceAll('|', '\\|')

/** The table for the documentation: without times and addresses, so that it changes only if an outcome does. */
export const markdown = (rows, { baseline, node }, isOwn) =>
  [
    '# Conformance',
    '',
    '<!-- Written by npm run lab -- conformance --all --publish. -->',
    '',
    `The same cases, run against this package and against \`${baseline}\` on Node ${node}. *Equal*: both do as the case`,
    'expects. *Better*: this package does, and `@azure/identity` does what is said beside it.',
    '',
    counts(rows)
      .map(([verdict, count]) => `${count} ${verdict}`)
      .join(', ') + `; ${ownDeeds(rows, isOwn)}.`,
    '',
    '| Case | What | Verdict | @azure/identity |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      (row) =>
        `| ${row.id} | ${cell(row.what)} | ${row.verdict} | ${row.verdict === 'better' ? cell(row.peer.replace(/^worse: /, '')) : ''} |`,
    ),
    '',
  ].join('\n')
