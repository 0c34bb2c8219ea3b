import { colour, svg } from '../../support/plot.mjs'
import { inUnit } from './format.mjs'
import { ANY_CLASS } from './measure.mjs'
import { NAMES } from './tables.mjs'

/** @typedef {import('./measure.mjs').Measured} Measured */

/** A log scale has no zero: what is nothing stands at its edge. */
const LEAST = 0.01

/** All figures at once, whatever their units: as multiples of their targets. @param {Measured[]} figures */
export const targetPlot = (figures) => {
  const values = figures
    .filter(({ limit = 0 }) => limit > 0)
    .flatMap(({ what, limit = 0, ours, baseline, floor }) =>
      Object.entries({ ours, baseline, constant: floor }).flatMap(([implementation, summary]) =>
        summary === undefined
          ? []
          : {
              what: what.replaceAll('`', ''),
              implementation: NAMES[implementation],
              value: Math.max(summary.median / limit, LEAST),
            },
      ),
    )
  return svg({
    width: 560,
    height: { step: 20 },
    title: { text: 'Cost as a multiple of the target', subtitle: 'log scale; left of 1 meets it' },
    layer: [
      {
        data: { values: [{ at: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 3] },
        encoding: { x: { field: 'at', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 90, opacity: 0.9 },
        encoding: {
          y: {
            field: 'what',
            type: 'nominal',
            sort: null,
            title: null,
            axis: { labelLimit: 600, grid: true },
          },
          x: {
            field: 'value',
            type: 'quantitative',
            scale: { type: 'log' },
            title: null,
            axis: { format: '~g' },
          },
          color: colour,
        },
      },
    ],
  })
}

/** One line for each class of an implementation. */
const shapes = { field: 'class', type: 'nominal', title: null, legend: { orient: 'right' } }

/** How one cost grows, both axes logarithmic. @param {string} x @param {import('./measure.mjs').Line} line */
export const curvePlot = (x, { what, unit, points }) =>
  svg({
    width: 480,
    height: 260,
    title: what,
    data: {
      values: points.map((point) => ({
        x: point.x,
        y: Math.max(inUnit(point.median, unit), LEAST),
        implementation: NAMES[point.implementation],
        class: point.className,
      })),
    },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x, scale: { type: 'log' }, axis: { format: '~s' } },
      y: { field: 'y', type: 'quantitative', title: unit, scale: { type: 'log' }, axis: { format: '~g' } },
      color: colour,
      ...(points.some(({ className }) => className !== ANY_CLASS) && { shape: shapes }),
    },
  })

/**
 * Resident memory over the refreshes of one process each.
 *
 * @typedef {{ refreshes: number, rss: number }} Look
 * @param {import('./measure.mjs').Samples} samples
 */
export const memoryPlot = (samples) =>
  svg({
    width: 480,
    height: 260,
    title: 'Memory over refreshes',
    data: {
      values: Object.entries(samples).flatMap(([implementation, [{ looks }]]) =>
        /** @type {Look[]} */ (looks).map(({ refreshes, rss }) => ({
          refreshes,
          y: inUnit(rss, 'MiB'),
          implementation: NAMES[implementation],
        })),
      ),
    },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'refreshes', type: 'quantitative', axis: { format: '~s' } },
      y: { field: 'y', type: 'quantitative', title: 'MiB', scale: { zero: false } },
      color: colour,
    },
  })
