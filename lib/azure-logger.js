'use strict'

const { atFirstUse } = require('./first-use')
const { own } = require('./own')

/** @typedef {import('..').AzureDebugger} Debugger */

/** `@azure/logger`'s levels, and this package's. */
const LEVELS = /** @type {const} */ ({ error: 'error', warning: 'warn', info: 'info', verbose: 'debug' })

/**
 * A logger in the shape of `@azure/logger`'s, whose events go where this package's own go.
 *
 * @param {string} namespace
 * @param {'error' | 'warn' | 'info' | 'debug'} level
 * @returns {Debugger}
 */
function newDebugger(namespace, level) {
  const logger = () => atFirstUse(() => require('./logger'))
  /** @type {Debugger['log']} */
  const log = (...args) => {
    logger().log(level, require('node:util').format(...args))
  }
  const written = Object.assign((/** @type {unknown[]} */ ...args) => written.log(...args), {
    namespace,
    log,
    destroy: () => true,
    extend: (/** @type {string} */ name) => newDebugger(`${namespace}:${name}`, level),
  })
  return Object.defineProperty(
    /** @type {any} it gets its last member here */ (written),
    'enabled',
    own({
      enumerable: true,
      configurable: true,
      get: () => logger().isHeard(level),
    }),
  )
}

/** @type {import('..').AzureLogger} */
const logger = {
  error: newDebugger('azure:identity:error', LEVELS.error),
  warning: newDebugger('azure:identity:warning', LEVELS.warning),
  info: newDebugger('azure:identity:info', LEVELS.info),
  verbose: newDebugger('azure:identity:verbose', LEVELS.verbose),
}

module.exports = { logger }
