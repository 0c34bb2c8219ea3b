'use strict'

const { EntraIdError, configurationError } = require('./error')
const { checkCount, checkLength } = require('./length')
const { isOf, nameOf, own } = require('./own')

/** @typedef {any} Foreign what an app passed, which Node judges */
/** @typedef {import('node:tls').SecureContextOptions} TlsOptions */

const NEXT = 'Pass PEM texts or buffers, as node:tls takes them.'
/** More than any list of certificates has. */
const LONGEST_LIST = 1_000
/** The longest that OpenSSL takes. */
const LONGEST_CONTEXT = 32

/**
 * A copy of what Node takes of `tlsOptions`, and what tells it from others, by content: texts and buffers of the same bytes are the
 * same. The app may change, or empty, its own buffers, lists and objects afterwards.
 *
 * @param {Record<string, unknown> | undefined} given
 * @returns {{ tls: TlsOptions | undefined, digest: string | undefined }}
 */
function tlsOf(given) {
  if (given === undefined) return own({ tls: undefined, digest: undefined })
  const tls = readable(given)
  const digest = digestOf(tls)
  // Node's agents name a connection, and a TLS session that is resumed, by this, and by the text of each other option: that of an object
  // with a key does not tell whose it is.
  if (digest !== undefined) tls.sessionIdContext = digest.slice(0, LONGEST_CONTEXT)
  checkUsable(tls)
  return own({ tls, digest })
}

/** @param {Record<string, unknown>} given */
function readable(given) {
  try {
    return copyOf(given)
  } catch (error) {
    if (error instanceof EntraIdError) throw error
    throw configurationError(`tlsOptions cannot be read: a getter or a proxy in it threw. ${NEXT}`)
  }
}

/** Node reads them at the first request. What it cannot read is a mistake of the caller. @param {TlsOptions} tls */
function checkUsable(tls) {
  try {
    require('node:tls').createSecureContext(own(tls))
  } catch (error) {
    // OpenSSL's message has no part of a key; Node's says which value it received.
    const said = /** @type {Error} */ (error).message.replace(/\.? Received .*/s, '')
    throw configurationError(`tlsOptions cannot be used: ${said}. ${NEXT}`)
  }
}

/** @param {Record<string, unknown>} given @returns {TlsOptions} */
function copyOf({ ca, cert, key, passphrase, pfx }) {
  const copy = {
    ca: listOf('ca', ca, bytesOf),
    cert: listOf('cert', cert, bytesOf),
    key: listOf('key', key, (name, each) => elementOf(name, each, 'pem')),
    passphrase: bytesOf('passphrase', passphrase),
    pfx: listOf('pfx', pfx, (name, each) => elementOf(name, each, 'buf')),
  }
  // An ordinary object, because agents make a text of its members.
  return Object.fromEntries(Object.entries(copy).filter(([, value]) => value !== undefined))
}

/**
 * @param {string} name
 * @param {Foreign} value
 * @param {(name: string, element: Foreign) => Foreign} copyElement
 */
function listOf(name, value, copyElement) {
  if (!Array.isArray(value)) return bytesOf(name, value)
  checkCount(`tlsOptions.${name}`, value, LONGEST_LIST)
  return Array.from({ length: value.length }, (_, at) => copyElement(name, value[at]))
}

/**
 * An element of a list of keys, as Node reads it: a member may be inherited, as a getter of a class is.
 *
 * @param {string} name
 * @param {Foreign} element
 * @param {'pem' | 'buf'} member
 */
function elementOf(name, element, member) {
  const isHolder = Object(element) === element
  const read = (/** @type {string} */ it) => (isHolder && isOf(element, it) ? element[it] : undefined)
  const [bytes, passphrase] = [read(member), read('passphrase')]
  return {
    [member]: bytesOf(name, bytes ?? element),
    passphrase: bytesOf('passphrase', passphrase),
  }
}

/**
 * @param {string} name
 * @param {Foreign} value
 * @returns {Foreign} a text, a copy of a buffer, or what is neither and no object
 */
function bytesOf(name, value) {
  if (typeof value === 'string') checkLength(`tlsOptions.${name}`, value)
  else if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value
    checkLength(`tlsOptions.${name}`, { length: byteLength }, 'bytes')
    return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength))
  } else if (Object(value) === value) {
    throw configurationError(`tlsOptions.${name} holds an object that is no buffer. ${NEXT}`)
  }
  return value
}

/** @param {TlsOptions} tls */
function digestOf(tls) {
  if (Object.keys(tls).length === 0) return undefined
  return require('node:crypto')
    .createHash('sha256')
    .update(nameOf(namedBytes(tls)), 'latin1')
    .digest('hex')
}

/**
 * @param {Foreign} copy
 * @returns {unknown} the same with its texts and buffers as texts of bytes
 */
function namedBytes(copy) {
  if (typeof copy === 'string' || Buffer.isBuffer(copy)) return Buffer.from(copy).toString('latin1')
  if (Array.isArray(copy)) return copy.map(namedBytes)
  if (Object(copy) !== copy) return copy
  return Object.fromEntries(Object.entries(copy).map(([name, held]) => [name, namedBytes(held)]))
}

module.exports = { tlsOf }
