'use strict'

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
  return Object.assign(Object.create(null), object)
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
  for (const name in object)
    if (isOf(object, name)) copy[name] = /** @type {Record<string, unknown>} */ (object)[name]
  return copy
}

/**
 * @param {object} object
 * @param {string} name
 */
function isOf(object, name) {
  for (let at = object; ;) {
    if (Object.hasOwn(at, name)) return true
    at = Object.getPrototypeOf(at)
    // The last one is `Object.prototype`, of whichever realm.
    if (at === null || Object.getPrototypeOf(at) === null) return false
  }
}

module.exports = { members, own }
