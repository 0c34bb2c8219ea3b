'use strict'

// A caller every 100 ms from the first moment of an outage on, until the first has a token.

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

const EVERY_MS = 100

/** @param {{ implementation: import('./implementations.cjs').Name }} spec */
const main = ({ implementation }) => {
  const provider = IMPLEMENTATIONS[implementation]().newProvider()
  const ask = () =>
    provider().then(
      () => report({ at: Date.now() }),
      () => {},
    )
  ask()
  setInterval(ask, EVERY_MS)
}
main(spec())
