'use strict'

// Many concurrent callers before the first token, and the longest block of the event loop meanwhile.

const { monitorEventLoopDelay } = require('node:perf_hooks')

const { SCOPE, IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** @param {{ implementation: import('./implementations.cjs').Name, callers: number, credentials: number }} spec */
const main = async ({ implementation, callers, credentials }) => {
  const { newCredential } = IMPLEMENTATIONS[implementation]()
  const shared = Array.from({ length: Math.min(credentials, callers) }, () => newCredential())
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await new Promise(setImmediate)
  const began = performance.now()
  await Promise.all(Array.from({ length: callers }, (_, i) => shared[i % shared.length].getToken(SCOPE)))
  const time = performance.now() - began
  // The monitor's timer has to fire once more to see the last of it.
  await new Promise((resolve) => setTimeout(resolve, 5))
  report({ time, delay: delay.max / 1e6 })
}
main(spec())
