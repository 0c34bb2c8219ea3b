'use strict'

const { subscribe } = require('node:diagnostics_channel')

/** @typedef {InstanceType<typeof import('../token-slot').Slot>} Slot */

/**
 * What requests of node:https, node:http2 and undici went out with.
 *
 * @type {WeakMap<object, { slot: Slot, token: string }>}
 */
const sent = new WeakMap()

/**
 * @param {object} request
 * @param {Slot} slot
 * @param {string} token
 */
function noteToken(request, slot, token) {
  hookRefusals()
  sent.set(request, { slot, token })
}

let isHooked = false

/** Has a token that was answered 401 replaced for the requests to come. By these channels nothing is changed. */
function hookRefusals() {
  if (isHooked) return
  isHooked = true
  subscribe('http.client.response.finish', (message) => {
    const { request, response } =
      /** @type {{ request: object, response: import('node:http').IncomingMessage }} */ (message)
    if (response.statusCode === 401) replaceToken(request, () => response.headers['www-authenticate'])
  })
  subscribe('undici:request:headers', (message) => {
    const { request, response } =
      /** @type {{ request: object, response: { statusCode: number, headers: (Buffer | string)[] } }} */ (
        message
      )
    if (response.statusCode === 401) replaceToken(request, () => challengeIn(response.headers))
  })
}

/**
 * @param {object} request
 * @param {() => string | undefined} challengeOf its answer's WWW-Authenticate
 */
function replaceToken(request, challengeOf) {
  const known = sent.get(request)
  if (known === undefined) return
  const { slot, token } = known
  try {
    require('../unauthorized').replaceBehind(token, slot, challengeOf())
  } catch {
    // It cannot be loaded now. An error here would end the process, and the next refusal is heard again.
  }
}

/** @param {(Buffer | string)[]} headers names and values in turn */
function challengeIn(headers) {
  const at = headers.findIndex((it, i) => i % 2 === 0 && String(it).toLowerCase() === 'www-authenticate')
  return at < 0 ? undefined : String(headers[at + 1])
}

module.exports = { noteToken, replaceToken }
