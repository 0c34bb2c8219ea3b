'use strict'

const { KEYS } = require('../auth-headers')

/**
 * A request as it goes out: `target` is its path and query; only the handshake of a WebSocket has keys in more places.
 *
 * @typedef {import('./search').Header} Header
 * @typedef {{ target: string, headers: readonly Header[], isWebSocket?: boolean }} Sent
 */

const PROTOCOLS = 'sec-websocket-protocol'
/** The subprotocol by which openai's browser client says its key. */
const KEY_PROTOCOL = 'openai-insecure-api-key.'

/**
 * What is left of a request without the placeholder in the places of a key: a key header that is the placeholder and
 * nothing else, a Bearer token and, in the handshake of a WebSocket, an `api-key` of the query and a subprotocol.
 *
 * @param {Sent} request
 * @param {string} placeholder
 * @returns {{ target: string, headers: Header[] }}
 */
function withoutKeys({ target, headers, isWebSocket = false }, placeholder) {
  const kept = headers.filter((header) => !isKey(header, placeholder))
  if (!isWebSocket) return { target, headers: kept }
  return {
    target: withoutQueryKey(target, placeholder),
    headers: kept
      .map((header) => withoutProtocol(header, placeholder))
      .filter(([name, value]) => !isProtocols(name) || value !== ''),
  }
}

/**
 * @param {Header} header
 * @param {string} placeholder
 */
function isKey([name, value], placeholder) {
  const texts = [value].flat().map((text) => String(text).trim())
  const header = String(name).toLowerCase()
  if (KEYS.includes(header)) return texts.every((text) => text === placeholder)
  return (
    header === 'authorization' &&
    texts.every((text) => /^Bearer +/i.test(text) && text.slice(7).trimStart() === placeholder)
  )
}

/**
 * @param {string} target
 * @param {string} placeholder
 */
function withoutQueryKey(target, placeholder) {
  const at = target.indexOf('?')
  if (at < 0) return target
  const parameters = target.slice(at + 1).split('&')
  const kept = parameters.filter((parameter) => {
    const [name, ...value] = parameter.split('=')
    return !(KEYS.includes(name.toLowerCase()) && value.join('=') === placeholder)
  })
  return [target.slice(0, at), ...(kept.length > 0 ? [kept.join('&')] : [])].join('?')
}

/**
 * @param {Header} header
 * @param {string} placeholder
 * @returns {Header}
 */
function withoutProtocol([name, value], placeholder) {
  if (!isProtocols(name)) return [name, value]
  const offered = [value].flat().flatMap((text) =>
    String(text)
      .split(',')
      .map((it) => it.trim()),
  )
  return [name, offered.filter((it) => it !== `${KEY_PROTOCOL}${placeholder}`).join(', ')]
}

/** @param {string} name */
function isProtocols(name) {
  return String(name).toLowerCase() === PROTOCOLS
}

module.exports = { withoutKeys }
