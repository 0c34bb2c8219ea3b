'use strict'

const { slotChooser } = require('../audience-slots')
const { shouldUseEntraId } = require('../environment')
const { configurationError } = require('../error')
const { destinationOf, notAllowed, shownOrigin } = require('../allowed-hosts')
const { own } = require('../own')
const { outsideOfCalls } = require('../realm')
const { withoutKeys, withoutOtherKeys } = require('./key-places')
const { isHeld } = require('./search')

/**
 * What goes out in place of a request, apart from the token.
 *
 * @typedef {{ target: string, headers: import('./search').Header[] }} Rest
 * @typedef {Rest & { audience: import('../allowed-hosts').Audience, refusal?: undefined }} Allowed
 * @typedef {{ audience?: undefined, refusal: ReturnType<typeof configurationError> }} Refused
 */

/** The slots of the default credential, which all transports share. */
const slotOfAudience = slotChooser(undefined)

/** Well below what is left of a token's life when it is refreshed. */
const HOLD_MS = 60_000
/** @type {WeakSet<InstanceType<typeof import('../token-slot').Slot>>} */
const holding = new WeakSet()

/**
 * Has a token held from the first one on, also while nothing is sent for hours: undici cannot wait for another one.
 *
 * @param {InstanceType<typeof import('../token-slot').Slot>} slot
 */
function hold(slot) {
  if (holding.has(slot)) return
  holding.add(slot)
  const use = () => shouldUseEntraId() && slot.token !== undefined && slot.tokenOrStart()
  outsideOfCalls(() => setInterval(use, HOLD_MS).unref())
}

/**
 * What becomes of a request that holds the placeholder.
 *
 * @param {import('./key-places').Sent & { url: URL | undefined }} request `url` decides about the host
 * @param {string} placeholder
 * @returns {Allowed | Refused}
 */
function verdictOn({ url, ...request }, placeholder) {
  const { audience, foreign } = destinationOf(url, /** @type {[string, string][]} */ (request.headers))
  if (url === undefined || audience === undefined) return own({ refusal: notAllowed(foreign) })
  const rest = withoutKeys(request, placeholder)
  if (isHeld(rest.target, rest.headers, placeholder)) return own({ refusal: misplaced(url) })
  return own({ audience, ...withoutOtherKeys(rest) })
}

/** @param {URL} url */
function misplaced(url) {
  return configurationError(
    `No token is sent to ${shownOrigin(url)}: the placeholder of AZURE_OPENAI_ENTRA_PLACEHOLDER is exchanged ` +
      'only if it is the whole of an api-key or x-api-key header or of a Bearer token, or such a key of a WebSocket, ' +
      'and nowhere else in the request.',
  )
}

module.exports = { hold, slotOfAudience, verdictOn }
