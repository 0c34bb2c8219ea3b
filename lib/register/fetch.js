'use strict'

const { entries } = require('../auth-headers')
const { placeholderInForce } = require('./placeholder')
const { isHeld } = require('./search')

/** Has the global fetch exchange the placeholder as `entraIdFetch` does. */
function hookFetch() {
  const inner = globalThis.fetch
  /** @type {typeof fetch | undefined} */
  let keyless

  /**
   * @param {import('../request').Input} input
   * @param {RequestInit | undefined} init
   * @param {string} placeholder
   */
  const exchange = async (input, init, placeholder) => {
    const { members } = require('../own')
    const { addressOf, readable, requestOf } = require('../request')
    const url = addressOf(input)
    const address = url?.href ?? String(input)
    init = readable(init)
    const headers = entries(members(init).headers ?? requestOf(input)?.headers)
    if (!isHeld(address, headers, placeholder)) return inner(input, init)
    const { refusal } = require('./exchange').verdictOn({ url, address, headers }, placeholder)
    if (refusal) return require('../failure-response').failureResponse(refusal)
    keyless ??= require('../fetch').entraIdFetch(inner)
    return keyless(input, init)
  }

  globalThis.fetch = function fetch(input, init = undefined) {
    const placeholder = placeholderInForce()
    return placeholder === undefined ? inner(input, init) : exchange(input, init, placeholder)
  }
}

module.exports = { hookFetch }
