'use strict'

const { isPlaceholderIn } = require('../environment')

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
  return [name, value].flat().some((text) => isPlaceholderIn(String(text), placeholder))
}

module.exports = { isHeld, isHeldBy }
