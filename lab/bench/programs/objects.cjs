'use strict'

// Many objects of one class, each with a token: what they hold in memory, and cached calls in turn over them.

const { SCOPE, IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** Few handshakes at once, because a busy machine must not let one time out. */
const AT_ONCE = 8
/** Node has it with --expose-gc. */
const collectGarbage = /** @type {NodeJS.GCFunction} */ (globalThis.gc)

/**
 * @param {{ implementation: import('./implementations.cjs').Name, className: string, objects: number,
 *   batches: number, calls: number }} spec
 */
const main = async ({ implementation, className, objects, batches, calls }) => {
  const { newCredential } = IMPLEMENTATIONS[implementation]()
  /** @type {import('./implementations.cjs').Credential[]} */
  const credentials = []
  for (let made = 0; made < objects; made = credentials.length) {
    const some = Array.from({ length: Math.min(AT_ONCE, objects - made) }, (_, i) =>
      newCredential(className, made + i),
    )
    await Promise.all(some.map((credential) => credential.getToken(SCOPE)))
    credentials.push(...some)
  }
  collectGarbage()
  const memory = process.memoryUsage.rss()

  let next = 0
  /** @type {number[]} */
  const each = []
  for (let batch = 0; batch < batches; batch++) {
    const began = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) await credentials[next++ % objects].getToken(SCOPE)
    each.push(Number(process.hrtime.bigint() - began) / calls)
  }
  each.sort((a, b) => a - b)
  report({ memory, time: each[Math.floor(batches / 2)] })
}
main(spec())
