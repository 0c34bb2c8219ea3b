'use strict'

const { configurationError } = require('./error')
const { atFirstUse } = require('./first-use')
const { own } = require('./own')

/** @typedef {import('./native').NetworkCall} NetworkCall */

/** What a header can hold. */
const HEADER = /^[\x20-\x7E]*$/

/**
 * The transport of each call, which the core knows only by its number.
 *
 * @type {WeakMap<NetworkCall, object>}
 */
const held = new WeakMap()

/**
 * How the requests of a credential are sent, of its options.
 *
 * @param {Record<string, unknown>} given
 * @returns {NetworkCall} holds the transport that it names
 */
function networkOptions(given) {
  const { proxyOptions, userAgentOptions, loggingOptions } = given
  const transport = transportOf(given)
  /** @type {NetworkCall} */
  const network = own({
    proxy: proxyOf(object('proxyOptions', proxyOptions)),
    userAgentPrefix: prefixOf(object('userAgentOptions', userAgentOptions)),
    logsAccount:
      object('loggingOptions', loggingOptions)?.allowLoggingAccountIdentifiers === true || undefined,
    transport: transport && atFirstUse(() => require('./app-credential')).numberOf(transport),
  })
  if (transport) held.set(network, transport)
  return network
}

/**
 * An option that is an object.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {Record<string, unknown> | undefined}
 */
function object(name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value))
    throw configurationError(`${name} must be an object.`)
  return own(/** @type {Record<string, unknown>} */ (value))
}

/**
 * The address of a proxy. A password in it is told to no one, so no message shows the address.
 *
 * @param {Record<string, unknown> | undefined} options
 */
function proxyOf(options) {
  if (options === undefined) return undefined
  const { host, port, username, password } = options
  const refuse = (/** @type {string} */ what) =>
    configurationError(`proxyOptions.${what} Pass { host: 'http://proxy.example', port: 3128 }.`)
  if (typeof host !== 'string' || host.trim() === '') throw refuse('host is not a text.')
  const address = host.includes('://') ? host : `http://${host}`
  if (!URL.canParse(address)) throw refuse('host is not the address of a proxy.')
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('host is no HTTP proxy.')
  if (port !== undefined) {
    const number = typeof port === 'number' || typeof port === 'string' ? Number(port) : NaN
    if (!Number.isInteger(number) || number < 1 || number > 65_535) throw refuse('port is not a port.')
    url.port = String(number)
  }
  if (typeof username === 'string') url.username = username
  if (typeof password === 'string') url.password = password
  return url.href
}

/** @param {Record<string, unknown> | undefined} options */
function prefixOf(options) {
  const prefix = options?.userAgentPrefix
  if (prefix === undefined || prefix === null || prefix === '') return undefined
  if (typeof prefix !== 'string' || !HEADER.test(prefix)) {
    throw configurationError(
      'userAgentOptions.userAgentPrefix is no text that a header can hold. Remove what is not ASCII.',
    )
  }
  return prefix
}

/** @param {Record<string, unknown>} given */
function transportOf({ httpClient, additionalPolicies, tlsOptions }) {
  const policies = additionalPolicies ?? []
  if (!Array.isArray(policies)) throw configurationError('additionalPolicies must be an array.')
  const tls = object('tlsOptions', tlsOptions)
  const hasNone = (httpClient ?? undefined) === undefined && policies.length === 0
  if (hasNone && (tls === undefined || Object.keys(tls).length === 0)) return undefined
  const { newTransport } = atFirstUse(() => require('./host-transport'))
  return newTransport({ httpClient, policies, tls })
}

module.exports = { networkOptions }
