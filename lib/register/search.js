'use strict'

/** @typedef {readonly [name: string, value: unknown]} Header */

/**
 * Whether a request holds the placeholder, be it as it should or not. This needs no addon, so that a request without it
 * passes even if that cannot be loaded.
 *
 * @param {string} address as it goes out
 * @param {readonly Header[]} headers
 * @param {string} placeholder
 */
function isHeld(address, headers, placeholder) {
  return address.includes(placeholder) || headers.some((header) => isHeldBy(header, placeholder))
}

/**
 * @param {Header} header
 * @param {string} placeholder
 */
function isHeldBy([name, value], placeholder) {
  return [name, value].flat().some((text) => isIn(String(text), placeholder))
}

/**
 * Whether it is in a header's value, also as what clients make of the user name and password of an address.
 *
 * @param {string} text
 * @param {string} placeholder
 */
function isIn(text, placeholder) {
  if (text.includes(placeholder)) return true
  // Behind another scheme as well.
  const pairs = text.matchAll(/\bBasic\s+([\w+/=-]+)/gi)
  return [...pairs].some(([, pair]) => Buffer.from(pair, 'base64').includes(placeholder))
}

module.exports = { isHeld, isHeldBy }
