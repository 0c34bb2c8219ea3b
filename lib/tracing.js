'use strict'

const { name: tracerName, version } = require('../package.json')

/** @typedef {any} Span of `@opentelemetry/api`, which need not be installed */
/** @typedef {{ trace?: any, context?: any }} OpenTelemetry what an app registers, any because it is of another package */
/** @typedef {import('./native').TokenCall} TokenCall */

const [OK, ERROR] = [1, 2]

/**
 * Has the app's tracer see a call that waits for a token, under the name that `@azure/identity` gives it.
 *
 * @template {{ credential?: string }} T
 * @param {OpenTelemetry} api
 * @param {TokenCall} call
 * @param {unknown} parent the context of `tracingOptions`; default: that of this moment
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
function traced(api, call, parent, act) {
  const span = startSpan(api, call, parent)
  if (span === undefined) return act()
  return act().then(
    (served) => {
      end(span, { 'azure_openai_entra.credential': served.credential }, { code: OK })
      return served
    },
    (error) => {
      const { code, credential, attempts = [] } = error
      const attributes = {
        'error.type': code,
        'azure_openai_entra.credential': credential,
        'azure_openai_entra.attempts': attempts.length,
      }
      end(span, attributes, { code: ERROR, message: error.message })
      throw error
    },
  )
}

/**
 * @param {OpenTelemetry} api
 * @param {TokenCall} call
 * @param {unknown} parent
 * @returns {Span | undefined} none if the tracer fails
 */
function startSpan(api, { credential, app }, parent) {
  const name = app ? 'TokenCredential' : (credential?.class?.name ?? 'ChainedTokenCredential')
  try {
    const { trace, context } = api
    const tracer = trace.getTracer(tracerName, version)
    const attributes = { 'az.namespace': 'Microsoft.AAD' }
    return tracer.startSpan(`${name}.getToken`, { attributes }, parent ?? context?.active())
  } catch {
    return undefined
  }
}

/**
 * @param {Span} span
 * @param {Record<string, unknown>} attributes
 * @param {{ code: number, message?: string }} status
 */
function end(span, attributes, status) {
  // A tracer that fails must not fail the call.
  try {
    const known = Object.entries(attributes).filter(([, value]) => value !== undefined)
    span.setAttributes(Object.fromEntries(known))
    span.setStatus(status)
    span.end()
  } catch {}
}

module.exports = { traced }
