'use strict'

const http2 = require('node:http2')
const { Duplex } = require('node:stream')

const { operatorsPlaceholder, shouldUseEntraId } = require('../environment')
const { handed, own } = require('../own')
const { isHeld, isHeldBy } = require('./search')

/**
 * @typedef {import('node:http2').ClientHttp2Session} Session
 * @typedef {import('node:http2').OutgoingHttpHeaders | string[]} Headers from Node 24 on also names and values in turn
 * @typedef {[string, any][]} Pairs any, because a value may be a list or a number
 */

/**
 * Has every client of node:http2 exchange the placeholder when it requests a stream. As long as what exchanges cannot be loaded,
 * a stream with the placeholder fails: what is here needs no file.
 *
 * @param {() => typeof import('./http2').requestBy} load what exchanges
 * @returns the class of sessions, which it changed
 */
function guardHttp2(load) {
  const prototype = prototypeOfSessions()
  const inner = prototype.request
  prototype.request = function request(headers, options) {
    if (!shouldUseEntraId() || !headers) return inner.call(this, headers, options)
    let requestBy
    try {
      requestBy = load()
    } catch (error) {
      const placeholder = operatorsPlaceholder()
      const pairs = pairsOf(headers)
      if (placeholder === undefined || !isHeld('', pairs, placeholder))
        return inner.call(this, headers, options)
      return refusedBy(
        error,
        inner.bind(this),
        this,
        headers,
        withoutPlaceholder(pairs, placeholder),
        options,
      )
    }
    return requestBy(this, inner.bind(this), headers, options)
  }
  return prototype
}

/** Node exports the class of sessions nowhere. @returns {Session} */
function prototypeOfSessions() {
  const session = sessionToNowhere()
  session.destroy()
  return Object.getPrototypeOf(session)
}

/** What is sent on it is lost. */
function sessionToNowhere() {
  const nowhere = new Duplex(own({ read() {}, write: (_data, _encoding, done) => done() }))
  return http2.connect('http://localhost', own({ createConnection: () => nowhere }))
}

/**
 * A stream that sends nothing, and says why. Most clients do not catch what requesting one throws, and some listen to it only a while
 * after: as an error of the network, this one comes later.
 *
 * @param {unknown} error
 * @param {Session['request']} request
 * @param {Session} session
 * @param {Headers} headers as they were
 * @param {Pairs} rest what of them does not hold the placeholder
 * @param {import('node:http2').ClientSessionRequestOptions | undefined} options
 */
function refusedBy(error, request, session, headers, rest, options) {
  const sent = inFormOf(headers, rest)
  const signal = AbortSignal.abort(error)
  // Node's own error is that of the session.
  if (session.destroyed || session.closed) return request(sent, handed({ ...options, signal }))
  const nowhere = sessionToNowhere()
  const stream = nowhere.request(sent, handed({ ...options, signal: undefined }))
  // Without a listener it would end the process.
  stream.on('error', () => {})
  setImmediate(() => {
    stream.destroy(abortError(error))
    nowhere.destroy()
  })
  return stream
}

/** As Node's own of a signal. @param {unknown} cause */
function abortError(cause) {
  const error = new Error('The operation was aborted', { cause })
  return Object.assign(error, { code: 'ABORT_ERR', name: 'AbortError' })
}

/** @param {Headers} headers @returns {Pairs} */
function pairsOf(headers) {
  if (!Array.isArray(headers)) return Object.entries(headers)
  /** @type {Pairs} */
  const pairs = []
  for (let i = 0; i < headers.length; i += 2) pairs.push([String(headers[i]), headers[i + 1]])
  return pairs
}

/** @param {Pairs} pairs @param {string} placeholder */
function withoutPlaceholder(pairs, placeholder) {
  return pairs.filter((header) => !isHeldBy(header, placeholder))
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

module.exports = { guardHttp2, inFormOf, pairsOf, refusedBy, withoutPlaceholder }
