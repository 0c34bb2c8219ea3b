'use strict'

const { isBoxedPrimitive } = require('node:util').types

/**
 * The prototype of objects that inherit nothing. They could have none, but an engine then keeps them as hash tables, which take
 * twice the time and the memory.
 */
const NOTHING = Object.freeze(Object.create(null))

/**
 * The members that `object` itself has, in an object that inherits nothing. What a faulty dependency leaves on
 * `Object.prototype` is then no option, no setting and no answer: neither here nor in the core, which reads inherited
 * members too.
 *
 * @template T
 * @param {T} object
 * @returns {NonNullable<T>}
 */
function own(object) {
  return withMembers(Object.create(NOTHING), object)
}

/** What each object inherits by the language, as it was when this was loaded, and nothing that was added since. */
const LANGUAGE = Object.create(null)
for (const name of /** @type {const} */ ([
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]))
  define(LANGUAGE, name, Object.prototype[name])

/**
 * The members that `object` itself has, for code that is not this package's: it may ask for what each object has by the language.
 *
 * @template T
 * @param {T} object
 * @returns {NonNullable<T>}
 */
function handed(object) {
  return withMembers(Object.create(LANGUAGE), object)
}

/**
 * @template T
 * @param {object} target
 * @param {T} object
 * @returns {NonNullable<T>}
 */
function withMembers(target, object) {
  return Object.assign(target, isOfElements(object) ? undefined : object)
}

/**
 * Whether a value has only elements, and no member with a name: a text, an array, bytes. A long one would give as many members as
 * it has elements, and take seconds.
 *
 * @param {unknown} value
 */
function isOfElements(value) {
  return (
    typeof value === 'string' || Array.isArray(value) || ArrayBuffer.isView(value) || isBoxedPrimitive(value)
  )
}

/**
 * The same with what `object` inherits of its class, as a Request does, but not from a prototype that all objects share.
 *
 * @param {object | undefined} object
 * @returns {Record<string, any>} any, because the caller knows what the class has
 */
function members(object) {
  /** @type {Record<string, unknown>} */
  const copy = own({})
  if (isOfElements(object)) return copy
  for (const name in object)
    if (isOf(object, name)) copy[name] = /** @type {Record<string, unknown>} */ (object)[name]
  return copy
}

/**
 * One of these members.
 *
 * @param {unknown} value of any type: undefined and null have none
 * @param {PropertyKey} name
 * @returns {any} any, as above
 */
function member(value, name) {
  const object = Object(value)
  return isOf(object, name) ? object[name] : undefined
}

/**
 * Whether `object` or its class has a member of this name.
 *
 * @param {object} object
 * @param {PropertyKey} name
 */
function isOf(object, name) {
  for (let at = object; ;) {
    if (Object.hasOwn(at, name)) return true
    at = Object.getPrototypeOf(at)
    // The last one is `Object.prototype`, of whichever realm.
    if (at === null || Object.getPrototypeOf(at) === null) return false
  }
}

/**
 * Defines a member that can be changed. A descriptor that inherits would take a `get` of `Object.prototype` for its own.
 *
 * @template {object} T
 * @param {T} object
 * @param {PropertyKey} name
 * @param {unknown} value
 * @param {boolean} [enumerable]
 */
function define(object, name, value, enumerable = false) {
  return Object.defineProperty(object, name, own({ value, enumerable, configurable: true, writable: true }))
}

/** Without blanks at its ends. An old library's `trim` gives an object. @param {string} text */
function trimmed(text) {
  return String(text.trim())
}

/**
 * A name that no other value has, as the key of a Map. JSON does not give one: a faulty dependency can leave a `toJSON` on a
 * prototype.
 *
 * @param {unknown} value text, numbers and the like, in lists and objects
 * @returns {string}
 */
function nameOf(value) {
  if (typeof value === 'string') return `'${value.length}:${value}`
  if (typeof value !== 'object' || value === null) return `${String(value)};`
  let name = Array.isArray(value) ? '[' : '{'
  for (const [member, held] of Object.entries(value))
    if (held !== undefined) name += nameOf(member) + nameOf(held)
  return `${name}]`
}

module.exports = { define, handed, isOf, isOfElements, member, members, nameOf, own, trimmed }
