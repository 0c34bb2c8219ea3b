'use strict'

const { slotChooser } = require('../audience-slots')
const { configurationError } = require('../error')
const { audienceOf, notAllowed } = require('../hosts')
const { warn } = require('../logger')

/**
 * @typedef {readonly [name: string, value: unknown]} Header
 * @typedef {{ audience: import('../hosts').Audience, refusal?: undefined }} Allowed
 * @typedef {{ audience?: undefined, refusal: ReturnType<typeof configurationError> }} Refused
 */

/** The slots of the default credential, which all transports share. */
const slotOfAudience = slotChooser(undefined)

/**
 * What becomes of a request; nothing where it does not hold the placeholder.
 *
 * @param {{ url: URL | undefined, address: string, headers: readonly Header[] }} request `url` decides about the host;
 *   `address` is looked at for the placeholder as it goes out
 * @param {string} placeholder
 * @returns {Allowed | Refused | undefined}
 */
function verdictOn({ url, address, headers }, placeholder) {
  const isInAddress = address.includes(placeholder)
  const holders = headers.filter((header) => header.some((part) => String(part).includes(placeholder)))
  if (holders.length === 0 && !isInAddress) return undefined
  const audience = url && audienceOf(url)
  if (url === undefined || audience === undefined) return { refusal: notAllowed(url) }
  if (!isInAddress && holders.every((header) => isKey(header, placeholder))) return { audience }
  return { refusal: misplaced(url) }
}

/**
 * Whether a header is a key that is the placeholder and nothing else.
 *
 * @param {Header} header
 * @param {string} placeholder
 */
function isKey([name, value], placeholder) {
  const text = String(value).trim()
  switch (String(name).toLowerCase()) {
    case 'api-key':
      return text === placeholder
    case 'authorization':
      return /^Bearer +/i.test(text) && text.slice('Bearer'.length).trimStart() === placeholder
    default:
      return false
  }
}

/** @param {URL} url */
function misplaced(url) {
  return configurationError(
    `No token is sent to ${url.protocol}//${url.host}: the placeholder of AZURE_OPENAI_ENTRA_PLACEHOLDER is exchanged ` +
      'where it is the whole of an api-key header or of a Bearer token, and stands nowhere else in the request.',
  )
}

/** Whatever the load, one warning comes no more often than this. */
const WARNING_PAUSE_MS = 60_000
/** More hosts than any app has; one that makes them up must not fill memory. */
const MOST_WARNINGS = 256
/** @type {Map<string, number>} */
const warnedAt = new Map()

/** @param {string} message */
function warnSometimes(message) {
  const now = performance.now()
  if (now - (warnedAt.get(message) ?? -Infinity) < WARNING_PAUSE_MS) return
  if (warnedAt.size >= MOST_WARNINGS) warnedAt.clear()
  warnedAt.set(message, now)
  warn(message)
}

module.exports = { slotOfAudience, verdictOn, warnSometimes }
