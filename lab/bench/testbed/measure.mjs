import { ratio, summary } from '../../support/statistics.mjs'

/**
 * @typedef {Awaited<ReturnType<typeof import('./endpoints.mjs').startTestbed>>} Testbed
 * @typedef {import('../../support/statistics.mjs').Summary} Summary
 * @typedef {Record<string, Record<string, any>[]>} Samples by implementation and round; any, because each row measures
 *   something else
 * @typedef {{ testbed: Testbed, quick: boolean, progress: (text: string) => void }} Options
 */

/**
 * One kind of measurement. Among the implementations are usually `ours` and `baseline`; `floor` names the one that does
 * the least possible. What needs packages of npm gets them by `prepare`.
 *
 * @template [Prepared=any]
 * @typedef {{
 *   id: string,
 *   implementations: string[],
 *   floor?: string,
 *   rounds: number,
 *   size: { full: any, quick: any },
 *   prepare?: () => Promise<Prepared>,
 *   sample: (context: { implementation: string, testbed: Testbed, size: any, prepared: Prepared }) =>
 *     Promise<Record<string, any>>,
 *   figures: Figure[],
 * }} Row
 *
 * What is read off its samples. `over` names the implementation whose sample of the same round is taken off, `per` what
 * the rest is divided by, `floor` a floor only for this figure.
 *
 * @typedef {{ id: string, what: string, key: string, unit: string, over?: string, per?: number, floor?: string,
 *   target?: Target }} Figure
 *
 * In the figure's unit; as a multiple `of` the floor; `over` the floor.
 *
 * @typedef {{ atMost: number | 'baseline', of?: 'floor', over?: 'floor' }} Target
 *
 * A figure as it was measured. `limit` is the target as a value in the figure's unit.
 *
 * @typedef {{ id: string, what: string, unit: string, target?: Target, limit?: number, isMet?: boolean,
 *   ours?: Summary, baseline?: Summary, floor?: Summary,
 *   ratios: { baselineToOurs?: Summary, oursToFloor?: Summary, baselineToFloor?: Summary } }} Measured
 */

/**
 * Takes every implementation's sample once in each round, so that what disturbs the machine disturbs all of them. The
 * first one changes from round to round.
 *
 * @param {Pick<Row, 'id' | 'implementations' | 'rounds' | 'size' | 'prepare' | 'sample'>} row `size` is any: only the row
 *   knows it
 * @param {Options} options
 */
export const takeSamples = async (row, { testbed, quick, progress }) => {
  /** @type {Samples} */
  const samples = Object.fromEntries(row.implementations.map((implementation) => [implementation, []]))
  const rounds = quick ? 1 : row.rounds
  const size = quick ? row.size.quick : row.size.full
  const prepared = await row.prepare?.()
  for (let round = 0; round < rounds; round++) {
    for (let nth = 0; nth < row.implementations.length; nth++) {
      const implementation = row.implementations[(round + nth) % row.implementations.length]
      progress(`${row.id}, round ${round + 1} of ${rounds}, ${implementation}`)
      samples[implementation].push(await row.sample({ implementation, testbed, size, prepared }))
    }
  }
  return samples
}

/**
 * The row's figures, each with the medians and spreads of `ours`, `baseline` and `floor`, and their ratios.
 *
 * @param {Pick<Row, 'figures' | 'floor'>} row
 * @param {Samples} samples
 */
export const figuresOf = (row, samples) => row.figures.map((figure) => figureOf(row, figure, samples))

/**
 * @param {Pick<Row, 'floor'>} row
 * @param {Figure} figure
 * @param {Samples} samples
 * @returns {Measured}
 */
const figureOf = (row, { key, over, per = 1, floor = row.floor, target, ...figure }, samples) => {
  const valuesOf = (/** @type {string | undefined} */ implementation) =>
    samples[implementation ?? '']?.map(
      (sample, round) => (sample[key] - (over ? samples[over][round][key] : 0)) / per,
    )
  const values = { ours: valuesOf('ours'), baseline: valuesOf('baseline'), floor: valuesOf(floor) }
  const summaries = mapDefined(values, summary)
  const ratios = mapDefined(
    {
      baselineToOurs: pair(values.baseline, values.ours),
      oursToFloor: pair(values.ours, values.floor),
      baselineToFloor: pair(values.baseline, values.floor),
    },
    ([ones, others]) => ratio(ones, others),
  )
  return { ...figure, target, ...summaries, ratios, ...(target && verdict(target, summaries)) }
}

/**
 * @param {number[] | undefined} ones
 * @param {number[] | undefined} others
 * @returns {[number[], number[]] | undefined}
 */
const pair = (ones, others) => (ones && others ? [ones, others] : undefined)

/**
 * @template {string} Name
 * @template Value
 * @template Changed
 * @param {Record<Name, Value | undefined>} object
 * @param {(value: Value) => Changed | undefined} change
 */
const mapDefined = (object, change) => {
  const entries = /** @type {[Name, Value | undefined][]} */ (Object.entries(object)).flatMap(
    ([name, value]) => {
      const changed = value === undefined ? undefined : change(value)
      return changed === undefined ? [] : [[name, changed]]
    },
  )
  return /** @type {Partial<Record<Name, Changed>>} */ (Object.fromEntries(entries))
}

/**
 * The target as a value in the figure's unit, and whether ours keeps to it.
 *
 * @param {Target} target
 * @param {{ ours?: Summary, baseline?: Summary, floor?: Summary }} summaries
 */
const verdict = ({ atMost, of, over }, { ours, baseline, floor }) => {
  const medianOf = (/** @type {Summary | undefined} */ summary) => summary?.median ?? NaN
  let limit = atMost === 'baseline' ? medianOf(baseline) : atMost
  if (of) limit *= medianOf(floor)
  else if (over) limit += medianOf(floor)
  return { limit, isMet: medianOf(ours) <= limit }
}

/** The class of an implementation that has no classes, such as the floor. */
export const ANY_CLASS = ''

/**
 * How a cost grows. Each implementation has the largest x that it is asked for; `ours of X` is ours with class X.
 *
 * @typedef {{
 *   id: string, x: string, rounds: number,
 *   xs: { full: number[], quick: number[] },
 *   implementations: Record<string, number>,
 *   lines: { id: string, what: string, key: string, unit: string, over?: string }[],
 *   sample: (context: { implementation: string, className: string, testbed: Testbed, x: number }) =>
 *     Promise<Record<string, number>>,
 * }} Curve
 *
 * One of its lines as it was measured.
 *
 * @typedef {{ x: number, implementation: string, className: string } & Summary} Point
 * @typedef {{ id: string, what: string, unit: string, points: Point[] }} Line
 *
 * @param {Curve} curve
 * @param {Options} options
 * @returns {Promise<{ id: string, x: string, lines: Line[] }>}
 */
export const measureCurve = async (curve, { testbed, quick, progress }) => {
  /** @type {{ x: number, samples: Samples }[]} */
  const points = []
  for (const x of quick ? curve.xs.quick : curve.xs.full) {
    const implementations = Object.keys(curve.implementations).filter((it) => x <= curve.implementations[it])
    const row = { ...curve, id: `${curve.id} ${x}`, implementations, size: { full: x, quick: x } }
    const sample = (/** @type {{ implementation: string }} */ { implementation }) =>
      curve.sample({ ...partsOf(implementation), testbed, x })
    const samples = await takeSamples({ ...row, sample }, { testbed, quick, progress })
    points.push({ x, samples })
  }
  const { id, x, lines } = curve
  return {
    id,
    x,
    lines: lines.map(({ key, over, ...line }) => ({
      ...line,
      points: points.flatMap(({ x, samples }) => {
        /** @type {(sample: Record<string, number>, round: number) => number} */
        const valueOf = (sample, round) => sample[key] - (over ? samples[over][round][key] : 0)
        return Object.keys(samples)
          .filter((implementation) => implementation !== over)
          .map((it) => ({ x, ...partsOf(it), ...summary(samples[it].map(valueOf)) }))
      }),
    })),
  }
}

/** @param {string} label such as `ours of ManagedIdentityCredential`, or only `ours` */
const partsOf = (label) => {
  const [implementation, className = ANY_CLASS] = label.split(' of ')
  return { implementation, className }
}
