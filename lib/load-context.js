'use strict'

const { AsyncResource } = require('node:async_hooks')

/**
 * The asynchronous context in which an app loads this package. The addon is loaded in it later: Node-API keeps the context
 * of that moment, and must keep no request's `AsyncLocalStorage`.
 */
const loadContext = new AsyncResource('azure-openai-entra')

module.exports = { loadContext }
