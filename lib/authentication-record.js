'use strict'

const { configurationError } = require('./error')
const { wrong } = require('./options')
const { isOfElements, own } = require('./own')

const VERSION = '1.0'

/** @type {typeof import('..').serializeAuthenticationRecord} */
function serializeAuthenticationRecord(record) {
  if (!isRecord(record)) throw wrong('record', 'an AuthenticationRecord', record)
  try {
    return JSON.stringify(record)
  } catch {
    throw configurationError(
      'record cannot be written as JSON. Pass an AuthenticationRecord as authenticate gave it.',
    )
  }
}

/** @type {typeof import('..').deserializeAuthenticationRecord} */
function deserializeAuthenticationRecord(text) {
  if (typeof text !== 'string') throw wrong('serializedRecord', 'a string', text)
  const record = parsed(text)
  if (!isRecord(record)) throw unreadable()
  const { version } = own(record)
  if (version && version !== VERSION) {
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
    throw unreadable()
  }
}

function unreadable() {
  return configurationError('The serialized AuthenticationRecord is not the JSON of one. Sign in again.')
}

/** @param {unknown} record */
function isRecord(record) {
  return typeof record === 'object' && record !== null && !isOfElements(record)
}

module.exports = { deserializeAuthenticationRecord, serializeAuthenticationRecord }
