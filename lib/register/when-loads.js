'use strict'

const channels = require('node:diagnostics_channel')
const Module = require('node:module')

/**
 * A module of Node's that is watched for. `part` is loaded with it, whichever way. `watch` has `come` called when that begins, and adds what
 * ends the watching to `undone`.
 *
 * @typedef {{ part: string, isWhole: () => boolean, watch: (come: () => void, undone: (() => void)[]) => void }} Builtin
 */

/** @type {Builtin} */
const HTTP = {
  part: '_http_client',
  isWhole: () => typeof require('node:http').ClientRequest === 'function',
  watch: (come, undone) => {
    undone.push(whenMade('http.client.request.start', come))
  },
}

/** Of this, Node's HTTP/2 reads a symbol while it is loaded. Node declares no such module. */
const PART_OF_HTTP = 'node:_http_server'

/** Node 24.1 makes its channels while node:http2 is loaded, and warns of a module that loads a part of it. @type {Builtin} */
const HTTP2 = {
  part: 'internal/http2/core',
  isWhole: () => typeof require('node:http2').connect === 'function',
  watch: (come, undone) => {
    undone.push(whenMade('http2.client.stream.created', come))
    const [major = 0, minor] = process.versions.node.split('.').map(Number)
    const isOld = major < 24 || (major === 24 && minor === 0)
    if (isOld) undone.push(whenRead(require(PART_OF_HTTP), 'kServerResponse', come))
  },
}

/**
 * Acts before the first request of a module, however late that is loaded: until then, what is watched stays wrapped. To load it here
 * would double the time in which npm and shells start, which load this too and send nothing.
 *
 * @param {Builtin} builtin {@link HTTP2} only if node:http is loaded
 * @param {() => void} act
 */
function whenLoads(builtin, act) {
  if (isReady(builtin)) {
    act()
    return
  }
  /** @type {{ _load: (...args: unknown[]) => unknown }} */
  const loader = /** @type {any} Node declares no such member, which every tracer wraps */ (Module)
  /** @type {(() => void)[]} */
  const undone = []
  let isDone = false
  const finish = () => {
    // A tracer can come here while the module is still being loaded.
    if (isDone || !isReady(builtin)) return
    isDone = true
    for (const undo of undone) undo()
    act()
  }
  let isComing = isLoaded(builtin)
  const come = () => {
    isComing = true
    // An import is not over before this.
    queueMicrotask(finish)
  }
  /**
   * Calls `finish` when a call returns in which the module was loaded.
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
    builtin.watch(come, undone)
    undone.push(replace(loader, '_load', watched))
    undone.push(replace(process, 'getBuiltinModule', (inner) => inner && watched(inner)))
  } catch {
    // The app has frozen one of them, so nothing can be watched.
    for (const undo of undone) undo()
    isDone = true
    act()
  }
}

/** @param {string} channel @param {() => void} act when Node makes it */
function whenMade(channel, act) {
  return replace(channels, 'channel', (inner) => (name) => {
    if (name === channel) act()
    return inner(name)
  })
}

/**
 * @param {Record<string, unknown>} object
 * @param {string} name
 * @param {() => void} act when the member is read
 */
function whenRead(object, name, act) {
  // Without a prototype: a descriptor's members count also if they are inherited.
  const before = Object.assign(Object.create(null), Object.getOwnPropertyDescriptor(object, name))
  const get = () => {
    act()
    return before.value
  }
  const watched = { get, configurable: true, enumerable: before.enumerable }
  Object.defineProperty(object, name, Object.assign(Object.create(null), watched))
  return () => Object.defineProperty(object, name, before)
}

let isAsking = false

/** Whether it is loaded, and not only begun. @param {Builtin} builtin */
function isReady(builtin) {
  if (isAsking || !isLoaded(builtin)) return false
  isAsking = true
  try {
    return builtin.isWhole()
  } finally {
    isAsking = false
  }
}

/** Whether it, or a part of it, is loaded. Without the list it is taken to be. @param {Builtin} builtin */
function isLoaded({ part }) {
  const { moduleLoadList } = /** @type {{ moduleLoadList?: string[] }} */ (process)
  return !Array.isArray(moduleLoadList) || moduleLoadList.includes(`NativeModule ${part}`)
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

module.exports = { HTTP, HTTP2, whenLoads }
