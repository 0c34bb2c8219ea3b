'use strict'

const { configurationError } = require('./error')

/** More characters than any name, address or secret has. */
const LONGEST = 65_536
/** The same of texts that hold several: certificates, assertions, claims. */
const LONGEST_TEXT = 1_048_576
const TEXTS = new Set([
  'certificate',
  'claims',
  'getAssertion',
  'getToken',
  'systemAccessToken',
  'tlsOptions',
  'userAssertionToken',
])

/**
 * Refuses a text that is longer than any real one, before it is searched or copied: that would hold up the whole process.
 *
 * @param {string} name
 * @param {{ length: number }} text
 * @param {string} [unit]
 */
function checkLength(name, text, unit = 'characters') {
  const longest = TEXTS.has(name.split('.', 1)[0]) ? LONGEST_TEXT : LONGEST
  if (text.length > longest) {
    const [is, most] = [text.length, longest].map((count) => count.toLocaleString('en-US'))
    throw configurationError(
      `${name} has ${is} ${unit}, and at most ${most} are allowed. Check where the value comes from.`,
    )
  }
}

/**
 * Refuses an array with more elements than any real one, before they are read.
 *
 * @param {string} name
 * @param {unknown[]} list
 * @param {number} most
 */
function checkCount(name, list, most) {
  if (list.length <= most) return
  throw configurationError(
    `${name} has ${list.length} elements, and at most ${most} are allowed. Check where the array comes from.`,
  )
}

module.exports = { checkCount, checkLength }
