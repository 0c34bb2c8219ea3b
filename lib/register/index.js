'use strict'

const { subscribe } = require('node:diagnostics_channel')

// oxlint-disable-next-line import/no-unassigned-import -- it keeps the context of this moment
require('../load-context')

const { shouldUseEntraId } = require('../environment')
const { rejecting } = require('../first-use')
const { whenHttpLoads } = require('./when-http-loads')

/** Shared with other copies of this package: NODE_OPTIONS and several installations can load more than one. */
const REGISTERED = Symbol.for('azure-openai-entra.register')

/**
 * When to look at the switch before anything is sent, in ms after the start: an app first reads its `.env`, which an ES
 * module does a while later.
 */
const LOOKS_MS = [0, 100, 300, 1000, 3000]

/**
 * Exchanges the operator's placeholder in what this thread sends from now on.
 *
 * Little is loaded and nothing decided here: `.env` files are read later, and npm and shells load this too. What exchanges
 * is loaded when the switch is first seen to be on.
 */
function register() {
  if (REGISTERED in globalThis) return
  Object.defineProperty(globalThis, REGISTERED, { value: true })
  const inner = globalThis.fetch
  globalThis.fetch = function fetch(input, init = undefined) {
    if (!shouldUseEntraId()) return inner(input, init)
    return rejecting(() => require('./fetch').fetchBy(inner, input, init))
  }
  subscribe('undici:request:create', (message) => {
    if (!shouldUseEntraId()) return
    const onRequest = loaded(() => require('./undici').onRequest)
    if (onRequest) return onRequest(message)
    // Rather without any header than with the placeholder.
    const { request } = /** @type {{ request: { headers: unknown } }} */ (message)
    if (Array.isArray(request.headers)) request.headers.length = 0
  })
  whenHttpLoads(() => loaded(() => require('./http'))?.hookHttp())
  for (const ms of LOOKS_MS) setTimeout(look, ms).unref()
}

/** Acts on a switch that is on before anything is sent. */
function look() {
  if (shouldUseEntraId()) loaded(() => require('./placeholder'))?.placeholderInForce()
}

/**
 * A part of this hook, of whose failure no caller could be told: an error would end the process.
 *
 * @template T
 * @param {() => T} load
 * @returns {T | undefined} undefined if it cannot be loaded now, because the process has no file descriptor left
 */
function loaded(load) {
  try {
    return load()
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    process.emitWarning(`azure-openai-entra/register cannot be loaded: ${message}`, 'EntraIdWarning')
    return undefined
  }
}

module.exports = { register }
