/** @typedef {(limit: number) => number} Random */

/**
 * Whole numbers from 0 to below a limit that are the same for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {Random}
 */
export const randomNumbers = (seed) => (limit) => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
}
