import { colour, svg } from '../support/plot.mjs'

/**
 * The busiest second of each minute, from two hours before the outage on.
 *
 * @typedef {{ policy: 'ours' | 'baseline', lifeHours: number, peaks: number[] }} Series
 */

const NAMES = { ours: 'azure-openai-entra', baseline: '@azure/identity' }
const HOURS_BEFORE = 2

/** How a fleet's requests come, before, in and after an outage. @param {Series[]} series */
export const fleetPlot = (series) =>
  svg({
    title: {
      text: 'Requests a second of 10,000 replicas that started together',
      subtitle: 'the busiest second of each minute; an outage of two hours begins at 0',
    },
    data: {
      values: series.flatMap(({ policy, lifeHours, peaks }) =>
        peaks.map((peak, minute) => ({
          implementation: NAMES[policy],
          life: `tokens of ${lifeHours} h`,
          hours: minute / 60 - HOURS_BEFORE,
          // A log scale has no zero.
          peak: Math.max(peak, 1),
        })),
      ),
    },
    facet: { row: { field: 'life', type: 'nominal', title: null } },
    spec: {
      width: 560,
      height: 160,
      mark: { type: 'line', strokeWidth: 1.5, opacity: 0.85 },
      encoding: {
        x: { field: 'hours', type: 'quantitative', title: 'hours' },
        y: { field: 'peak', type: 'quantitative', scale: { type: 'log' }, title: 'requests/s' },
        color: colour,
      },
    },
  })
