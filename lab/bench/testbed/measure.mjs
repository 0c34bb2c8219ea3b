import { ratio, summary } from './statistics.mjs'

/** @typedef {Awaited<ReturnType<typeof import('./endpoints.mjs').startTestbed>>} Testbed */

/**
 * One kind of measurement. Among the implementations are usually `ours` and `baseline`; `floor` names the one that does
 * the least possible.
 *
 * @typedef {{
 *   id: string,
 *   implementations: string[],
 *   floor?: string,
 *   rounds: number,
 *   size: { full: any, quick: any },
 *   sample: (context: { implementation: string, testbed: Testbed, size: any }) => Promise<Record<string, any>>,
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
 * @typedef {{ atMost: number, of?: 'floor', over?: 'floor' } | { atMost: 'baseline' }} Target
 */

/**
 * Takes every implementation's sample once in each round, so that what disturbs the machine disturbs all of them. The
 * first one changes from round to round.
 *
 * @param {Pick<Row, 'id' | 'implementations' | 'rounds' | 'size' | 'sample'>} row `size` is any: only the row knows it
 */
export const takeSamples = async (row, { testbed, quick, progress }) => {
  /** @type {Record<string, Record<string, any>[]>} any, because each row measures something else */
  const samples = Object.fromEntries(row.implementations.map((implementation) => [implementation, []]))
  const rounds = quick ? 1 : row.rounds
  const size = quick ? row.size.quick : row.size.full
  for (let round = 0; round < rounds; round++) {
    for (let nth = 0; nth < row.implementations.length; nth++) {
      const implementation = row.implementations[(round + nth) % row.implementations.length]
      progress(`${row.id}, round ${round + 1} of ${rounds}, ${implementation}`)
      samples[implementation].push(await row.sample({ implementation, testbed, size }))
    }
  }
  return samples
}

/** The row's figures, each with the medians and spreads of `ours`, `baseline` and `floor`, and their ratios. */
export const figuresOf = (row, samples) => row.figures.map((figure) => figureOf(row, figure, samples))

const figureOf = (row, { key, over, per = 1, floor = row.floor, target, ...figure }, samples) => {
  const valuesOf = (implementation) =>
    samples[implementation]?.map(
      (sample, round) => (sample[key] - (over ? samples[over][round][key] : 0)) / per,
    )
  const values = { ours: valuesOf('ours'), baseline: valuesOf('baseline'), floor: floor && valuesOf(floor) }
  const summaries = mapDefined(values, summary)
  const ratios = mapDefined(
    {
      baselineToOurs: values.baseline && values.ours && [values.baseline, values.ours],
      oursToFloor: values.floor && values.ours && [values.ours, values.floor],
      baselineToFloor: values.floor && values.baseline && [values.baseline, values.floor],
    },
    ([ones, others]) => ratio(ones, others),
  )
  return { ...figure, target, ...summaries, ratios, ...(target && verdict(target, summaries)) }
}

const mapDefined = (object, change) =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, change(value)])
      .filter(([, changed]) => changed !== undefined),
  )

/** The target as a value in the figure's unit, and whether ours keeps to it. */
const verdict = ({ atMost, of, over }, { ours, baseline, floor }) => {
  const limit =
    atMost === 'baseline'
      ? baseline.median
      : of
        ? atMost * floor.median
        : over
          ? atMost + floor.median
          : atMost
  return { limit, isMet: ours.median <= limit }
}

/**
 * How a cost grows. Each implementation has the largest x that it is asked for.
 *
 * @typedef {{
 *   id: string, x: string, rounds: number,
 *   xs: { full: number[], quick: number[] },
 *   implementations: Record<string, number>,
 *   lines: { id: string, what: string, key: string, unit: string, over?: string }[],
 *   sample: (context: { implementation: string, testbed: Testbed, x: number }) => Promise<Record<string, number>>,
 * }} Curve
 *
 * @param {Curve} curve
 */
export const measureCurve = async (curve, { testbed, quick, progress }) => {
  const points = []
  for (const x of quick ? curve.xs.quick : curve.xs.full) {
    const implementations = Object.keys(curve.implementations).filter(
      (implementation) => x <= curve.implementations[implementation],
    )
    const row = { ...curve, id: `${curve.id} ${x}`, implementations, size: { full: x, quick: x } }
    const sample = (/** @type {{ implementation: string }} */ { implementation }) =>
      curve.sample({ implementation, testbed, x })
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
        const valueOf = (sample, round) => sample[key] - (over ? samples[over][round][key] : 0)
        return Object.keys(samples)
          .filter((implementation) => implementation !== over)
          .map((implementation) => ({ x, implementation, ...summary(samples[implementation].map(valueOf)) }))
      }),
    })),
  }
}
