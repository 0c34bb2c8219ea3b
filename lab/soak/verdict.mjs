import { trend } from '../support/trend.mjs'

const MIB = 2 ** 20

/**
 * What must not grow, in which unit it is told, and how much more of it at the end of the second half is still
 * nothing: a page more of an allocator, a connection that was open by chance.
 */
/** @type {{ name: string, of: (sample: Sample) => number | undefined, unit: string, negligible: number }[]} */
const MEASURES = [
  { name: 'resident memory', of: ({ residentBytes }) => residentBytes / MIB, unit: 'MiB', negligible: 1 },
  { name: 'JavaScript heap', of: ({ heapBytes }) => heapBytes / MIB, unit: 'MiB', negligible: 0.5 },
  { name: 'handles', of: ({ handles }) => handles, unit: '', negligible: 2 },
  { name: 'file descriptors', of: ({ descriptors }) => descriptors, unit: '', negligible: 2 },
  { name: 'threads', of: ({ threads }) => threads, unit: '', negligible: 2 },
]

/** A run that did less has shown nothing. */
const LEAST_CALLS_A_MINUTE = 100_000

/**
 * @typedef {{
 *   at: number, residentBytes: number, heapBytes: number, handles: number, descriptors?: number, threads?: number,
 * }} Sample
 *
 * @typedef {{
 *   name: string, unit: string, isMeasured: boolean, grows: boolean, first: number, last: number, slope: number,
 *   low: number, high: number,
 * }} Growth the figures are NaN if nothing was measured
 */

const NOTHING = { isMeasured: false, grows: false, first: NaN, last: NaN, slope: NaN, low: NaN, high: NaN }

/**
 * The second half of a measure, minute by minute, and whether it grows.
 *
 * @param {Sample[]} samples
 * @param {{ name: string, of: (sample: Sample) => number | undefined, unit: string, negligible: number }} measure
 * @returns {Growth}
 */
const growthOf = (samples, { name, of, unit, negligible }) => {
  const points = samples
    .slice(Math.floor(samples.length / 2))
    .map((sample) => /** @type {[number, number]} */ ([(sample.at - samples[0].at) / 60_000, of(sample)]))
    .filter(([, value]) => Number.isFinite(value))
  const line = trend(points)
  if (line === undefined) return { name, unit, ...NOTHING }
  const [end, last] = points[points.length - 1]
  const minutes = end - points[0][0]
  const grows = line.low > 0 && line.slope * minutes > negligible
  return { name, unit, isMeasured: true, first: of(samples[0]) ?? NaN, last, ...line, grows }
}

/**
 * What a soak has shown of one implementation.
 *
 * @typedef {{
 *   samples: Sample[], totals: Omit<import('./load.mjs').Totals, 'failures' | 'threads'>,
 *   endpoints: { requests: number, faults: number, tokens: number }, ended: string, minutes: number,
 * }} Seen
 *
 * @param {Seen} seen
 * @param {{ samples: Sample[] }} bare the same threads without it: what grows there is Node's growth
 */
export const judge = ({ samples, totals, endpoints, ended, minutes }, bare) => {
  const growth = MEASURES.map((measure) => {
    const own = growthOf(samples, measure)
    const nodes = growthOf(bare.samples, measure)
    return nodes.grows && own.low <= nodes.high ? { ...own, grows: false } : own
  })
  const violations = growth
    .filter(({ grows }) => grows)
    .map(
      ({ name, low, high, unit }) =>
        `${name}: grows by ${low.toFixed(2)} to ${high.toFixed(2)}${unit && ` ${unit}`} a minute`,
    )
  const never = (/** @type {number} */ count, /** @type {string} */ what) =>
    count > 0 && violations.push(`${count} ${what}`)
  for (const [what, count] of Object.entries(totals.wrong)) never(count, `tokens of another key: ${what}`)
  never(totals.expired, 'tokens that had expired when they were asked for')
  never(totals.hung, 'calls that did not end')
  never(totals.unhandled, 'unhandled rejections')
  violations.push(...totals.errors)
  if (ended !== 'exit code 0') violations.push(`the process ended with ${ended}`)
  return { growth, violations, shortcomings: shortcomingsOf({ growth, totals, endpoints, minutes }) }
}

/**
 * Why a run without violations would still show nothing.
 *
 * @param {Pick<Seen, 'totals' | 'endpoints' | 'minutes'> & { growth: Growth[] }} shown
 */
const shortcomingsOf = ({ growth, totals, endpoints, minutes }) => {
  const short = []
  if (!growth[0].isMeasured) short.push('too few samples: let it run longer')
  if (totals.calls < LEAST_CALLS_A_MINUTE * minutes) short.push(`only ${totals.calls} calls`)
  if (totals.tokens < totals.calls / 2) short.push('most calls got no token')
  if (endpoints.tokens === 0 || endpoints.faults === 0)
    short.push('the endpoints gave no token, or had no fault')
  return short
}
