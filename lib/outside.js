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

/**
 * What makes things that are not of this realm. The core holds what it is given as long as the thread lives: a sandbox such
 * as Jest's, which loads this package anew for each test file, could never go.
 *
 * @type {{ weakly: <F extends (...args: any[]) => unknown>(f: F) => F, newWords: (length: number) => Int32Array } | undefined}
 */
let makers

function outsideOfSandbox() {
  makers ??= require('node:vm').runInThisContext(`({
    weakly(f) {
      const weak = new WeakRef(f)
      return (...args) => weak.deref()?.(...args)
    },
    newWords: (length) => new Int32Array(length),
  })`)
  return /** @type {NonNullable<typeof makers>} */ (makers)
}

/**
 * A function that calls `f` while anybody else holds that.
 *
 * @template {(...args: any[]) => unknown} F
 * @param {F} f
 * @returns {F}
 */
function weakly(f) {
  return outsideOfSandbox().weakly(f)
}

/** @param {number} length */
function newWords(length) {
  return outsideOfSandbox().newWords(length)
}

module.exports = { newWords, outsideOfCalls, weakly }
