'use strict'

const { define, own } = require('./own')

/** @typedef {import('..').EntraIdErrorCode} Code */

/** Under which an error keeps whether a client may retry soon. */
const RETRY = Symbol.for('azure-openai-entra.is-worth-a-retry')

/** What may pass by itself. */
const PASSING = new Set(['ENTRA_ID_THROTTLED', 'ENTRA_ID_NETWORK', 'ENTRA_ID_TIMEOUT'])

/** Under which an error keeps its message without the address of the explanation; other copies of this package read it. */
const SUMMARY = Symbol.for('azure-openai-entra.summary')

/** The most of a message, in characters: what an app's own code says in it can have any length. */
const LONGEST = 16_384

/** @implements {Omit<import('..').EntraIdError, keyof Error>} */
class EntraIdError extends Error {
  // Fields are defined, whatever `Object.prototype` has under their names.
  /** @type {Code} */
  code
  /** @type {string | undefined} */
  credential
  /** @type {number | undefined} */
  status
  /** @type {readonly import('..').CredentialAttempt[]} */
  attempts
  /** @type {number | undefined} */
  retryAfterMs

  /**
   * @param {{
   *   code: Code, message: string, credential?: string, status?: number, retryAfterMs?: number,
   *   attempts?: readonly import('..').CredentialAttempt[], troubleshooting?: string,
   *   isWorthARetry?: boolean,
   * }} fields
   * @param {ErrorOptions} [options]
   */
  constructor(fields, options) {
    const { code, credential, status, retryAfterMs, attempts, troubleshooting, isWorthARetry, ...given } =
      own(fields)
    const message = bounded(given.message)
    super(
      troubleshooting === undefined ? message : `${message}\nTroubleshooting: ${troubleshooting}`,
      own(options),
    )
    Object.defineProperty(this, SUMMARY, own({ value: message }))
    Object.defineProperty(this, RETRY, own({ value: isWorthARetry ?? PASSING.has(code) }))
    this.code = code
    this.credential = credential
    this.status = status
    this.attempts = Object.freeze([...(attempts ?? [])])
    this.retryAfterMs = retryAfterMs
  }
}
// On the prototype, as in Error itself: a stack trace shows it, an inspection of the fields does not repeat it.
define(EntraIdError.prototype, 'name', 'EntraIdError')

/** @param {unknown} message a text, unless an app's own code made the error */
function bounded(message) {
  const text = textOf(message)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/**
 * A value that an app's code gave or threw, as text: it may have no text, or fail when it is asked for it.
 *
 * @param {unknown} value
 */
function textOf(value) {
  try {
    return String(value)
  } catch {
    return 'a value that cannot be read'
  }
}

/**
 * The message of an error, without the address of the explanation if it is this package's.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
function summaryOf(error) {
  const { [SUMMARY]: summary, message } = /** @type {{ [SUMMARY]?: string, message?: string }} */ (
    Object(error)
  )
  return summary ?? message
}

/**
 * Whether a client may retry soon.
 *
 * @param {InstanceType<typeof EntraIdError>} error
 * @returns {boolean}
 */
function isWorthARetry(error) {
  return /** @type {{ [RETRY]?: boolean }} */ (error)[RETRY] === true
}

/** @param {string} message */
function configurationError(message) {
  return new EntraIdError({ code: 'ENTRA_ID_CONFIGURATION', message })
}

/** @param {unknown} reason */
function abortError(reason) {
  const message = 'The AbortSignal ended the wait for a token.'
  const error = new EntraIdError({ code: 'ENTRA_ID_ABORTED', message }, { cause: reason })
  // Code for fetch, for @azure clients and for openai knows an abort by this name.
  define(error, 'name', 'AbortError')
  return error
}

/** @param {number} timeoutMs */
function timeoutError(timeoutMs) {
  const message =
    `Timed out after ${timeoutMs} ms (timeoutMs). ` +
    'Raise timeoutMs, or check what delays the identity endpoint. The fetch of the token continues.'
  return new EntraIdError({ code: 'ENTRA_ID_TIMEOUT', message })
}

module.exports = {
  EntraIdError,
  abortError,
  configurationError,
  isWorthARetry,
  summaryOf,
  textOf,
  timeoutError,
}
