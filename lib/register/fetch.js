'use strict'

const { entries } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { placeholderInForce } = require('./placeholder')
const { isHeld } = require('./search')

/** The fetch that exchanges, by the one that it calls. @type {WeakMap<typeof fetch, typeof fetch>} */
const keyless = new WeakMap()

/**
 * Sends a request as `inner` does, and exchanges the placeholder in it as `entraIdFetch` does.
 *
 * @param {typeof fetch} inner
 * @param {import('../request').Input} input
 * @param {RequestInit | undefined} init
 */
async function fetchBy(inner, input, init) {
  const placeholder = placeholderInForce()
  if (placeholder === undefined) return inner(input, init)
  const { member, members } = atFirstUse(() => require('../own'))
  const { readable } = atFirstUse(() => require('../at-call'))
  const { targetOf } = atFirstUse(() => require('../request'))
  const { request, url } = targetOf(input)
  const target = url?.href ?? String(input)
  init = readable(init)
  const headers = entries(members(init).headers ?? member(request, 'headers'))
  if (!isHeld(target, headers, placeholder)) return inner(input, init)
  const { verdictOn } = atFirstUse(() => require('./exchange'))
  const { refusal } = verdictOn({ url, target, headers, isWebSocket: false }, placeholder)
  if (refusal) return atFirstUse(() => require('../failure-response')).failureResponse(refusal)
  const exchanging = keyless.get(inner) ?? atFirstUse(() => require('../fetch')).entraIdFetch(inner)
  keyless.set(inner, exchanging)
  return exchanging(input, init)
}

module.exports = { fetchBy }
