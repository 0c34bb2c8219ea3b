'use strict'

/**
 * @param {string} text
 * @param {URL} [base]
 * @returns {URL | undefined}
 */
function parseUrl(text, base) {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

module.exports = { parseUrl }
