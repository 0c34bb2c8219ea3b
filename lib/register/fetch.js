'use strict'

const { entries } = require('../auth-headers')
const { placeholderInForce } = require('./placeholder')

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
    const { addressOf, requestOf } = require('../request')
    const { verdictOn } = require('./exchange')
    const url = addressOf(input)
    const headers = entries(init?.headers ?? requestOf(input)?.headers)
    const verdict = verdictOn({ url, address: url?.href ?? String(input), headers }, placeholder)
    if (verdict === undefined) return inner(input, init)
    if (verdict.refusal) return require('../token-failure').failureResponse(verdict.refusal)
    keyless ??= require('../fetch').entraIdFetch(inner)
    return keyless(input, init)
  }

  globalThis.fetch = function fetch(input, init = undefined) {
    const placeholder = placeholderInForce()
    return placeholder === undefined ? inner(input, init) : exchange(input, init, placeholder)
  }
}

module.exports = { hookFetch }
