'use strict'

const { failureOf } = require('./app-credential-error')
const { configurationError } = require('./error')
const { sendByNode } = require('./node-transport')
const { own } = require('./own')
const { requirePeer } = require('./require-peer')
const { tlsOf } = require('./tls-options')

/** @typedef {import('./native').HttpRequestFields} Request */
/** @typedef {import('./native').HttpAnswerFields} Answer */
/** @typedef {any} Foreign what the app or its `@azure/core-rest-pipeline` made */
/** @typedef {{ tls?: import('node:tls').SecureContextOptions, pipeline?: Foreign, client?: Foreign, core?: Foreign }} Transport */
/** @typedef {'client' | 'perCall' | 'perRetry'} Role what an object of the app does */
/** @typedef {{ transports: Map<string | undefined, Transport> } & { [role in Role]?: WeakMap<object, Place> }} Place */

const PIPELINE = '@azure/core-rest-pipeline'

/** More client certificates than an app changes to with the same objects. */
const MOST_CERTIFICATES = 16

/**
 * The transports with objects of the app, found by these: they end with the first of the objects that is gone.
 *
 * @returns {Place}
 */
const newPlace = () => own({ transports: new Map() })
const places = newPlace()

/**
 * A transport of a credential's options: the same one for the same objects of the app.
 *
 * @param {{ httpClient: unknown, policies: unknown[], tls: Record<string, unknown> | undefined }} options
 * @returns {{ transport: Transport, hasObjects: boolean, digest: string | undefined }}
 */
function transportFor({ httpClient, policies, tls }) {
  const { tls: sent, digest } = tlsOf(tls)
  if (httpClient === undefined && policies.length === 0)
    return own({ transport: own({ tls: sent }), hasObjects: false, digest })
  const core = requirePeer(PIPELINE)
  if (core === undefined) {
    throw configurationError(
      `httpClient and additionalPolicies need ${PIPELINE}, which this app has not installed. Run npm install ${PIPELINE}.`,
    )
  }
  if (httpClient !== undefined && !isSender(httpClient)) {
    throw configurationError('httpClient must have a method sendRequest.')
  }
  const pipeline = core.createEmptyPipeline()
  let place = httpClient === undefined ? places : placeBehind(places, 'client', httpClient)
  for (const each of policies) {
    const { policy, position } = /** @type {Foreign} */ (Object(each))
    if (!isSender(policy)) {
      throw configurationError('An element of additionalPolicies has no policy with a method sendRequest.')
    }
    const isOfTries = position === 'perRetry'
    pipeline.addPolicy(policy, own({ afterPhase: isOfTries ? 'Sign' : undefined }))
    place = placeBehind(place, isOfTries ? 'perRetry' : 'perCall', policy)
  }
  const { transports } = place
  let transport = transports.get(digest)
  if (transport === undefined) {
    transport = own({ tls: sent, pipeline, client: httpClient, core })
    if (transports.size >= MOST_CERTIFICATES) transports.clear()
    transports.set(digest, transport)
  }
  return own({ transport, hasObjects: true, digest })
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
function isSender(value) {
  return Object(value) === value && typeof (/** @type {Foreign} */ (value).sendRequest) === 'function'
}

/**
 * @param {Place} place
 * @param {Role} role
 * @param {object} object
 * @returns {Place}
 */
function placeBehind(place, role, object) {
  const known = (place[role] ??= new WeakMap())
  let next = known.get(object)
  if (next === undefined) {
    next = newPlace()
    known.set(object, next)
  }
  return next
}

/**
 * Sends a request of the core. Never rejects.
 *
 * @param {Request} request
 * @param {Transport | undefined} transport
 * @param {AbortSignal} [signal]
 * @returns {Promise<import('./native').AppCredentialAnswer>}
 */
async function sendHttp(request, transport, signal) {
  try {
    const http = await (transport?.pipeline
      ? sendByPipeline(request, transport, signal)
      : sendByNode(request, transport?.tls, signal))
    return { http }
  } catch (error) {
    const { reason, code } = failureOf(error)
    return { reason, code: code === 'ENTRA_ID_TIMEOUT' ? code : 'ENTRA_ID_NETWORK' }
  }
}

/**
 * @param {Request} given
 * @param {Transport} transport
 * @param {AbortSignal} [abortSignal]
 * @returns {Promise<Answer>}
 */
async function sendByPipeline(given, { core, pipeline, client, tls }, abortSignal) {
  const { method, url, headers, body } = given
  const options = own({
    url,
    method,
    body: body ?? undefined,
    headers: core.createHttpHeaders(own(Object.fromEntries(headers))),
    abortSignal,
    // Identity endpoints of the host speak HTTP.
    allowInsecureConnection: url.startsWith('http:'),
    tlsSettings: tls,
  })
  const request = core.createPipelineRequest(options)
  const response = await pipeline.sendRequest(client ?? nodeClient(core, given, tls), request)
  const { status, headers: answered, bodyAsText } = response
  return {
    status,
    headers: [...answered].map(([name, value]) => [name, String(value)]),
    body: bodyAsText ?? '',
  }
}

/**
 * The end of a pipeline without a client of the app: what the policies made of the request is sent, by the same way.
 *
 * @param {Foreign} core
 * @param {Request} given
 * @param {import('node:tls').SecureContextOptions | undefined} tls
 */
function nodeClient(core, { proxy, direct }, tls) {
  return {
    /** @param {Foreign} request */
    async sendRequest(request) {
      const { method, url, headers, body, abortSignal } = request
      const sent = own({
        method,
        url,
        headers: [...headers],
        body: body === undefined ? undefined : String(body),
        proxy,
        direct,
      })
      const answer = await sendByNode(/** @type {Request} */ (sent), tls, abortSignal)
      const received = core.createHttpHeaders(own(Object.fromEntries(answer.headers)))
      return { request, status: answer.status, headers: received, bodyAsText: answer.body }
    },
  }
}

module.exports = { sendHttp, transportFor }
