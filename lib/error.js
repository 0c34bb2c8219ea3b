'use strict'

const { own } = require('./own')

/** @typedef {import('..').EntraIdErrorCode} Code */

/** @implements {Omit<import('..').EntraIdError, keyof Error>} */
class EntraIdError extends Error {
  /**
   * @param {{
   *   code: Code, message: string, credential?: string, status?: number, retryAfterMs?: number,
   *   attempts?: readonly import('..').CredentialAttempt[],
   * }} fields
   * @param {ErrorOptions} [options]
   */
  constructor(fields, options) {
    const { code, message, credential, status, retryAfterMs, attempts } = own(fields)
    super(message, options)
    this.code = code
    this.credential = credential
    this.status = status
    this.attempts = Object.freeze([...(attempts ?? [])])
    this.retryAfterMs = retryAfterMs
  }
}
// On the prototype, as in Error itself: a stack trace shows it, an inspection of the fields does not repeat it.
Object.defineProperty(EntraIdError.prototype, 'name', {
  value: 'EntraIdError',
  configurable: true,
  writable: true,
})

/** @param {string} message */
function configurationError(message) {
  return new EntraIdError({ code: 'ENTRA_ID_CONFIGURATION', message })
}

/** @param {unknown} reason */
function abortError(reason) {
  const message = 'The wait for a token was ended by its AbortSignal.'
  return new EntraIdError({ code: 'ENTRA_ID_ABORTED', message }, { cause: reason })
}

/** @param {number} timeoutMs */
function timeoutError(timeoutMs) {
  const message =
    `No token came within the ${timeoutMs} ms of timeoutMs. ` +
    'The request goes on; raise timeoutMs, or look at what the identity endpoint is waiting for.'
  return new EntraIdError({ code: 'ENTRA_ID_TIMEOUT', message })
}

module.exports = { EntraIdError, configurationError, abortError, timeoutError }
