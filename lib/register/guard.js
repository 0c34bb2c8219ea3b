'use strict'

const { operatorsPlaceholder, shouldUseEntraId } = require('../environment')
const { isHeld } = require('./search')

/**
 * What is used of a request, in every Node from 20 on. `_header` is the head as it will go out; it stands before what
 * is written first in `outputData`, if that waits for a socket.
 *
 * @typedef {import('node:http').ClientRequest & {
 *   _header: string, _headerSent: boolean, _flush: () => void, _storeHeader: (...args: unknown[]) => void,
 *   _send: (...args: unknown[]) => unknown,
 *   _writeRaw: (data: string | Buffer, encoding?: unknown, callback?: unknown) => boolean,
 *   outputData: { data: string | Buffer, encoding?: unknown, callback?: unknown }[], outputSize: number, socketPath?: string,
 * }} Outgoing
 */

/**
 * Has every client of node:http and node:https exchange the placeholder when the head of a request is written. As long as
 * what exchanges cannot be loaded, a request with the placeholder fails: what is here needs no file.
 *
 * @param {() => (request: Outgoing) => void} load what exchanges
 */
function guardHttp(load) {
  const { ClientRequest, OutgoingMessage } = require('node:http')
  const { _storeHeader: store } = /** @type {Outgoing} */ (ClientRequest.prototype)
  /** @this {Outgoing} @param {unknown[]} args */
  function _storeHeader(...args) {
    if (!shouldUseEntraId() || !(this instanceof ClientRequest)) {
      store.apply(this, args)
      return
    }
    const send = storeUnsent(this, () => store.apply(this, args))
    try {
      load()(this)
    } catch (cause) {
      if (holdsPlaceholder(this)) refuse(this, refusal(CANNOT_LOAD, cause))
    }
    send()
  }
  try {
    Object.assign(ClientRequest.prototype, { _storeHeader })
  } catch {
    // The app has frozen it. It inherits the method.
    Object.assign(OutgoingMessage.prototype, { _storeHeader })
  }
}

/**
 * Ends a request that holds the placeholder although it is about to be sent: it was made before node:http was guarded.
 *
 * @param {Outgoing} request
 */
function endUnguarded(request) {
  if (holdsPlaceholder(request)) request.destroy(refusal(TOO_LATE))
}

const CANNOT_LOAD =
  'azure-openai-entra/register cannot load what exchanges the placeholder of AZURE_OPENAI_ENTRA_PLACEHOLDER, so the request is ' +
  'not sent. Read the cause of this error; if this process has no file descriptor left, raise its limit (ulimit -n).'
const TOO_LATE =
  'azure-openai-entra/register saw this request only when it was sent, so its placeholder was not exchanged: the app has put ' +
  'back what tells when node:http loads. Set AZURE_OPENAI_USE_ENTRA_ID before the app starts.'

/** @param {string} message @param {unknown} [cause] */
function refusal(message, cause) {
  return Object.assign(new Error(message, { cause }), { code: 'ENTRA_ID_CONFIGURATION' })
}

/** @param {Outgoing} request */
function holdsPlaceholder({ _header: head }) {
  const placeholder = operatorsPlaceholder()
  return placeholder !== undefined && mayHold(head, placeholder) && isHeld(head, linesOf(head), placeholder)
}

/** @param {string} head @returns {[string, string][]} the first line as well */
function linesOf(head) {
  return head.split('\r\n').map((line) => ['', line.slice(line.indexOf(':') + 1)])
}

/**
 * A quick look, which lets other requests pass.
 *
 * @param {string} head
 * @param {string} placeholder
 */
function mayHold(head, placeholder) {
  return head.includes(placeholder) || /\bbasic\s/i.test(head)
}

/**
 * Creates the head without sending it, although Node sends it at once for `Expect: 100-continue`.
 *
 * @param {Outgoing} request
 * @param {() => void} store
 * @returns a function that sends it, where Node wants that
 */
function storeUnsent(request, store) {
  /** @type {unknown[][]} */
  const sent = []
  request._send = (...args) => sent.push(args)
  try {
    store()
  } finally {
    // From now on the prototype's again.
    Reflect.deleteProperty(request, '_send')
  }
  return () => {
    for (const args of sent) request._send(...args)
  }
}

/**
 * @param {Outgoing} request whose head is not sent
 * @param {Error} error
 */
function refuse(request, error) {
  shut(request)
  // Not before the app has written what it has at hand: that would be an error of its own, and come first.
  process.nextTick(() => request.destroy(error))
}

/**
 * Holds back what a request writes, even if it has a socket: all else about it, such as its abort and its timeouts,
 * goes on.
 *
 * @param {Outgoing} request
 * @returns a function that ends that
 */
function shut(request) {
  request._flush = () => {}
  request._writeRaw = (data, encoding, callback) => {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    request.outputData.push({ data, encoding, callback })
    request.outputSize += data.length
    return false
  }
  return () => {
    // From now on the prototype's again.
    Reflect.deleteProperty(request, '_flush')
    Reflect.deleteProperty(request, '_writeRaw')
    request._flush()
  }
}

module.exports = { endUnguarded, guardHttp, mayHold, refuse, shut }
