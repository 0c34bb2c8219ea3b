'use strict'

const { isOf } = require('./own')

/** Answers of a fetch of the app's own, or of a test's: they can be anything, and go to the caller as they are. */

/**
 * Its status, undefined if it has none.
 *
 * @param {any} response of any implementation
 * @returns {unknown}
 */
function statusOf(response) {
  try {
    return response?.status
  } catch {
    return undefined
  }
}

/**
 * Undefined if it has none.
 *
 * @param {any} response of any implementation
 * @param {string} name
 * @returns {string | undefined}
 */
function headerOf(response, name) {
  try {
    const value = response.headers.get(name)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Releases a response that will not be read.
 *
 * @param {any} response of any implementation
 */
function discard(response) {
  try {
    const { body } = response
    if (isOf(body, 'cancel')) body.cancel()?.catch?.(() => {})
    // A stream of Node's without a listener for what breaks it off would end the process.
    if (isOf(body, 'on')) body.on('error', () => {})
    if (isOf(body, 'resume')) body.resume()
  } catch {
    // It is the app's own, and not used any more.
  }
}

module.exports = { discard, headerOf, statusOf }
