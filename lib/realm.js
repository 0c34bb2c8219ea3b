'use strict'

const { AsyncResource } = require('node:async_hooks')

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

/** @typedef {{ weakly: <F extends (...args: any[]) => unknown>(f: F) => F, newWords: (length: number) => Int32Array }} Makers */

/**
 * Makes what the core holds for as long as the thread lives. In a sandbox such as Jest's, which loads this package anew for
 * each test file, things of its realm would keep it for ever: there they are made outside of it.
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

/** Node's own modules are of the thread's realm, whoever loads them. */
function isSandboxed() {
  return Object.getPrototypeOf(require('node:timers')) !== Object.prototype
}

module.exports = { newWords, outsideOfCalls, weakly }
