'use strict'

const { isAnyArrayBuffer } = require('node:util').types

const { isOf, isOfElements, member, members, own } = require('./own')

/** The members of a RequestInit that fetch takes as text. */
const TEXTS = /** @type {const} */ ([
  'cache',
  'credentials',
  'duplex',
  'integrity',
  'method',
  'mode',
  'priority',
  'redirect',
  'referrer',
  'referrerPolicy',
])

/**
 * A RequestInit with headers that can be read again: an iterator gives them once.
 *
 * @param {RequestInit | undefined} init
 * @returns {RequestInit | undefined}
 */
function readable(init) {
  const headers = /** @type {any} an iterator too */ (member(init, 'headers'))
  if (typeof headers !== 'object' || headers === null || isOfElements(headers)) return init
  // What every object inherits, as old libraries leave it, makes no list of them.
  const isList = isOf(headers, Symbol.iterator) && !isOf(headers, 'get')
  return isList ? own({ ...members(init), headers: [...headers] }) : init
}

/**
 * A RequestInit that its caller cannot change any more, as fetch takes it when it is called. Streams and signals go on, and what
 * only one implementation of fetch takes is passed on as it is. The headers are left to the caller of this function.
 *
 * @param {Record<string, any>} given its members; any, because each has a type of its own
 * @param {Request | undefined} request whose body counts if `given` has none
 */
function fixInit(given, request) {
  for (const name of TEXTS) if (isObject(given[name])) given[name] = String(given[name])
  if (given.body !== undefined) given.body = bodyOf(given.body)
  // Node-fetch's Request keeps the app's own buffer.
  else if (isBytes(member(request, 'body'))) given.body = bodyOf(member(request, 'body'))
}

/**
 * A Request as a RequestInit. The members of a class of the app's own need not be enumerable.
 *
 * @param {Request | undefined} request
 */
function initOf(request) {
  const init = members(request)
  for (const name of [...TEXTS, 'body', 'headers', 'keepalive', 'signal']) {
    const value = member(request, name)
    if (value !== undefined) init[name] = value
  }
  return init
}

/**
 * A body as it is now: the bytes of a buffer, the entries of a form, and the text of any other object that has one.
 *
 * @param {any} body any, because fetch takes each object
 */
function bodyOf(body) {
  if (!isObject(body)) return body
  if (isAnyArrayBuffer(body)) return body.slice(0)
  if (ArrayBuffer.isView(body))
    return Buffer.concat([new Uint8Array(body.buffer, body.byteOffset, body.byteLength)])
  if (isStream(body)) return body
  const tag = tagOf(body)
  if (tag === 'URLSearchParams' || tag === 'FormData') return copyOfClass(body, tag)
  if (tag === 'Blob' || tag === 'File') return body
  const hasText = typeof body.toString === 'function' || body[Symbol.toPrimitive] !== undefined
  const text = hasText ? String(body) : undefined
  // A plain object is no body of fetch, and can be one of the app's own function.
  return text === undefined || text === `[object ${tag}]` ? body : text
}

/**
 * The same entries in an object of the same class: fetch of another implementation takes no other.
 *
 * @param {any} body any, as above
 * @param {'FormData' | 'URLSearchParams'} tag
 */
function copyOfClass(body, tag) {
  const Known = globalThis[tag]
  const Class = typeof Known === 'function' && body instanceof Known ? Known : body.constructor
  try {
    const copy = new Class()
    // A File keeps its name.
    for (const [name, value] of body) copy.append(name, value)
    return copy
  } catch {
    // A class of the app's own that is made in another way.
    return body
  }
}

/**
 * Whether the body, if there is one, can be sent once more.
 *
 * @param {unknown} given of the RequestInit, as {@link fixInit} leaves it
 * @param {Request | undefined} request
 */
function isReplayable(given, request) {
  const body = given === undefined ? member(request, 'body') : given
  if (!isObject(body) || isBytes(body)) return true
  return !isStream(body) && ['Blob', 'File', 'FormData', 'URLSearchParams'].includes(tagOf(body))
}

/**
 * What is read piece by piece, once.
 *
 * @param {any} body any, as above
 */
function isStream(body) {
  return ['pipe', 'getReader', Symbol.asyncIterator].some((name) => typeof member(body, name) === 'function')
}

/** @param {unknown} body of any realm */
function isBytes(body) {
  return isAnyArrayBuffer(body) || ArrayBuffer.isView(body)
}

/**
 * @param {any} value any, so that what it finds to be one stays what it is
 * @returns {boolean}
 */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** @param {unknown} value of any realm */
function tagOf(value) {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

module.exports = { fixInit, initOf, isReplayable, readable }
