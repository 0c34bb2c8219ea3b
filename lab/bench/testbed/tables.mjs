import { markdownTable } from '../../../scripts/support/markdown-table.mjs'
import { goal, inUnit, measured, number, times } from './format.mjs'
import { ANY_CLASS } from './measure.mjs'

/** @typedef {import('./measure.mjs').Measured} Measured */

/** Every figure, ratios first. @param {Measured[]} figures */
export const figureTable = (figures) =>
  table(
    ['what', 'baseline ÷ ours', 'ours ÷ floor', 'ours', '@azure/identity', 'floor', 'target', 'met'],
    figures.map(({ what, unit, target, isMet, ratios, ours, baseline, floor }) => [
      what,
      times(ratios.baselineToOurs),
      times(ratios.oursToFloor),
      measured(ours, unit),
      measured(baseline, unit),
      measured(floor, unit),
      goal(target, unit),
      isMet === undefined ? '–' : isMet ? 'yes' : '**no**',
    ]),
  )

/** What a reader of the README wants to know. @param {Measured[]} figures */
export const shortTable = (figures) =>
  table(
    ['what', 'azure-openai-entra', '@azure/identity', 'less by'],
    figures
      .filter(({ baseline }) => baseline)
      .map(({ what, unit, ratios, ours, baseline }) => [
        what,
        measured(ours, unit),
        measured(baseline, unit),
        times(ratios.baselineToOurs),
      ]),
  )

/**
 * One line of a curve: a row for each class and x, a column for each implementation.
 *
 * @param {string} x
 * @param {import('./measure.mjs').Line} line
 */
export const curveTable = (x, { what, unit, points }) => {
  const implementations = [...new Set(points.map(({ implementation }) => implementation))]
  const classes = [...new Set(points.map(({ className }) => className))].filter((name) => name !== ANY_CLASS)
  const xs = [...new Set(points.map((point) => point.x))]
  const rows = (classes.length === 0 ? [ANY_CLASS] : classes).flatMap((name) =>
    xs.map((at) => [
      ...(name === ANY_CLASS ? [] : [name]),
      number(at),
      ...implementations.map((implementation) => {
        const point = points.find(
          (it) =>
            it.x === at && it.implementation === implementation && [name, ANY_CLASS].includes(it.className),
        )
        return point ? number(inUnit(point.median, unit)) : '–'
      }),
    ]),
  )
  const columns = implementations.map((implementation) => `${NAMES[implementation]}, ${unit}`)
  return table([...(classes.length === 0 ? [] : ['class']), x, ...columns], rows, what)
}

/** @type {Record<string, string>} */
export const NAMES = {
  ours: 'azure-openai-entra',
  baseline: '@azure/identity',
  constant: 'floor',
  request: 'floor',
}

/**
 * @param {string[]} columns
 * @param {string[][]} rows
 * @param {string} [caption]
 */
const table = (columns, rows, caption) =>
  [...(caption ? [`**${caption}**`, ''] : []), markdownTable(columns, rows), ''].join('\n')

/**
 * Under what the figures were measured.
 *
 * @typedef {{ baseline: string, node: string, platform: string, cpu: string, cores: number,
 *   load: { before: number, after: number } }} Facts
 * @param {Facts} facts
 */
export const conditions = ({ baseline, node, platform, cpu, cores, load }) =>
  `${baseline} on Node ${node.slice(1)}, ${platform}, ${cores} cores of ${cpu}; load average ${load.before.toFixed(1)} ` +
  `before, ${load.after.toFixed(1)} after. Medians ± their median absolute deviation; a ratio is the median of the ` +
  `rounds' ratios.`
