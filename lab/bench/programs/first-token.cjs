'use strict'

// From nothing loaded to the first token in hand.

const { SUBJECTS, report, spec } = require('./implementations.cjs')

const main = async ({ subject }) => {
  const began = performance.now()
  await SUBJECTS[subject]().newProvider()()
  report({ time: performance.now() - began })
}
main(spec())
