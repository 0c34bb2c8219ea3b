'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const { abortError, timeoutError } = require('./error')
const { own } = require('./own')

/** @typedef {import('./options').Bounds} Bounds */

/**
 * `outcome`, within one caller's bounds.
 *
 * @template T
 * @param {Bounds | undefined} bounds
 * @param {Promise<T>} outcome
 * @param {{ leave(): void }} pending is left before the promise is rejected
 * @returns {Promise<T>}
 */
function within(bounds, outcome, pending) {
  if (bounds === undefined) return outcome
  const { signal, timeoutMs } = own(bounds)
  if (signal === undefined && timeoutMs === undefined) return outcome
  return new Promise((resolve, reject) => {
    const onAbort = () => leave(() => giveUp(abortError(reasonOf(signal))))
    const timer = timeoutMs && setTimeout(() => leave(() => giveUp(timeoutError(timeoutMs))), timeoutMs)
    let hasLeft = false
    /** @param {() => void} settle */
    const leave = (settle) => {
      if (hasLeft) return
      hasLeft = true
      if (timer) clearTimeout(timer)
      settle()
      try {
        signal?.removeEventListener('abort', onAbort)
      } catch {
        // A signal of a polyfill: the caller has its outcome, and an error here would end the process.
      }
    }
    /** @param {Error} error */
    const giveUp = (error) => {
      pending.leave()
      reject(error)
    }
    // First: without a listener, an outcome that fails would end the process.
    outcome.then(
      (value) => leave(() => resolve(value)),
      (error) => leave(() => reject(error)),
    )
    try {
      signal?.addEventListener('abort', onAbort, own({ once: true }))
    } catch (error) {
      leave(() => giveUp(/** @type {Error} */ (error)))
    }
  })
}

/**
 * Why it was aborted. In the listener of a signal, an error would end the process.
 *
 * @param {Bounds['signal']} signal
 */
function reasonOf(signal) {
  try {
    return signal?.reason
  } catch {
    return undefined
  }
}

module.exports = { within }
