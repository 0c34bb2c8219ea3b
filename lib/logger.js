'use strict'

const { native, onceLoaded } = require('./addon')
const { isTrue, variable } = require('./environment')
const { wrong } = require('./options')
const { outsideOfCalls, weakly } = require('./realm')

/** @typedef {import('..').Logger} Logger */
/** @typedef {'error' | 'warn' | 'info' | 'debug'} Level */

/** @type {readonly Level[]} */
const LEVELS = ['error', 'warn', 'info', 'debug']

/**
 * `AZURE_LOG_LEVEL`, in `@azure/logger`'s words.
 *
 * @type {Map<string, Level>}
 */
const AZURE_LEVELS = new Map([
  ['error', 'error'],
  ['warning', 'warn'],
  ['info', 'info'],
  ['verbose', 'debug'],
])

/** @type {import('./native').LogSubscription | undefined} */
let subscription
/**
 * What receives this side's own events, and those of the core.
 *
 * @typedef {{
 *   most: Level, write: (level: Level, message: string) => void, hear: (level: string, message: string) => void,
 * }} Listener
 */

/** @type {Listener | undefined} */
let listener
/** Whether a logger was set, which the environment then does not replace. */
let isSet = false
/** @type {Level | undefined} */
let environmentLevel

/** @type {typeof import('..').setLogger} */
function setLogger(logger) {
  if (logger === null || logger === undefined) {
    isSet = false
    environmentLevel = undefined
    subscribe(undefined, () => {})
    return
  }
  for (const level of LEVELS) {
    if (typeof logger[level] !== 'function') {
      throw wrong(
        `logger.${level}`,
        'a function',
        /** @type {any} with whatever it has there */ (logger)[level],
      )
    }
  }
  isSet = true
  subscribe('debug', (level, message) => logger[level](message))
}

/** Without a logger, writes to stderr what the environment asks for: it can be set after this package is loaded. */
function followEnvironment() {
  const wanted = wantedLevel()
  if (isSet || wanted === environmentLevel) return
  environmentLevel = wanted
  subscribe(wanted, (level, message) => process.stderr.write(`azure-openai-entra ${level} ${message}\n`))
}

/** @returns {Level | undefined} */
function wantedLevel() {
  if (isTrue(variable('DEBUG_OPENAI')) || isTrue(variable('DEBUG_LOGGING'))) return 'debug'
  const level = variable('AZURE_LOG_LEVEL')
  return level === undefined ? undefined : AZURE_LEVELS.get(level.trim().toLowerCase())
}

/**
 * @param {Level | undefined} most
 * @param {(level: Level, message: string) => unknown} sink
 */
function subscribe(most, sink) {
  subscription?.close()
  subscription = undefined
  listener = undefined
  if (most === undefined) return
  /** @type {Listener} */
  const own = {
    most,
    write(level, message) {
      // A logger that fails must not end the process, and there is no place left to say so.
      try {
        Promise.resolve(sink(level, message)).catch(() => {})
      } catch {}
    },
    hear(level, message) {
      // Events that were on their way when it ended.
      if (listener === own) own.write(/** @type {Level} */ (level), message)
    },
  }
  listener = own
  onceLoaded(connect)
}

/** Has the core send its events to the listener. */
function connect() {
  if (listener === undefined || subscription !== undefined) return
  const { LogSubscription } = native()
  const { most, hear } = listener
  subscription = outsideOfCalls(() => new LogSubscription(most, weakly(hear)))
}

/**
 * Logs an event of this side.
 *
 * @param {Level} level
 * @param {string} message
 * @returns {boolean} whether there is a listener
 */
function log(level, message) {
  followEnvironment()
  if (listener === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(listener.most)) return false
  listener.write(level, message)
  return true
}

/**
 * Warns the operator, even if the log has no listener.
 *
 * @param {string} message
 */
function warn(message) {
  if (!log('warn', message)) process.emitWarning(message, 'EntraIdWarning')
}

module.exports = { setLogger, followEnvironment, log, warn }
