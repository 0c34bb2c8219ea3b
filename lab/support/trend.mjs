/**
 * The least-squares line through points, and how sure its slope is.
 *
 * What a process holds at one moment hangs together with what it held the moment before, so the points count for fewer
 * than they are: the error is widened by the correlation of neighbouring residuals.
 *
 * @param {[number, number][]} points
 * @returns {{ slope: number, low: number, high: number } | undefined} with the bounds of its 95 % confidence interval;
 *   of fewer than four points nothing can be said
 */
export const trend = (points) => {
  const freedom = points.length - 2
  if (freedom < 2) return undefined
  const mean = (/** @type {number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [0, 1].map((axis) => mean(points.map((point) => point[axis])))
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread

  const residuals = points.map(([x, y]) => y - meanY - slope * (x - meanX))
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
  const products = residuals.slice(1).reduce((sum, residual, i) => sum + residual * residuals[i], 0)
  const correlation = squares === 0 ? 0 : Math.min(Math.max(products / squares, 0), 0.9)
  const error = Math.sqrt((squares / freedom / spread) * ((1 + correlation) / (1 - correlation)))
  const margin = quantile(freedom) * error
  return { slope, low: slope - margin, high: slope + margin }
}

/** Student's 97.5 % quantile, by the expansion of Abramowitz and Stegun 26.7.5; good to 4 % from 2 degrees on. @param {number} freedom */
const quantile = (freedom) => 1.96 + 2.372 / freedom + 2.823 / freedom ** 2 + 2.5 / freedom ** 3
