'use strict'

// The longest that a caller waits: while calls go on across a refresh, and at the first call after idling past one.

const { setTimeout: sleep } = require('node:timers/promises')

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** @param {() => Promise<unknown>} call */
const waitOf = async (call) => {
  const began = performance.now()
  await call()
  return performance.now() - began
}

/** @param {{ implementation: import('./implementations.cjs').Name, forMs: number, idleMs?: number }} spec */
const main = async ({ implementation, forMs, idleMs }) => {
  const call = IMPLEMENTATIONS[implementation]().newProvider()
  await call()
  // Used once more, because an unused token is left to expire.
  await call()
  if (idleMs) {
    await sleep(idleMs)
    report({ longest: await waitOf(call) })
  }
  const end = performance.now() + forMs
  let longest = 0
  while (performance.now() < end) {
    longest = Math.max(longest, await waitOf(call))
    await sleep(1)
  }
  report({ longest })
}
main(spec())
