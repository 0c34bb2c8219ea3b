'use strict'

const channels = require('node:diagnostics_channel')
const Module = require('node:module')

/** Node:http makes this channel while it is being loaded, whichever way. */
const SIGN = 'http.client.request.start'

/**
 * Acts before the first request of node:http and node:https. Loading them here would double the time in which npm and
 * shells start, which load this too and send nothing.
 *
 * @param {() => void} act
 */
function whenHttpLoads(act) {
  if (isLoaded()) {
    act()
    return
  }
  /** @type {{ _load: (...args: unknown[]) => unknown }} */
  const loader = /** @type {any} Node declares no such member, which every tracer wraps */ (Module)
  /** @type {(() => void)[]} */
  const undone = []
  let isDone = false
  const finish = () => {
    // A tracer can come here while node:http is still being loaded.
    if (isDone || !isLoaded() || isHalfLoaded()) return
    isDone = true
    for (const undo of undone) undo()
    act()
  }
  let isComing = false
  /**
   * Calls `finish` when a call returns in which node:http was loaded.
   *
   * @template {(...args: any[]) => unknown} F
   * @param {F} inner
   * @returns {F} any, because a function with parameters is no `(...args: unknown[])`
   */
  const watched = (inner) =>
    /** @type {F} */ (
      /** @this {unknown} @param {unknown[]} args */
      function (...args) {
        const result = inner.apply(this, args)
        if (isComing) finish()
        return result
      }
    )
  try {
    undone.push(
      replace(channels, 'channel', (inner) => (name) => {
        if (name === SIGN) {
          isComing = true
          // An import is not over before this.
          queueMicrotask(finish)
        }
        return inner(name)
      }),
    )
    undone.push(replace(loader, '_load', watched))
    undone.push(replace(process, 'getBuiltinModule', (inner) => inner && watched(inner)))
  } catch {
    // The app has frozen one of them, so nothing can be watched.
    for (const undo of undone) undo()
    isDone = true
    act()
  }
}

let isAsking = false

/** Whether node:http has begun to load and has no exports yet. */
function isHalfLoaded() {
  if (isAsking) return true
  isAsking = true
  try {
    return typeof require('node:http').ClientRequest !== 'function'
  } finally {
    isAsking = false
  }
}

/** Whether node:http, or a part of it, is loaded. Without the list it is taken to be. */
function isLoaded() {
  const { moduleLoadList } = /** @type {{ moduleLoadList?: string[] }} */ (process)
  return !Array.isArray(moduleLoadList) || moduleLoadList.includes('NativeModule _http_client')
}

/**
 * Replaces a member.
 *
 * @template {object} T
 * @template {keyof T} K
 * @param {T} object
 * @param {K} name
 * @param {(inner: T[K]) => T[K]} make
 * @returns a function that puts the old member back, unless another one stands there
 */
function replace(object, name, make) {
  const inner = object[name]
  const outer = make(inner)
  object[name] = outer
  return () => {
    if (object[name] === outer) object[name] = inner
  }
}

module.exports = { whenHttpLoads }
