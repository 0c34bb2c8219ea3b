/** @typedef {{ median: number, spread: number, samples: number[] }} Summary */

/** @param {number[]} values */
export const median = (values) => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The median of repeated measurements and their spread, the median absolute deviation: unlike mean and variance,
 * neither is moved by the few samples that another program on the machine disturbed.
 *
 * @param {number[]} samples
 * @returns {Summary}
 */
export const summary = (samples) => {
  const middle = median(samples)
  return { median: middle, spread: median(samples.map((sample) => Math.abs(sample - middle))), samples }
}

/**
 * The quotients of measurements that were made in the same rounds, so that what slowed a round down slowed both. None
 * if there is nothing to divide by.
 *
 * @param {number[]} ones
 * @param {number[]} others
 */
export const ratio = (ones, others) => {
  const quotients = ones.map((one, round) => one / others[round])
  return quotients.every((quotient) => quotient > 0 && Number.isFinite(quotient))
    ? summary(quotients)
    : undefined
}
