'use strict'

const { EntraIdError } = require('./error')
const { own } = require('./own')

/**
 * The exports of the core, which throw and reject only with an `EntraIdError`: also for a panic, and for a value of a
 * wrong type. They are copies, because Jest's sandboxes share the originals.
 *
 * @template {object} T
 * @param {T} exports
 * @returns {T}
 */
function coded(exports) {
  const entries = Object.entries(exports).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value]
    return [name, /^[A-Z]/.test(name) ? codedClass(value) : codedCall(value)]
  })
  return Object.fromEntries(entries)
}

/** @param {any} target a class, whatever it is made with */
function codedClass(target) {
  /** @type {any} its methods are looked up by name */
  const Coded = class extends target {}
  for (const name of Object.getOwnPropertyNames(target.prototype)) {
    if (name !== 'constructor') Coded.prototype[name] = codedCall(target.prototype[name])
  }
  return new Proxy(Coded, own({ construct: codedCall(Reflect.construct) }))
}

/** @param {Function} call */
function codedCall(call) {
  /**
   * @this {unknown}
   * @param {unknown[]} args
   */
  return function (...args) {
    try {
      const result = Reflect.apply(call, this, args)
      return typeof result?.then === 'function' ? result.then(undefined, fail) : result
    } catch (error) {
      fail(error)
    }
  }
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function fail(error) {
  const code = 'ENTRA_ID_UNAVAILABLE'
  const what = withoutValue(/** @type {Error} */ (error).message)
  const message = `The native core failed: ${what}. Try again; if this persists, report it with this message.`
  throw new EntraIdError({ code, message }, { cause: error })
}

/**
 * The binding quotes a value of a wrong type, which can be a secret.
 *
 * @param {string} message
 */
function withoutValue(message) {
  const [start, end] = [message.indexOf(' `'), message.lastIndexOf('` into ')]
  return start >= 0 && end > start ? message.slice(0, start) + message.slice(end + 1) : message
}

module.exports = { coded }
