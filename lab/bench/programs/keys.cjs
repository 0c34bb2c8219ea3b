'use strict'

// Cached calls in turn over many scopes.

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** Sockets are few. */
const AT_ONCE = 50

/** @param {{ implementation: import('./implementations.cjs').Name, keys: number, batches: number, calls: number }} spec */
const main = async ({ implementation, keys, batches, calls }) => {
  const credential = IMPLEMENTATIONS[implementation]().newCredential()
  const scopes = Array.from({ length: keys }, (_, i) => `https://resource-${i}.example/.default`)
  for (let i = 0; i < keys; i += AT_ONCE)
    await Promise.all(scopes.slice(i, i + AT_ONCE).map((scope) => credential.getToken(scope)))
  let next = 0
  /** @type {number[]} */
  const each = []
  for (let batch = 0; batch < batches; batch++) {
    const began = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) await credential.getToken(scopes[next++ % keys])
    each.push(Number(process.hrtime.bigint() - began) / calls)
  }
  each.sort((a, b) => a - b)
  report({ time: each[Math.floor(batches / 2)] })
}
main(spec())
