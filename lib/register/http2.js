'use strict'

const { withToken } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { own } = require('../own')
const { inFormOf, pairsOf, refusedBy, withoutPlaceholder } = require('./guard-http2')
const { withoutOtherKeys } = require('./key-places')
const { placeholderInForce } = require('./placeholder')
const { noteToken, replaceToken } = require('./refusals')
const { isHeld } = require('./search')
const { isOfUndici } = require('./undici-connections')
const { warnSometimes } = require('./warning')

/** @typedef {import('./guard-http2').Session} Session */
/** @typedef {import('./guard-http2').Headers} Headers */
/** @typedef {import('./guard-http2').Pairs} Pairs */

/**
 * Requests a stream, with a token in place of the placeholder.
 *
 * @param {Session} session
 * @param {Session['request']} request Node's own, of this session
 * @param {Headers} headers
 * @param {import('node:http2').ClientSessionRequestOptions} [options]
 */
function requestBy(session, request, headers, options) {
  const given = /** @type {import('node:http2').OutgoingHttpHeaders} */ (headers)
  const placeholder = placeholderInForce()
  if (placeholder === undefined) return request(given, options)
  const pairs = pairsOf(headers)
  if (!isHeld('', pairs, placeholder)) {
    const stray = strayToken(session, pairs)
    return stray === undefined
      ? request(given, options)
      : refusedBy(stray, request, session, headers, [], options)
  }
  const rest = withoutPlaceholder(pairs, placeholder)
  let found
  try {
    found = tokenFor(session, pairs, placeholder)
  } catch (error) {
    warnSometimes(/** @type {Error} */ (error).message)
    return refusedBy(error, request, session, headers, rest, options)
  }
  const { slot, token, target } = found
  const sent = withoutOtherKeys({ target, headers: rest }).headers.map(
    ([name, value]) =>
      /** @type {[string, any]} a value of any type */ ([
        name,
        name.toLowerCase() === ':path' ? target : value,
      ]),
  )
  const stream = request(inFormOf(headers, /** @type {Pairs} */ (withToken(sent, token))), options)
  noteToken(stream, slot, token)
  stream.once('response', (answer) => {
    if (answer[':status'] === 401) replaceToken(stream, () => answer['www-authenticate'])
  })
  return stream
}

/**
 * The token that goes out in place of the placeholder. A request cannot wait for it.
 *
 * @param {Session} session
 * @param {Pairs} pairs
 * @param {string} placeholder
 */
function tokenFor(session, pairs, placeholder) {
  const { hold, slotOfAudience, verdictOn } = atFirstUse(() => require('./exchange'))
  const { ofTarget } = atFirstUse(() => require('../url'))
  // Node writes the names of a list in small letters.
  const small = pairs.map(([name, value]) => /** @type {const} */ ([name.toLowerCase(), value]))
  const target = String(small.find(([name]) => name === ':path')?.[1] ?? '/')
  // The session's name is what TLS proves; a header that names another host decides as well.
  const named = small.map(
    ([name, value]) => /** @type {const} */ ([name === ':authority' ? 'host' : name, value]),
  )
  const url = ofTarget(urlOf(session), target)
  const verdict = verdictOn({ url, target, headers: named, isWebSocket: false }, placeholder)
  if (verdict.refusal) throw verdict.refusal
  const slot = slotOfAudience(verdict.audience)
  hold(slot)
  const token = slot.tokenOrStart()
  if (token === undefined) throw noToken(url)
  return own({ slot, token, target: verdict.target })
}

/**
 * Why a stream with a token of undici may not go out: its session can be to another host than that of its request.
 *
 * @param {Session} session
 * @param {Pairs} pairs
 */
function strayToken(session, pairs) {
  const [, value] = pairs.find(([name]) => name.toLowerCase() === 'authorization') ?? []
  const token = /^Bearer (.+)$/.exec(String(value))?.[1]
  if (token === undefined || !isOfUndici(token)) return undefined
  const { destinationOf, notAllowed } = atFirstUse(() => require('../allowed-hosts'))
  const { audience, foreign } = destinationOf(urlOf(session), [])
  return audience === undefined ? notAllowed(foreign) : undefined
}

/** @param {URL | undefined} url */
function noToken(url) {
  const { shownOrigin } = atFirstUse(() => require('../allowed-hosts'))
  const { EntraIdError } = atFirstUse(() => require('../error'))
  const message = `No token is held yet for ${shownOrigin(url)}, and a stream of HTTP/2 cannot wait for it. Send the request again.`
  return new EntraIdError({ code: 'ENTRA_ID_TIMEOUT', message })
}

/**
 * The origin that a session's certificate proves. Node has it before the connection stands only under a symbol.
 *
 * @param {Session} session
 */
function urlOf(session) {
  const { parseUrl } = atFirstUse(() => require('../url'))
  /** @param {string} name */
  const member = (name) => {
    const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === name)
    return symbol && /** @type {Record<symbol, unknown>} */ (/** @type {unknown} */ (session))[symbol]
  }
  return parseUrl(`${member('protocol')}//${member('authority')}`)
}

module.exports = { requestBy }
