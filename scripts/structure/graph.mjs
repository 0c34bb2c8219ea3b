/**
 * What is wrong with a graph of files: circles, and arrows that run up.
 *
 * @typedef {Map<string, Set<string>>} Graph the files that each file names
 */

/**
 * The circles of `graph`: the files that reach one another.
 *
 * Tarjan's algorithm: https://doi.org/10.1137/0201010
 *
 * @param {Graph} graph
 * @returns {string[][]}
 */
export function circles(graph) {
  /** @type {Map<string, { index: number, low: number, isOpen: boolean }>} */
  const seen = new Map()
  /** @type {string[]} */
  const open = []
  /** @type {string[][]} */
  const found = []
  const visit = (/** @type {string} */ file) => {
    const own = { index: seen.size, low: seen.size, isOpen: true }
    seen.set(file, own)
    open.push(file)
    for (const next of graph.get(file) ?? []) {
      const other = seen.get(next) ?? visit(next)
      if (other.isOpen) own.low = Math.min(own.low, other.low)
    }
    if (own.low === own.index) {
      const circle = open.splice(open.indexOf(file))
      for (const member of circle) /** @type {typeof own} */ (seen.get(member)).isOpen = false
      if (circle.length > 1) found.push(circle.toSorted())
    }
    return own
  }
  for (const file of graph.keys()) if (!seen.has(file)) visit(file)
  return found
}

/**
 * The arrows that `isWrong` finds.
 *
 * @param {Graph} graph
 * @param {(file: string, named: string) => boolean} isWrong
 * @param {string} why
 * @returns {string[]} a sentence each
 */
export function arrows(graph, isWrong, why) {
  return [...graph].flatMap(([file, named]) =>
    [...named].filter((other) => isWrong(file, other)).map((other) => `${file} names ${other}, ${why}`),
  )
}

/**
 * The arrows from a lower layer to a higher one, and the files that are in none.
 *
 * @param {Graph} graph
 * @param {string[][]} layers from the top down, the beginnings of paths; the longest that fits counts
 * @returns {string[]} a sentence each
 */
export function arrowsUp(graph, layers) {
  const starts = layers.flatMap((layer, rank) => layer.map((start) => ({ start, rank })))
  const rankOf = (/** @type {string} */ file) =>
    starts
      .filter(({ start }) => file.startsWith(start))
      .toSorted((a, b) => b.start.length - a.start.length)
      .at(0)?.rank
  return [...graph].flatMap(([file, named]) => {
    const rank = rankOf(file)
    if (rank === undefined) return [`${file} is in no layer of scripts/structure.mjs`]
    return [...named]
      .filter((other) => (rankOf(other) ?? rank) < rank)
      .map((other) => `${file} names ${other}, which is above it`)
  })
}
