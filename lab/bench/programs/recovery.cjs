'use strict'

// A caller every 100 ms from the first moment of an outage on, until the first has a token, or the limit has passed.

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

const EVERY_MS = 100

/** @param {{ implementation: import('./implementations.cjs').Name, limitMs: number }} spec */
const main = ({ implementation, limitMs }) => {
  const provider = IMPLEMENTATIONS[implementation]().newProvider()
  const ask = () =>
    provider().then(
      () => report({ at: Date.now() }),
      () => {},
    )
  ask()
  setInterval(ask, EVERY_MS)
  // Without a token it is said to have it now.
  setTimeout(() => report({ at: Date.now() }), limitMs)
}
main(spec())
