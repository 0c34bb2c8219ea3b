'use strict'

const { configurationError } = require('./error')
const { atFirstUse } = require('./first-use')
const { checkCount, checkLength } = require('./length')
const { isOfElements, own, trimmed } = require('./own')

/**
 * What a call waits for. A call in the background does not keep the process alive.
 *
 * @typedef {{
 *   signal?: import('..').AbortSignalLike & { reason?: unknown }, timeoutMs?: number, isBehind?: boolean, parent?: unknown,
 * }} Bounds
 */

/** @typedef {import('./native').CredentialCall} CredentialCall */
/** @typedef {import('./native').TokenCall} TokenCall */

/**
 * A value's kind, for messages: never the value, which can be a secret that stands in the wrong place.
 *
 * @param {unknown} value
 */
function kind(value) {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (value === '') return 'an empty string'
  if (typeof value === 'object' && isOfElements(value))
    return ArrayBuffer.isView(value) ? 'bytes' : 'a boxed value'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * @param {string} name
 * @param {string} wanted
 * @param {unknown} value
 */
function wrong(name, wanted, value) {
  return configurationError(`${name} must be ${wanted}, and is ${kind(value)}.`)
}

/**
 * The options that `options` itself has; none if it is left out.
 *
 * @param {string} name
 * @param {unknown} options
 * @returns {Record<string, unknown>}
 */
function optionsObject(name, options) {
  if (options === undefined || options === null) return own({})
  if (typeof options !== 'object' || isOfElements(options)) throw wrong(name, 'an object', options)
  return own(/** @type {Record<string, unknown>} */ (options))
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function optionalString(name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(name, 'a string', value)
  checkLength(name, value)
  refuseHalfPairs(name, value)
  return value
}

/**
 * On the way to the core every half of a surrogate pair becomes the same replacement character: two names that differ there
 * would be one, and so would their users.
 *
 * @param {string} name
 * @param {string} text
 */
function refuseHalfPairs(name, text) {
  // Half of a pair; a polyfill of `isWellFormed` may be wrong.
  if (/\p{Surrogate}/u.test(text)) {
    throw configurationError(
      `${name} holds half of a surrogate pair, which is no text. Encode binary names, as base64.`,
    )
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function optionalBoolean(name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value)
  return value
}

/**
 * The same, and as text: `@azure/identity` takes any value.
 *
 * @param {string} name
 * @param {unknown} value
 */
function optionalSwitch(name, value) {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined
  return word === 'true' || word === 'false' ? word === 'true' : optionalBoolean(name, value)
}

/** In ms: beyond this Node's timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * @param {string} name
 * @param {unknown} value
 * @param {0 | 1} [least]
 */
function optionalMilliseconds(name, value, least = 1) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw wrong(name, 'a number of milliseconds', value)
  if (!((value > 0 || value === least) && value <= LONGEST_TIMER)) {
    throw configurationError(
      `${name} must be a number of milliseconds from ${least} to ${LONGEST_TIMER}, and is ${value}.`,
    )
  }
  return value
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function optionalCount(name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw wrong(name, 'a number', value)
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw configurationError(`${name} must be a whole number from 0 on, and is ${value}.`)
  }
  return value
}

/** More elements than any list of tenants or scopes has. */
const LONGEST_LIST = 10_000

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string[]}
 */
function stringList(name, value) {
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) throw wrong(name, 'a string or an array of strings', value)
  checkCount(name, list, LONGEST_LIST)
  if (list.length === 0) throw configurationError(`${name} is an empty array. Pass at least one element.`)
  for (const element of list) {
    if (typeof element !== 'string' || element === '')
      throw wrong(list === value ? `An element of ${name}` : name, 'a string that is not empty', element)
    checkLength(name, element)
    refuseHalfPairs(name, element)
  }
  return [...list]
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Bounds['signal']}
 */
function optionalSignal(name, value) {
  if (value === undefined || value === null) return undefined
  if (!isSignal(value)) throw wrong(name, 'an AbortSignal', value)
  return value
}

/**
 * By its shape: a signal of another realm, or of a polyfill, is one.
 *
 * @param {unknown} value
 * @returns {value is NonNullable<Bounds['signal']>}
 */
function isSignal(value) {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = /** @type {Record<string, unknown>} */ (value)
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  )
}

/**
 * The options of one request for a token: what goes to the endpoint, and what bounds this caller's wait.
 *
 * @param {unknown} options
 * @returns {{ call: TokenCall, bounds: Bounds }}
 */
function tokenOptions(options) {
  const given = optionsObject('options', options)
  const { scope, tenantId, claims, forceRefresh, enableCae, signal, abortSignal, timeoutMs } = given
  const { timeout } = optionsObject('requestOptions', given.requestOptions)
  const { tracingContext } = optionsObject('tracingOptions', given.tracingOptions)
  return {
    call: own({
      scopes: scope === undefined || scope === null ? undefined : stringList('scope', scope),
      tenantId: optionalString('tenantId', tenantId) || undefined,
      claims: trimmed(optionalString('claims', claims) ?? '') || undefined,
      forceRefresh: optionalBoolean('forceRefresh', forceRefresh),
      enableCae: optionalSwitch('enableCae', enableCae),
    }),
    bounds: own({
      signal: optionalSignal('signal', signal) ?? optionalSignal('abortSignal', abortSignal),
      // In @azure/core-auth a timeout of 0 means no timeout.
      timeoutMs:
        optionalMilliseconds('timeoutMs', timeoutMs) ??
        optionalMilliseconds('requestOptions.timeout', timeout === 0 ? undefined : timeout),
      parent: tracingContext,
    }),
  }
}

const CREDENTIAL_STRINGS = /** @type {const} */ ([
  'tenantId',
  'managedIdentityClientId',
  'managedIdentityResourceId',
  'managedIdentityObjectId',
  'workloadIdentityClientId',
  'authorityHost',
  'subscription',
])

/** Most apps leave these, and `httpClient` and `additionalPolicies`, to the environment. */
const NETWORK = /** @type {const} */ (['proxyOptions', 'tlsOptions', 'userAgentOptions', 'loggingOptions'])

/**
 * @param {unknown} options
 * @returns {CredentialCall}
 */
function credentialOptions(options) {
  const given = optionsObject('options', options)
  /** @type {CredentialCall} */
  const call = own({})
  for (const name of CREDENTIAL_STRINGS) call[name] = optionalString(name, given[name])
  const { additionallyAllowedTenants, processTimeoutInMs } = given
  const allowsNone = Array.isArray(additionallyAllowedTenants) && additionallyAllowedTenants.length === 0
  if (additionallyAllowedTenants != null && !allowsNone) {
    call.additionallyAllowedTenants = stringList('additionallyAllowedTenants', additionallyAllowedTenants)
  }
  const { disableInstanceDiscovery, enableAzureProxy, requiredEnvVars } = given
  call.disableInstanceDiscovery = optionalSwitch('disableInstanceDiscovery', disableInstanceDiscovery)
  call.enableAzureProxy = optionalSwitch('enableAzureProxy', enableAzureProxy)
  const requiresNone = Array.isArray(requiredEnvVars) && requiredEnvVars.length === 0
  if (requiredEnvVars !== undefined && requiredEnvVars !== null && !requiresNone) {
    call.requiredEnvVars = stringList('requiredEnvVars', requiredEnvVars)
  }
  const processTimeout = optionalMilliseconds('processTimeoutInMs', processTimeoutInMs, 0)
  // In @azure/identity 0 is no limit. That of the whole acquisition stays.
  call.processTimeoutInMs = processTimeout === 0 ? LONGEST_TIMER : processTimeout
  const { maxRetries, retryDelayInMs, maxRetryDelayInMs } = optionsObject('retryOptions', given.retryOptions)
  call.retryOptions = own({
    maxRetries: optionalCount('retryOptions.maxRetries', maxRetries),
    retryDelayInMs: optionalMilliseconds('retryOptions.retryDelayInMs', retryDelayInMs, 0),
    maxRetryDelayInMs: optionalMilliseconds('retryOptions.maxRetryDelayInMs', maxRetryDelayInMs, 0),
  })
  const isGiven = (/** @type {string} */ name) => given[name] !== undefined && given[name] !== null
  if ([...NETWORK, 'httpClient', 'additionalPolicies'].some(isGiven)) {
    const { httpClient, additionalPolicies } = given
    const network = /** @type {import('./network-options').Given} */ (own({ httpClient, additionalPolicies }))
    for (const name of NETWORK) network[name] = isGiven(name) ? optionsObject(name, given[name]) : undefined
    call.network = atFirstUse(() => require('./network-options')).networkOptions(network)
  }
  return call
}

module.exports = {
  isSignal,
  optionalBoolean,
  optionalSwitch,
  optionalString,
  optionsObject,
  stringList,
  tokenOptions,
  credentialOptions,
  wrong,
}
