'use strict'

const { KEYS } = require('../auth-headers')
const { withoutQueryKeys } = require('../query-keys')

/**
 * A request as it goes out: `target` is its path and query; only the handshake of a WebSocket has keys in more places.
 *
 * @typedef {import('./search').Header} Header
 * @typedef {{ target: string, headers: readonly Header[], isWebSocket: boolean }} Sent
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
function withoutKeys({ target, headers, isWebSocket }, placeholder) {
  const kept = headers.filter((header) => !isKey(header, placeholder))
  if (!isWebSocket) return { target, headers: kept }
  return {
    target: withoutPlaceholder(target, placeholder),
    headers: kept
      .map((header) => withoutProtocols(header, (it) => it === `${KEY_PROTOCOL}${placeholder}`))
      .filter(([name, value]) => !isProtocols(name) || value !== ''),
  }
}

/**
 * A request that goes out with a token, without the keys beside it that are no placeholder: those of the query, and of the
 * subprotocols of a WebSocket. The key headers go when the token comes.
 *
 * @param {{ target: string, headers: readonly Header[] }} request
 * @returns {{ target: string, headers: Header[] }}
 */
function withoutOtherKeys({ target, headers }) {
  return {
    target: withoutQueryKeys(target),
    headers: headers
      .map((header) => withoutProtocols(header, (it) => it.toLowerCase().startsWith(KEY_PROTOCOL)))
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
function withoutPlaceholder(target, placeholder) {
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
 * @param {(protocol: string) => boolean} isKeyIn
 * @returns {Header}
 */
function withoutProtocols([name, value], isKeyIn) {
  if (!isProtocols(name)) return [name, value]
  const offered = [value].flat().flatMap((text) =>
    String(text)
      .split(',')
      .map((it) => it.trim()),
  )
  return [name, offered.filter((it) => !isKeyIn(it)).join(', ')]
}

/** @param {string} name */
function isProtocols(name) {
  return String(name).toLowerCase() === PROTOCOLS
}

module.exports = { withoutKeys, withoutOtherKeys }
