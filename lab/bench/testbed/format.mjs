/** @typedef {import('../../support/statistics.mjs').Summary} Summary */

/** @type {Record<string, number>} */
const SCALES = { MB: 1e6, MiB: 2 ** 20 }
const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/**
 * A value as a person reads it: three figures are all that a shared machine can tell.
 *
 * @param {number} value
 */
export const number = (value) => {
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return GROUPED.format(value)
  return size === 0 ? '0' : String(Number(value.toPrecision(size < 1 ? 2 : 3)))
}

/**
 * @param {number} value in the base unit, bytes for `MB` and `MiB`
 * @param {string} unit
 */
export const inUnit = (value, unit) => value / (SCALES[unit] ?? 1)

/** @param {number} value @param {string} unit */
const quantity = (value, unit) => `${number(inUnit(value, unit))}${unit && ` ${unit}`}`

/**
 * A median and its spread; counts have none.
 *
 * @param {Summary | undefined} summary
 * @param {string} unit
 */
export const measured = (summary, unit) => {
  if (summary === undefined) return '–'
  const spread =
    unit === '' || summary.samples.length === 1 ? '' : ` ± ${number(inUnit(summary.spread, unit))}`
  return `${number(inUnit(summary.median, unit))}${spread}${unit && ` ${unit}`}`
}

/** @param {Summary | undefined} summary */
export const times = (summary) => (summary === undefined ? '–' : `${number(summary.median)} ×`)

/** @param {import('./measure.mjs').Target | undefined} target @param {string} unit */
export const goal = (target, unit) => {
  if (target === undefined) return '–'
  if (target.atMost === 'baseline') return 'no more than the baseline'
  const { atMost, of, over } = target
  if (of) return atMost === 1 ? "the floor's" : `≤ ${atMost} × floor`
  if (over) return `≤ floor + ${quantity(atMost, unit)}`
  return `≤ ${quantity(atMost, unit)}`
}
