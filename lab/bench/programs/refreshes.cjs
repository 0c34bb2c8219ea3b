'use strict'

// One refresh after the other, and what each leaves in memory.

const { SCOPE, IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** How often memory is looked at. */
const LOOKS = 20
/** Node has it with --expose-gc. */
const collectGarbage = /** @type {NodeJS.GCFunction} */ (globalThis.gc)

/** @param {{ implementation: import('./implementations.cjs').Name, refreshes: number }} spec */
const main = async ({ implementation, refreshes }) => {
  const credential = IMPLEMENTATIONS[implementation]().newCredential()
  // The baseline has no such option; its endpoint gives tokens that are about to expire.
  const options = implementation === 'ours' ? { forceRefresh: true } : undefined
  const looks = []
  for (let look = 1; look <= LOOKS; look++) {
    for (let i = 0; i < refreshes / LOOKS; i++) await credential.getToken(SCOPE, options)
    collectGarbage()
    const { rss, heapUsed } = process.memoryUsage()
    looks.push({ refreshes: (look * refreshes) / LOOKS, rss, heapUsed })
  }
  report({ looks })
}
main(spec())
