const SCALES = { MB: 1e6, MiB: 2 ** 20 }
const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A value as a person reads it: three figures are all that a shared machine can tell. */
export const number = (value) => {
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return GROUPED.format(value)
  return size === 0 ? '0' : String(Number(value.toPrecision(size < 1 ? 2 : 3)))
}

/** @param {number} value in the base unit, bytes for `MB` and `MiB` */
export const inUnit = (value, unit) => value / (SCALES[unit] ?? 1)

const quantity = (value, unit) => `${number(inUnit(value, unit))}${unit && ` ${unit}`}`

/** A median and its spread; counts have none. */
export const measured = (summary, unit) => {
  if (summary === undefined) return '–'
  const spread =
    unit === '' || summary.samples.length === 1 ? '' : ` ± ${number(inUnit(summary.spread, unit))}`
  return `${number(inUnit(summary.median, unit))}${spread}${unit && ` ${unit}`}`
}

export const times = (summary) => (summary === undefined ? '–' : `${number(summary.median)} ×`)

/** @param {import('./measure.mjs').Target | undefined} target */
export const goal = (target, unit) => {
  if (target === undefined) return '–'
  if (target.atMost === 'baseline') return 'no more than the baseline'
  const { atMost, of, over } = target
  if (of) return atMost === 1 ? "the floor's" : `≤ ${atMost} × floor`
  if (over) return `≤ floor + ${quantity(atMost, unit)}`
  return `≤ ${quantity(atMost, unit)}`
}
