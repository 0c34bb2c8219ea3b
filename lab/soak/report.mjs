/**
 * @typedef {import('./verdict.mjs').Growth} Growth
 *
 * @typedef {ReturnType<typeof import('./verdict.mjs').judge> & {
 *   side: import('./load.mjs').Side, totals: import('./load.mjs').Totals, samples: unknown[],
 *   endpoints: import('./verdict.mjs').Seen['endpoints'],
 * }} Result
 */

const NAMES = { ours: 'azure-openai-entra', baseline: '@azure/identity', bare: 'only Node' }

/** @param {number} value */
const number = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2))

/** A slope with its confidence interval, of the second half, an hour. @param {Growth} growth */
const slope = ({ isMeasured, slope, low, high }) =>
  isMeasured ? `${number(slope * 60)} (${number(low * 60)} … ${number(high * 60)})` : 'not measured'

const COLUMNS = [28, 20, 10, 10, 34]
/** @param {string[]} cells */
const line = (...cells) =>
  cells
    .map((cell, nth) => String(cell).padEnd(COLUMNS[nth]))
    .join('  ')
    .trimEnd()

/** The table for the terminal. @param {Result[]} results */
export const table = (results) =>
  [
    line('what', 'whose', 'first', 'last', 'growth an hour (95 %)'),
    ...results[0].growth.flatMap(({ name, unit }, nth) =>
      results.map(({ side, growth }) => {
        const it = growth[nth]
        const [first, last] = it.isMeasured ? [number(it.first), number(it.last)] : ['', '']
        return line(unit ? `${name}, ${unit}` : name, NAMES[side], first, last, slope(it))
      }),
    ),
    '',
    ...results.map(told),
  ].join('\n')

/** @param {Result} result */
const told = ({ side, totals, endpoints, samples, violations, shortcomings }) => {
  const failures = Object.entries(totals.failures).map(([code, count]) => `${count} ${code}`)
  const sentences = [
    `${NAMES[side]}: ${totals.calls} calls, ${totals.tokens} tokens, ${totals.threads} threads came and went`,
    `${samples.length} samples`,
    `${endpoints.requests} requests, of which ${endpoints.faults} met a fault`,
    `failed calls: ${failures.join(', ') || 'none'}`,
  ]
  // It is this package that has something to show.
  const empty = side === 'ours' ? shortcomings.map((why) => `this shows nothing: ${why}`) : []
  const problems = [...violations, ...empty]
  return [sentences.join('; '), ...problems.map((problem) => `  ! ${problem}`)].join('\n')
}
