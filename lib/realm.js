'use strict'

const { native } = require('./addon')

/**
 * Makes what outlives the call that happens to need it first, in the context of no request. Made inside of a request, it
 * would keep that one's `AsyncLocalStorage`, and everything that it ever calls back would run in it. The core enters such
 * a context: of this module's own, even the loading can be part of a request.
 *
 * @template T
 * @param {() => T} make
 * @returns {T}
 */
function outsideOfCalls(make) {
  /** @type {T | undefined} */
  let made
  native().outsideOfCalls(() => {
    made = make()
  })
  return /** @type {T} */ (made)
}

/** @typedef {{ weakly: <F extends (...args: any[]) => unknown>(f: F) => F, newWords: (length: number) => Int32Array }} Makers any, because a function with parameters is no `(...args: unknown[])` */

/**
 * Makes what the core holds for as long as the thread lives. In a sandbox such as Jest's, which loads this package again for
 * each test file, objects of its realm would keep it alive for ever: so they are created outside of it.
 *
 * @type {Makers}
 */
const { weakly, newWords } = isSandboxed()
  ? require('node:vm').runInThisContext(`({
      weakly(f) {
        const weak = new WeakRef(f)
        return (...args) => weak.deref()?.(...args)
      },
      newWords: (length) => new Int32Array(length),
    })`)
  : { weakly: (f) => f, newWords: (length) => new Int32Array(length) }

/** Node's own modules are of the thread's realm, in every sandbox. */
function isSandboxed() {
  return Object.getPrototypeOf(require('node:timers')) !== Object.prototype
}

module.exports = { newWords, outsideOfCalls, weakly }
