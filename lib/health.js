'use strict'

const { loadFailure, nativeIfPresent } = require('./addon')
const { cacheStats } = require('./cache')
const { EntraIdError } = require('./error')
const { optionalBoolean, optionsObject, stringList, tokenOptions } = require('./options')
const { member, own } = require('./own')
const { slotOf } = require('./provider')
const { slotFor } = require('./token-slot')

/** Probes give up after seconds, so a later response is useless. */
const FETCH_LIMIT_MS = 5000

/**
 * What is to be done for a report. The credential is held with it: the core knows it only by a number.
 *
 * @typedef {{ getToken: (() => Promise<unknown>) | undefined, details: boolean, credential: unknown }} Wanted
 */

/** @type {typeof import('..').checkHealth} */
async function checkHealth(options) {
  return report(read(options))
}

/** @type {typeof import('..').healthHandler} */
function healthHandler(options) {
  const wanted = read(options)
  return (request, response) => {
    respond(wanted, request, response)
      // What a middleware wraps can throw. No caller could catch that, so it would end the process.
      .catch(() => /** @type {Partial<import('node:http').ServerResponse>} */ (response).destroy?.())
      .catch(() => {})
  }
}

/**
 * @param {Wanted} wanted
 * @param {{ method?: string }} request
 * @param {import('..').HealthResponse} response
 */
async function respond(wanted, { method }, response) {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return answer(response, 405)
  }
  const reported = report(wanted).then(
    (health) => own({ status: health.status === 'failing' ? 503 : 200, health }),
    // The cause may be internal, and this response public.
    () => own({ status: 500, health: undefined }),
  )
  const { status, health } = await reported
  return answer(response, status, health)
}

/**
 * @param {unknown} options
 * @returns {Wanted}
 */
function read(options) {
  const { fetch, scope, credential, timeoutMs, details } = optionsObject('options', options)
  const scopes = scope === undefined || scope === null ? undefined : stringList('scope', scope)
  const { bounds } = tokenOptions({ timeoutMs: timeoutMs ?? FETCH_LIMIT_MS })
  // An app's credential has no default scope of its own.
  const slot = credential
    ? slotOf(/** @type {import('..').TokenCredential} */ (credential), scopes)
    : slotFor({ scopes })
  return {
    getToken: optionalBoolean('fetch', fetch) ? () => slot.getAccessToken(bounds) : undefined,
    details: optionalBoolean('details', details) ?? false,
    credential,
  }
}

/**
 * @param {Wanted} wanted
 * @returns {Promise<import('..').HealthReport>}
 */
async function report({ getToken, details }) {
  const failure = getToken && (await getToken().then(() => undefined, errorOf))
  const { status, code, tokens } = cacheHealth(details)
  /** @type {any} filled in below */
  const health = failure ? { status: 'failing', code: failure.code } : { status, code: code ?? undefined }
  if (details) {
    const { tokens: _, ...cache } = cacheStats()
    Object.assign(health, { message: failure?.message, tokens, cache })
  }
  return health
}

/**
 * @param {boolean} details
 * @returns {import('./native').HealthFields}
 */
function cacheHealth(details) {
  const core = nativeIfPresent()
  if (core !== undefined) return own(core.cacheHealth(details))
  // An app that requests no token is well without the core.
  const code = loadFailure()?.code
  return own({ status: code === undefined ? 'idle' : 'failing', code, tokens: [] })
}

/** @param {unknown} error */
function errorOf(error) {
  if (error instanceof EntraIdError) return error
  throw error
}

/**
 * @param {import('..').HealthResponse} response
 * @param {number} status
 * @param {object} [body]
 */
function answer(response, status, body) {
  // A timeout of the app's server may have answered meanwhile.
  if (member(response, 'headersSent')) return
  response.statusCode = status
  // A proxy's memory of it would be worse than none.
  response.setHeader('cache-control', 'no-store')
  if (body === undefined) {
    response.end()
    return
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(own(body)))
}

module.exports = { cacheHealth, checkHealth, healthHandler }
