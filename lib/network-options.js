'use strict'

const { configurationError } = require('./error')
const { atFirstUse } = require('./first-use')
const { checkLength } = require('./length')
const { own } = require('./own')

/** @typedef {import('./native').NetworkCall} NetworkCall */
/** @typedef {Record<string, unknown> | undefined} Options */
/**
 * @typedef {{
 *   proxyOptions: Options, tlsOptions: Options, userAgentOptions: Options, loggingOptions: Options,
 *   httpClient?: unknown, additionalPolicies?: unknown,
 * }} Given
 */

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
 * @param {Given} given
 * @returns {NetworkCall} holds the transport that it names
 */
function networkOptions(given) {
  const { proxyOptions, userAgentOptions, loggingOptions } = given
  const { transport, hasObjects, digest } = transportOf(given)
  /** @type {NetworkCall} */
  const network = own({
    proxy: proxyOf(proxyOptions),
    userAgentPrefix: prefixOf(userAgentOptions),
    logsAccount: loggingOptions?.allowLoggingAccountIdentifiers === true || undefined,
    transport: transport && atFirstUse(() => require('./app-credential')).numberOf(transport),
    hasObjects: hasObjects || undefined,
    tls: digest,
  })
  if (transport) held.set(network, transport)
  return network
}

/**
 * The address of a proxy. A password in it is told to no one, so no message shows the address.
 *
 * @param {Record<string, unknown> | undefined} options
 */
function proxyOf(options) {
  if (options === undefined) return undefined
  const { host, port, username, password } = options
  for (const [name, value] of Object.entries({ host, port, username, password })) {
    if (typeof value === 'string') checkLength(`proxyOptions.${name}`, value)
  }
  const refuse = (/** @type {string} */ what) =>
    configurationError(`proxyOptions.${what} Pass { host: 'http://proxy.example', port: 3128 }.`)
  if (typeof host !== 'string' || host.trim() === '') throw refuse('host is not a text.')
  // The URL parser joins what they part.
  if (/[\t\n\r]/.test(host.trim())) throw refuse('host has a line break or a tab.')
  const address = host.includes('://') ? host : `http://${host}`
  if (!URL.canParse(address)) throw refuse('host is not the address of a proxy.')
  // Of the text, because the parser writes the host in small letters.
  const { isHostBehindLogin, kindOf } = atFirstUse(() => require('./shown'))
  const place = address.slice(Math.max(address.indexOf('://') + 3, address.lastIndexOf('@') + 1))
  if (kindOf(place) !== undefined || !isHostBehindLogin(address))
    throw refuse('host is not the address of a proxy.')
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('host is no HTTP proxy.')
  if (port !== undefined) {
    const number = typeof port === 'number' || typeof port === 'string' ? Number(port) : NaN
    if (!Number.isInteger(number) || number < 1 || number > 65_535) throw refuse('port is not a port.')
    url.port = String(number)
  }
  if (typeof username === 'string') url.username = escaped(username)
  if (typeof password === 'string') url.password = escaped(password)
  return url.href
}

/**
 * For an address, which would take `%41` in a password for a letter.
 *
 * @param {string} text
 */
function escaped(text) {
  // Half of a surrogate pair has no percent code.
  return encodeURIComponent(Buffer.from(text).toString())
}

/** @param {Record<string, unknown> | undefined} options */
function prefixOf(options) {
  const prefix = options?.userAgentPrefix
  if (prefix === undefined || prefix === null || prefix === '') return undefined
  if (typeof prefix === 'string') checkLength('userAgentOptions.userAgentPrefix', prefix)
  if (typeof prefix !== 'string' || !HEADER.test(prefix)) {
    throw configurationError(
      'userAgentOptions.userAgentPrefix is no text that a header can hold. Remove what is not ASCII.',
    )
  }
  return prefix
}

/**
 * @param {Given} given
 * @returns {Partial<ReturnType<typeof import('./host-transport').transportFor>>}
 */
function transportOf({ httpClient, additionalPolicies, tlsOptions: tls }) {
  const policies = additionalPolicies ?? []
  if (!Array.isArray(policies)) throw configurationError('additionalPolicies must be an array.')
  const hasNone = (httpClient ?? undefined) === undefined && policies.length === 0
  if (hasNone && (tls === undefined || Object.keys(tls).length === 0)) return own({})
  for (const [name, value] of Object.entries(tls ?? {})) {
    if (typeof value === 'string') checkLength(`tlsOptions.${name}`, value)
  }
  const { transportFor } = atFirstUse(() => require('./host-transport'))
  return transportFor(own({ httpClient: httpClient ?? undefined, policies, tls }))
}

module.exports = { networkOptions }
