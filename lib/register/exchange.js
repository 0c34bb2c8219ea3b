'use strict'

const { slotChooser } = require('../audience-slots')
const { KEYS } = require('../auth-headers')
const { shouldUseEntraId } = require('../environment')
const { configurationError } = require('../error')
const { destinationOf, notAllowed, shownOrigin } = require('../allowed-hosts')
const { own } = require('../own')
const { outsideOfCalls } = require('../realm')
const { isHeldBy } = require('./search')

/**
 * @typedef {import('./search').Header} Header
 * @typedef {{ audience: import('../allowed-hosts').Audience, refusal?: undefined }} Allowed
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
 * @param {{ url: URL | undefined, address: string, headers: readonly Header[] }} request `url` decides about the host;
 *   `address` is looked at for the placeholder as it goes out
 * @param {string} placeholder
 * @returns {Allowed | Refused}
 */
function verdictOn({ url, address, headers }, placeholder) {
  const { audience, foreign } = destinationOf(url, /** @type {[string, string][]} */ (headers))
  if (url === undefined || audience === undefined) return own({ refusal: notAllowed(foreign) })
  const holders = headers.filter((header) => isHeldBy(header, placeholder))
  if (address.includes(placeholder) || !holders.every((header) => isKey(header, placeholder))) {
    return own({ refusal: misplaced(url) })
  }
  return own({ audience })
}

/**
 * Whether a header is a key that is the placeholder and nothing else.
 *
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

/** @param {URL} url */
function misplaced(url) {
  return configurationError(
    `No token is sent to ${shownOrigin(url)}: the placeholder of AZURE_OPENAI_ENTRA_PLACEHOLDER is exchanged ` +
      'only if it is the whole of an api-key or x-api-key header or of a Bearer token, and nowhere else in the request.',
  )
}

module.exports = { hold, slotOfAudience, verdictOn }
