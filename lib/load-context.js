'use strict'

const { AsyncResource } = require('node:async_hooks')

/**
 * What does not keep the process alive, and says so: a test runner that looks for open handles asks. The core holds it, so
 * that in a sandbox such as Jest's nothing of it may be of the sandbox: see realm.js.
 *
 * @type {(base: typeof AsyncResource) => typeof AsyncResource}
 */
const thatHoldsNothing =
  Object.getPrototypeOf(AsyncResource.prototype) === Object.prototype
    ? (base) =>
        class extends base {
          hasRef() {
            return false
          }
        }
    : require('node:vm').runInThisContext('(base) => class extends base { hasRef() { return false } }')

/**
 * The asynchronous context in which an app loads this package. The addon is loaded in it later: Node-API keeps the context
 * of that moment, and must keep no request's `AsyncLocalStorage`.
 */
const loadContext = new (thatHoldsNothing(AsyncResource))('azure-openai-entra')

module.exports = { loadContext }
