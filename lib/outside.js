'use strict'

const { AsyncResource } = require('node:async_hooks')
const { runInThisContext } = require('node:vm')

/** What is current while this package is loaded, which is seldom a request. */
const loading = new AsyncResource('azure-openai-entra')

/**
 * Makes what outlives the call that happens to need it first. Made inside of that, it would keep the call's
 * `AsyncLocalStorage`, and everything that the core ever calls back would run in that.
 *
 * @template T
 * @param {() => T} make
 * @returns {T}
 */
function outsideOfCalls(make) {
  return loading.runInAsyncScope(make)
}

/** @type {{ weakly: <F extends (...args: any[]) => unknown>(f: F) => F, newWords: (length: number) => Int32Array }} */
const ofThread = runInThisContext(`({
  weakly(f) {
    const weak = new WeakRef(f)
    return (...args) => weak.deref()?.(...args)
  },
  newWords: (length) => new Int32Array(length),
})`)

/**
 * What the core may hold, for it holds it as long as the thread lives: functions that hold ours weakly, and words, none of
 * them of this realm. Else a sandbox such as Jest's, which loads this package anew for each test file, could never go.
 */
const { weakly, newWords } = ofThread

module.exports = { newWords, outsideOfCalls, weakly }
