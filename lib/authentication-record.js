'use strict'

const { configurationError } = require('./error')
const { wrong } = require('./options')

const VERSION = '1.0'

/** @type {typeof import('..').serializeAuthenticationRecord} */
function serializeAuthenticationRecord(record) {
  return JSON.stringify(record)
}

/** @type {typeof import('..').deserializeAuthenticationRecord} */
function deserializeAuthenticationRecord(text) {
  if (typeof text !== 'string') throw wrong('serializedRecord', 'a string', text)
  const record = parsed(text)
  if (record.version && record.version !== VERSION) {
    // The first sentence is @azure/identity's.
    throw configurationError(
      `Unsupported AuthenticationRecord version. Sign in again: only ${VERSION} is known.`,
    )
  }
  return record
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which names a user.
    throw configurationError('The serialized AuthenticationRecord is not JSON. Sign in again.')
  }
}

module.exports = { deserializeAuthenticationRecord, serializeAuthenticationRecord }
