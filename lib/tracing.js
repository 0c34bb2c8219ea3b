'use strict'

const { name: tracerName, version } = require('../package.json')
const { handed, own } = require('./own')

/** @typedef {any} Foreign of `@opentelemetry/api`, which need not be installed */
/** @typedef {{ trace?: Foreign, context?: Foreign }} OpenTelemetry what an app registers */
/** @typedef {import('./native').TokenCall} TokenCall */
/** @typedef {import('./native').SentFields} Sent */
/** @typedef {{ tracer: Foreign, span: Foreign, parent: Foreign }} Started */

const [OK, ERROR] = [1, 2]
const CLIENT = 2
const NAMESPACE = { 'az.namespace': 'Microsoft.AAD' }
/** Under which every `@opentelemetry/api` of version 1 has the span of a context. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')

/**
 * Has the app's tracer see a call that waits for a token, under the name that `@azure/identity` gives it, and below it
 * what was sent for it.
 *
 * @template {{ credential?: string }} T
 * @param {OpenTelemetry} api
 * @param {TokenCall} call
 * @param {unknown} parent the context of `tracingOptions`; default: that of this moment
 * @param {() => Promise<T>} act
 * @param {() => Sent[] | undefined} [takeSent] for the call that began the fetch; without it, no fetch is waited for
 * @returns {Promise<T>}
 */
function traced(api, call, parent, act, takeSent) {
  const started = start(api, call, parent)
  if (started === undefined) return act()
  /** @param {Record<string, unknown>} attributes @param {{ code: number, message?: string }} status */
  const ended = (attributes, status) => {
    // A tracer that fails must not fail the call.
    try {
      const sent = takeSent?.()
      if (sent) traceRequests(started, sent)
      const requests = { 'azure_openai_entra.requests': sent?.length }
      const cache = { 'azure_openai_entra.cache': takeSent ? cacheOf(call, sent) : 'failure' }
      end(started.span, { ...attributes, ...cache, ...requests }, status)
    } catch {}
  }
  return act().then(
    (served) => {
      ended({ 'azure_openai_entra.credential': served.credential }, { code: OK })
      return served
    },
    (error) => {
      const { code, credential, attempts = [] } = error
      const attributes = {
        'error.type': code,
        'azure_openai_entra.credential': credential,
        'azure_openai_entra.attempts': attempts.length,
      }
      ended(attributes, { code: ERROR, message: error.message })
      throw error
    },
  )
}

/**
 * @param {OpenTelemetry} api
 * @param {TokenCall} call
 * @param {unknown} given the parent
 * @returns {Started | undefined} none if the tracer fails
 */
function start(api, { credential, app }, given) {
  const name = app ? 'TokenCredential' : (credential?.class?.name ?? 'ChainedTokenCredential')
  try {
    const { trace, context } = api
    const tracer = trace.getTracer(tracerName, version)
    const parent = given ?? context?.active()
    return {
      tracer,
      parent,
      span: tracer.startSpan(`${name}.getToken`, handed({ attributes: handed(NAMESPACE) }), parent),
    }
  } catch {
    return undefined
  }
}

/**
 * Spans as those of `@azure/core-rest-pipeline`, but without path and query, which can hold secrets.
 *
 * @param {Started} started
 * @param {Sent[]} sent
 */
function traceRequests({ tracer, span, parent }, sent) {
  // An app without a manager of contexts has no spans below others.
  const context = parent?.setValue(SPAN, span)
  for (const { method, scheme, host, began, ended, status } of sent.map(own)) {
    const attributes = handed({ ...NAMESPACE, 'http.method': method, 'http.url': `${scheme}://${host}` })
    const options = handed({ kind: CLIENT, startTime: new Date(began), attributes })
    const request = tracer.startSpan(`HTTP ${method}`, options, context)
    const isAnswered = status !== undefined && status !== null && status < 400
    end(
      request,
      { 'http.status_code': status ?? undefined },
      { code: isAnswered ? OK : ERROR },
      new Date(ended),
    )
  }
}

/**
 * Why the call waited.
 *
 * @param {TokenCall} call
 * @param {Sent[] | undefined} sent
 */
function cacheOf({ forceRefresh, inPlaceOf }, sent) {
  if (sent === undefined) return 'joined'
  return forceRefresh || inPlaceOf ? 'refresh' : 'miss'
}

/**
 * @param {Foreign} span
 * @param {Record<string, unknown>} attributes
 * @param {{ code: number, message?: string }} status
 * @param {Date} [at] default: now
 */
function end(span, attributes, status, at) {
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined)
  span.setAttributes(handed(Object.fromEntries(known)))
  span.setStatus(handed(status))
  span.end(at)
}

module.exports = { traced }
