'use strict'

const { monotonicMs } = require('../monotonic')

/** Whatever the load, one warning comes no more often than this. */
const PAUSE_MS = 60_000
/** More hosts than any app has; an app with generated names must not fill memory. */
const MOST = 256
/** @type {Map<string, number>} */
const warnedAt = new Map()

/**
 * Writes it to the log, or to stderr if there is no log or its addon cannot be loaded.
 *
 * @param {string} message
 */
function warn(message) {
  try {
    require('../logger').warn(message)
  } catch {
    process.emitWarning(message, 'EntraIdWarning')
  }
}

/** @param {string} message */
function warnSometimes(message) {
  const now = monotonicMs()
  if (now - (warnedAt.get(message) ?? -Infinity) < PAUSE_MS) return
  if (warnedAt.size >= MOST) warnedAt.clear()
  warnedAt.set(message, now)
  warn(message)
}

module.exports = { warn, warnSometimes }
