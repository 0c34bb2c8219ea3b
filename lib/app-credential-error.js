'use strict'

const { summaryOf } = require('./error')
const { member } = require('./own')

/** @typedef {any} Foreign an error of any library, whose members are checked before they count */
/** @typedef {import('..').EntraIdErrorCode} Code */
/** @typedef {{ code: Code, status?: number, retryAfterMs?: number }} Verdict */

/** Errors of `@azure/identity` that mean: not here, rather than: refused. */
const UNAVAILABLE = new Set(['CredentialUnavailableError', 'AuthenticationRequiredError'])

/** What Node, undici, `@azure/core-rest-pipeline`, axios and MSAL call an endpoint that they did not reach. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_SOCKET',
  'fetch failed',
  'REQUEST_SEND_ERROR',
  'ERR_NETWORK',
  'network_error',
  'endpoints_resolution_error',
])

/** The same for a timeout: only the credential itself can have aborted its request. */
const TIMED_OUT = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ECONNABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'TimeoutError',
  'AbortError',
  'ENTRA_ID_ABORTED',
])

/** An error can be its own cause; no known one lies deeper. */
const DEEPEST = 5

/** More than there are failures that the cache still returns; each error may hold much. */
const MOST_CAUSES = 64
/**
 * The newest errors by number: the core hands the number on to every caller that the failure is told to.
 *
 * @type {Map<number, unknown>}
 */
const causes = new Map()

/**
 * @param {unknown} error
 * @returns {number} which no other thread gives as well
 */
function keep(error) {
  const number = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  if (causes.size >= MOST_CAUSES) causes.delete(/** @type {number} */ (causes.keys().next().value))
  causes.set(number, error)
  return number
}

/**
 * The error that a failure came of, in the thread that it was thrown in.
 *
 * @param {number} number
 */
function causeOf(number) {
  return causes.get(number)
}

/**
 * What an error of a credential in JavaScript means, in this package's codes: what passes by itself must not look like
 * a refusal, after which clients give up.
 *
 * @param {unknown} error whatever was thrown
 * @returns {import('./native').AppCredentialAnswer}
 */
function failureOf(error) {
  try {
    return { reason: reasonOf(error), ...verdictOf(error), cause: keep(error) }
  } catch {
    return { reason: 'it threw a value that cannot be read', code: 'ENTRA_ID_REJECTED' }
  }
}

/**
 * @param {unknown} error
 * @returns {string | undefined} undefined if it has none
 */
function reasonOf(error) {
  // If it is of this package, from a credential around it or another copy, the outer error has the address itself.
  const name = member(error, 'name')
  const reason = typeof error === 'object' ? summaryOf(error) || name : error
  return reason ? String(reason) : undefined
}

/**
 * @param {unknown} error
 * @returns {Verdict}
 */
function verdictOf(error) {
  let cause = /** @type {Foreign} */ (error)
  for (let depth = 0; depth < DEEPEST && typeof cause === 'object' && cause !== null; depth++) {
    const code = codeOf(cause)
    if (code !== undefined) return { code, status: statusOf(cause), retryAfterMs: retryAfterOf(cause) }
    // Of a chain the first that is set up was meant, as in this package's own.
    const errors = member(cause, 'errors')
    const met = Array.isArray(errors) ? errors : []
    const meant = met.find((one) => !UNAVAILABLE.has(member(one, 'name')))
    if (met.length > 0 && meant === undefined) return { code: 'ENTRA_ID_UNAVAILABLE' }
    cause = meant ?? member(cause, 'cause')
  }
  return { code: UNAVAILABLE.has(member(error, 'name')) ? 'ENTRA_ID_UNAVAILABLE' : 'ENTRA_ID_REJECTED' }
}

/**
 * @param {Foreign} error
 * @returns {Code | undefined} undefined if this error does not tell
 */
function codeOf(error) {
  const code = member(error, 'code')
  // MSAL's code begins its message, and is all that is left of it in some errors of `@azure/identity`.
  const words = [
    code,
    member(error, 'errorCode'),
    member(error, 'name'),
    String(member(error, 'message')).split(':', 1)[0],
  ]
  if (words.some((word) => TIMED_OUT.has(word))) return 'ENTRA_ID_TIMEOUT'
  if (typeof code === 'string' && code.startsWith('ENTRA_ID_')) return /** @type {Code} */ (code)
  const status = statusOf(error)
  if (status === 429) return 'ENTRA_ID_THROTTLED'
  if (status === 408 || (status !== undefined && status >= 500)) return 'ENTRA_ID_NETWORK'
  if (status !== undefined && status >= 400) return 'ENTRA_ID_REJECTED'
  return words.some((word) => UNREACHED.has(word)) ? 'ENTRA_ID_NETWORK' : undefined
}

/**
 * @param {Foreign} error
 * @returns {number | undefined}
 */
function statusOf(error) {
  const given = [
    member(error, 'statusCode'),
    member(error, 'status'),
    member(member(error, 'response'), 'status'),
  ]
  return given.find((it) => Number.isInteger(it) && it >= 100 && it < 600)
}

/**
 * @param {Foreign} error
 * @returns {number | undefined}
 */
function retryAfterOf(error) {
  const headers = member(member(error, 'response'), 'headers')
  const header =
    typeof member(headers, 'get') === 'function' ? headers.get('retry-after') : member(headers, 'retry-after')
  const asked = member(error, 'retryAfterMs') ?? Number.parseFloat(header) * 1000
  return Number.isFinite(asked) && asked >= 0 ? asked : undefined
}

module.exports = { causeOf, failureOf }
