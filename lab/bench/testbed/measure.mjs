import { ratio, summary } from './statistics.mjs'

/**
 * One kind of measurement.
 *
 * @typedef {{
 *   id: string,
 *   subjects: string[], who is measured, among them usually `ours` and `rival`
 *   floor?: string, the subject that does the least possible
 *   rounds: number,
 *   size: { full: object, quick: object },
 *   sample: (context: { subject: string, stage: any, size: any }) => Promise<Record<string, number>>,
 *   figures: Figure[],
 * }} Row
 *
 * What is read off its samples. `over` names the subject whose sample of the same round is taken off, `per` what the
 * rest is divided by, `floor` a floor for this figure alone.
 *
 * @typedef {{ id: string, what: string, key: string, unit: string, over?: string, per?: number, floor?: string,
 *   target?: Target }} Figure
 *
 * In the figure's unit; as a multiple `of` the floor; `over` the floor.
 *
 * @typedef {{ atMost: number, of?: 'floor', over?: 'floor' } | { atMost: 'rival' }} Target
 */

/**
 * Takes every subject's sample once in each round, so that what disturbs the machine disturbs all of them. The first
 * one changes from round to round.
 *
 * @param {Row} row
 */
export const takeSamples = async (row, { stage, quick, progress }) => {
  const samples = Object.fromEntries(row.subjects.map((subject) => [subject, []]))
  const rounds = quick ? 1 : row.rounds
  const size = quick ? row.size.quick : row.size.full
  for (let round = 0; round < rounds; round++) {
    for (let nth = 0; nth < row.subjects.length; nth++) {
      const subject = row.subjects[(round + nth) % row.subjects.length]
      progress(`${row.id}, round ${round + 1} of ${rounds}, ${subject}`)
      samples[subject].push(await row.sample({ subject, stage, size }))
    }
  }
  return samples
}

/** The row's figures, each with the medians and spreads of `ours`, `rival` and `floor`, and their ratios. */
export const figuresOf = (row, samples) => row.figures.map((figure) => figureOf(row, figure, samples))

const figureOf = (row, { key, over, per = 1, floor = row.floor, target, ...figure }, samples) => {
  const valuesOf = (subject) =>
    samples[subject]?.map((sample, round) => (sample[key] - (over ? samples[over][round][key] : 0)) / per)
  const values = { ours: valuesOf('ours'), rival: valuesOf('rival'), floor: floor && valuesOf(floor) }
  const summaries = mapDefined(values, summary)
  const ratios = mapDefined(
    {
      rivalToOurs: values.rival && values.ours && [values.rival, values.ours],
      oursToFloor: values.floor && values.ours && [values.ours, values.floor],
      rivalToFloor: values.floor && values.rival && [values.rival, values.floor],
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
const verdict = ({ atMost, of, over }, { ours, rival, floor }) => {
  const limit =
    atMost === 'rival' ? rival.median : of ? atMost * floor.median : over ? atMost + floor.median : atMost
  return { limit, isMet: ours.median <= limit }
}

/**
 * How a cost grows.
 *
 * @typedef {{
 *   id: string, x: string, rounds: number,
 *   xs: { full: number[], quick: number[] },
 *   subjects: Record<string, number>, each with the largest x that it is asked for
 *   lines: { id: string, what: string, key: string, unit: string, over?: string }[],
 *   sample: (context: { subject: string, stage: any, x: number }) => Promise<Record<string, number>>,
 * }} Curve
 *
 * @param {Curve} curve
 */
export const measureCurve = async (curve, { stage, quick, progress }) => {
  const points = []
  for (const x of quick ? curve.xs.quick : curve.xs.full) {
    const subjects = Object.keys(curve.subjects).filter((subject) => x <= curve.subjects[subject])
    const row = { ...curve, id: `${curve.id} ${x}`, subjects, size: { full: x, quick: x } }
    const sample = ({ subject }) => curve.sample({ subject, stage, x })
    const samples = await takeSamples({ ...row, sample }, { stage, quick, progress })
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
          .filter((subject) => subject !== over)
          .map((subject) => ({ x, subject, ...summary(samples[subject].map(valueOf)) }))
      }),
    })),
  }
}
