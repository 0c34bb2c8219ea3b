'use strict'

const { nativeIfPresent } = require('./addon')
const { headerOf } = require('./any-response')
const { withRealKey } = require('./auth-headers')
const { publishFallback } = require('./diagnostics-channels')
const { variable } = require('./environment')
const { EntraIdError, isWorthARetry } = require('./error')
const { warn } = require('./logger')
const { monotonicMs } = require('./monotonic')
const { own } = require('./own')

/** The header that tells these answers from Azure OpenAI's own; its value is the error's code. */
const MARK = 'x-entra-id-error'

/** Whatever the load, the fallback's warning comes no more often than this. */
const WARNING_PAUSE_MS = 60_000
let warnedAt = -Infinity

/**
 * The answer to a request for which there is no token, in the shape of OpenAI's errors. Clients retry after a 503 and not
 * after a 401.
 *
 * @param {InstanceType<typeof EntraIdError>} error
 */
function failureResponse(error) {
  const passes = isWorthARetry(error)
  const headers = new Headers({ 'content-type': 'application/json', [MARK]: error.code })
  if (passes) headers.set('retry-after', String(Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1000))))
  const type = passes ? 'server_error' : 'authentication_error'
  // A `toJSON` that every object inherits would be the body.
  const body = own({ error: own({ message: error.message, type, param: null, code: error.code }) })
  // undici reads inherited members of it.
  return new Response(JSON.stringify(body), own({ status: passes ? 503 : 401, headers }))
}

/**
 * Whether an answer was made by {@link failureResponse}, of this or of a nested fetch.
 *
 * @param {Response} response
 */
function isFailureResponse(response) {
  return headerOf(response, MARK) !== undefined
}

/** Whether the operator lets requests fall back to their real API key if no token is available. */
function allowsFallback() {
  return variable('AZURE_OPENAI_ENTRA_FALLBACK')?.trim().toLowerCase() === 'api-key'
}

/**
 * Counts a request that goes out with its API key, and says so.
 *
 * @param {Error} error why there is no token
 */
function noteFallback(error) {
  nativeIfPresent()?.countFallback()
  publishFallback(error)
  const now = monotonicMs()
  if (now - warnedAt < WARNING_PAUSE_MS) return
  warnedAt = now
  warn(`Falling back to API keys: no token is available. ${error.message}`)
}

/**
 * A copy of `headers` with the request's own key, for a request without a token; undefined if the operator does not
 * allow it, or there is no key.
 *
 * @param {Error} error why there is no token
 * @param {import('./auth-headers').HeadersInit} headers
 */
function fallbackHeaders(error, headers) {
  const keyed = allowsFallback() ? withRealKey(headers) : undefined
  if (keyed !== undefined) noteFallback(error)
  return keyed
}

/**
 * What a failure to get a token means to the caller of fetch: the abort's own reason, or the error that was meant to
 * reach no one.
 *
 * @param {unknown} error
 * @param {{ reason?: unknown } | null | undefined} signal
 * @returns {InstanceType<typeof EntraIdError>} if it is neither
 */
function tokenError(error, signal) {
  if (!(error instanceof EntraIdError)) throw error
  if (error.code !== 'ENTRA_ID_ABORTED') return error
  // Signals of polyfills have no reason.
  throw signal?.reason ?? new DOMException('This operation was aborted', 'AbortError')
}

module.exports = { failureResponse, fallbackHeaders, isFailureResponse, tokenError }
