'use strict'

const { runInNewContext } = require('node:vm')

/** @type {DateConstructor | undefined} */
let systemDate

/**
 * How far the app's clock is ahead of the system's: 0 unless a test replaced `Date`, which another realm does not share.
 */
function aheadOfSystem() {
  const now = Date.now()
  systemDate ??= /** @type {DateConstructor} */ (runInNewContext('Date'))
  return Math.max(0, now - systemDate.now())
}

module.exports = { aheadOfSystem }
