'use strict'

const { AsyncResource } = require('node:async_hooks')

/** What does not keep the process alive, and says so: a test runner that looks for open handles asks. */
class Context extends AsyncResource {
  hasRef() {
    return false
  }
}

/**
 * The asynchronous context in which an app loads this package. The addon is loaded in it later: Node-API keeps the context
 * of that moment, and must keep no request's `AsyncLocalStorage`.
 */
const loadContext = new Context('azure-openai-entra')

module.exports = { loadContext }
