'use strict'

const { subscribe } = require('node:diagnostics_channel')

// oxlint-disable-next-line import/no-unassigned-import -- it keeps the context of this moment
require('../load-context')

const { operatorsPlaceholder, shouldUseEntraId, variable } = require('../environment')
const { endUnguarded, guardHttp } = require('./guard')
const { HTTP, HTTP2, whenLoads } = require('./when-loads')

/** Shared with other copies of this package: NODE_OPTIONS and several installations can load more than one. */
const REGISTERED = Symbol.for('azure-openai-entra.register')

/**
 * When to look at the switch before anything is sent, in ms after the start: an app first reads its `.env`, which an ES
 * module does a while later.
 */
const LOOKS_MS = [0, 100, 300, 1000]
const LAST_LOOK_MS = 3000

/**
 * Exchanges the operator's placeholder in what this thread sends from now on.
 *
 * Little is loaded and nothing decided here: `.env` files are read later, and npm and shells load this too. What exchanges
 * is loaded when the switch is first seen to be on.
 */
function register() {
  if (REGISTERED in globalThis) return
  // An app may have frozen what all share. The channel of undici sees the requests of fetch as well.
  loaded(() =>
    // As own() in own.js, which is not loaded at the start.
    Object.defineProperty(globalThis, REGISTERED, Object.assign(Object.create(null), { value: true })),
  )
  loaded(hookFetch)
  subscribe('undici:request:create', (message) => {
    if (!shouldUseEntraId()) return
    const onRequest = loaded(() => require('./undici').onRequest)
    if (onRequest) return onRequest(message)
    // Rather without any header than with the placeholder.
    const { request } = /** @type {{ request: import('./undici').UndiciRequest }} */ (message)
    if (typeof request.headers === 'string') request.headers = ''
    else request.headers.length = 0
    const placeholder = operatorsPlaceholder()
    if (placeholder === undefined) return
    request.path = request.path.replaceAll(placeholder, '')
    if (request.host?.includes(placeholder)) request.host = request.servername = null
  })
  subscribe('undici:client:connected', (message) => {
    loaded(() => require('./undici-connections').onConnected(message))
  })
  subscribe('http.client.request.start', onRequestStart)
  // At once if the switch is on: what loads node:http later can be watched only as well as the app lets it.
  if (shouldUseEntraId()) {
    hookHttp()
    hookHttp2()
  } else {
    whenLoads(HTTP, () => {
      hookHttp()
      whenLoads(HTTP2, hookHttp2)
    })
  }
  for (const ms of LOOKS_MS) setTimeout(look, ms).unref()
  setTimeout(lookLast, LAST_LOOK_MS).unref()
}

function hookFetch() {
  const inner = globalThis.fetch
  // As with --no-experimental-fetch: an app then has another one, and looks for this one to choose.
  if (typeof inner !== 'function') return
  globalThis.fetch = function fetch(input, init = undefined) {
    return shouldUseEntraId() ? exchanged(inner, input, init) : inner(input, init)
  }
}

/**
 * Rejects, and does not throw, if what exchanges cannot be loaded.
 *
 * @param {Parameters<typeof import('./fetch').fetchBy>} request
 */
async function exchanged(...request) {
  return require('./fetch').fetchBy(...request)
}

let isHttpHooked = false

/** Hooks node:http. What exchanges is loaded with the first request. */
function hookHttp() {
  if (isHttpHooked) return
  // Before it is loaded, because that leads here again.
  isHttpHooked = true
  // It fails if the app broke node:http while that was being loaded.
  loaded(() => guardHttp(() => require('./http').exchangeIn))
}

/**
 * The last look at a request of node:http, which can have been loaded past the hook.
 *
 * @param {unknown} message of the channel `http.client.request.start`
 */
function onRequestStart(message) {
  if (!shouldUseEntraId()) return
  hookHttp()
  endUnguarded(/** @type {{ request: import('./guard').Outgoing }} */ (message).request)
}

let isHttp2Hooked = false

/** The same of node:http2. Loading that takes a while, so it waits for the app to load it, or for a switch that is on. */
function hookHttp2() {
  if (isHttp2Hooked) return
  isHttp2Hooked = true
  const guard = () => require('./guard-http2').guardHttp2(() => require('./http2').requestBy)
  isHttp2Hooked = loaded(guard) !== undefined
}

/** Acts on a switch that is on before anything is sent. */
function look() {
  if (!shouldUseEntraId()) return
  hookHttp()
  hookHttp2()
  loaded(() => require('./placeholder'))?.placeholderInForce()
}

/** A process that is up for so long has read its `.env`. */
function lookLast() {
  look()
  const isForgotten = variable('AZURE_OPENAI_USE_ENTRA_ID') === undefined
  if (!isForgotten || !variable('AZURE_OPENAI_ENTRA_PLACEHOLDER')) return
  if (!loaded(() => require('node:worker_threads'))?.isMainThread) return
  loaded(() => require('./warning'))?.warn(
    'azure-openai-entra/register is off, and AZURE_OPENAI_ENTRA_PLACEHOLDER goes out as an API key: ' +
      'AZURE_OPENAI_USE_ENTRA_ID is not set. Set it to true, or to false if that is meant.',
  )
}

let isTold = false

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
    // Once: it is tried with each request.
    if (!isTold)
      process.emitWarning(`azure-openai-entra/register cannot be loaded: ${message}`, 'EntraIdWarning')
    isTold = true
    return undefined
  }
}

module.exports = { register }
