'use strict'

const http2 = require('node:http2')
const { Duplex } = require('node:stream')

const { withToken } = require('../auth-headers')
const { atFirstUse } = require('../first-use')
const { handed, own } = require('../own')
const { withoutOtherKeys } = require('./key-places')
const { placeholderInForce } = require('./placeholder')
const { noteToken, replaceToken } = require('./refusals')
const { isHeld, isHeldBy } = require('./search')
const { warnSometimes } = require('./warning')

/**
 * @typedef {import('node:http2').ClientHttp2Session} Session
 * @typedef {import('node:http2').OutgoingHttpHeaders | string[]} Headers from Node 24 on also names and values in turn
 * @typedef {[string, any][]} Pairs any, because a value may be a list or a number
 */

let isHooked = false

/** Replaces the placeholder for every client of node:http2, when it requests a stream. */
function hookHttp2() {
  if (isHooked) return
  isHooked = true
  const prototype = prototypeOfSessions()
  const inner = prototype.request
  prototype.request = function request(headers, options) {
    const placeholder = placeholderInForce()
    if (placeholder === undefined || !headers) return inner.call(this, headers, options)
    const pairs = pairsOf(headers)
    if (!isHeld('', pairs, placeholder)) return inner.call(this, headers, options)
    const rest = pairs.filter((header) => !isHeldBy(header, placeholder))
    let found
    try {
      found = tokenFor(this, pairs, placeholder)
    } catch (error) {
      // Most clients catch nothing here. A stream that is aborted from the start sends nothing, and says why.
      warnSometimes(/** @type {Error} */ (error).message)
      return inner.call(
        this,
        inFormOf(headers, rest),
        handed({ ...options, signal: AbortSignal.abort(error) }),
      )
    }
    const { slot, token, target } = found
    const sent = withoutOtherKeys({ target, headers: rest }).headers.map(
      ([name, value]) =>
        /** @type {[string, any]} a value of any type */ ([
          name,
          name.toLowerCase() === ':path' ? target : value,
        ]),
    )
    const stream = inner.call(this, inFormOf(headers, /** @type {Pairs} */ (withToken(sent, token))), options)
    noteToken(stream, slot, token)
    stream.once('response', (answer) => {
      if (answer[':status'] === 401) replaceToken(stream, () => answer['www-authenticate'])
    })
    return stream
  }
}

/** Node exports the class of sessions nowhere. @returns {Session} */
function prototypeOfSessions() {
  const nowhere = new Duplex(own({ read() {}, write: (_data, _encoding, done) => done() }))
  const session = http2.connect('http://localhost', own({ createConnection: () => nowhere }))
  session.destroy()
  return Object.getPrototypeOf(session)
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
  const verdict = verdictOn({ url, target, headers: named }, placeholder)
  if (verdict.refusal) throw verdict.refusal
  const slot = slotOfAudience(verdict.audience)
  hold(slot)
  const token = slot.tokenOrStart()
  if (token === undefined) throw noToken(url)
  return own({ slot, token, target: verdict.target })
}

/** @param {URL | undefined} url */
function noToken(url) {
  const { shownOrigin } = atFirstUse(() => require('../allowed-hosts'))
  const { EntraIdError } = atFirstUse(() => require('../error'))
  const where = shownOrigin(/** @type {URL} */ (url))
  const message = `No token is held yet for ${where}, and a stream of HTTP/2 cannot wait for it. Send the request again.`
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

/** @param {Headers} headers @returns {Pairs} */
function pairsOf(headers) {
  if (!Array.isArray(headers)) return Object.entries(headers)
  /** @type {Pairs} */
  const pairs = []
  for (let i = 0; i < headers.length; i += 2) pairs.push([String(headers[i]), headers[i + 1]])
  return pairs
}

/**
 * @param {Headers} headers as they were
 * @param {Pairs} pairs
 * @returns {import('node:http2').OutgoingHttpHeaders}
 */
function inFormOf(headers, pairs) {
  if (Array.isArray(headers)) return /** @type {any} Node 24 takes a list */ (pairs.flat())
  const sensitive = /** @type {any} a symbol */ (http2.sensitiveHeaders)
  return handed({ ...Object.fromEntries(pairs), [sensitive]: headers[sensitive] })
}

module.exports = { hookHttp2 }
