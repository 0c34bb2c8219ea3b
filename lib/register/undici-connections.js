'use strict'

const { subscribe } = require('node:diagnostics_channel')

const { configurationError } = require('../error')

/**
 * The origins that the connections of undici lead to. Up to undici 6, a client sends each request to the client's own origin,
 * whatever origin the request names, as it does after a redirect.
 *
 * @type {WeakMap<object, string>}
 */
const origins = new WeakMap()

/**
 * @typedef {{ connectParams: { protocol: string, host: string }, socket: object }} Connected
 * @typedef {{ request: object, socket: import('node:net').Socket }} Sending
 */

/** @param {unknown} message of the channel `undici:client:connected` */
function onConnected(message) {
  const { connectParams, socket } = /** @type {Connected} */ (message)
  origins.set(socket, new URL(`${connectParams.protocol}//${connectParams.host}`).origin)
}

/**
 * The origins that requests got a token for.
 *
 * @type {WeakMap<object, string>}
 */
const meant = new WeakMap()
/** More tokens than an app has in use at a time. */
const MOST_TOKENS = 64
/**
 * The last tokens that went into requests, the oldest first: over HTTP/2, nothing tells which request is sent.
 *
 * @type {Set<string>}
 */
const tokens = new Set()

let isWatching = false

/**
 * Has a request go out with its token only on a connection to the origin that it names.
 *
 * @param {object} request
 * @param {string} origin
 * @param {string} token
 */
function bind(request, origin, token) {
  if (!isWatching) subscribe('undici:client:sendHeaders', onSending)
  isWatching = true
  meant.set(request, origin)
  tokens.delete(token)
  tokens.add(token)
  if (tokens.size > MOST_TOKENS) tokens.delete(/** @type {string} */ (tokens.values().next().value))
}

/**
 * The last moment before a head is written: a destroyed connection takes nothing.
 *
 * @param {unknown} message
 */
function onSending(message) {
  const { request, socket } = /** @type {Sending} */ (message)
  const origin = meant.get(request)
  if (origin !== undefined && origins.get(socket) !== origin) socket.destroy(elsewhere(origin))
}

/** @param {string} origin */
function elsewhere(origin) {
  return configurationError(
    `No token is sent for ${origin} by a client of undici that is made for another origin. Use an Agent of undici, or ` +
      'a client for each origin.',
  )
}

/** Whether undici may be sending this. @param {string} token */
function isOfUndici(token) {
  return tokens.has(token)
}

module.exports = { bind, isOfUndici, onConnected }
