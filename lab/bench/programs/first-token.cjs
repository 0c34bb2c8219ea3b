'use strict'

// From nothing loaded to the first token in hand.

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** @param {{ implementation: import('./implementations.cjs').Name }} spec */
const main = async ({ implementation }) => {
  const began = performance.now()
  await IMPLEMENTATIONS[implementation]().newProvider()()
  report({ time: performance.now() - began })
}
main(spec())
