'use strict'

const { native, onceLoaded } = require('./addon')
const { isTrue, variable } = require('./environment')
const { atFirstUse } = require('./first-use')
const { loadedModules } = require('./loaded-modules')
const { monotonicMs } = require('./monotonic')
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
/** What the environment or the app's `@azure/logger` asks for, and which of the two. */
let followed = ''

/** @type {typeof import('..').setLogger} */
function setLogger(logger) {
  if (logger === null || logger === undefined) {
    isSet = false
    followed = ''
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

/**
 * Without a logger, writes to stderr what the environment asks for, or to the app's `@azure/logger`. Both can change after
 * this package is loaded.
 */
function followEnvironment() {
  if (isSet) return
  const ofEnvironment = wantedLevel()
  const level = ofEnvironment ?? azureLevel(azureLogger()?.getLogLevel?.())
  const wanted = level === undefined ? '' : `${ofEnvironment ? 'stderr' : '@azure/logger'} ${level}`
  if (wanted === followed) return
  followed = wanted
  subscribe(level, ofEnvironment ? writeToStderr : azureSink())
}

/** How many writes to stderr have not ended. */
let writing = 0
const ignore = () => {}

/**
 * A stderr that is closed or full must not end the app: its errors are ignored while a line is written. The app's own
 * writes keep theirs.
 *
 * @param {Level} level
 * @param {string} message
 */
function writeToStderr(level, message) {
  const { stderr } = process
  if (writing++ === 0) stderr.on('error', ignore)
  // The stream emits its error after it has called back.
  const end = () => setImmediate(() => --writing === 0 && stderr.off('error', ignore)).unref()
  try {
    stderr.write(`azure-openai-entra ${level} ${message}\n`, end)
  } catch {
    end()
  }
}

/** LibreChat's `.env.example` wants debug lines in a file, by `DEBUG_LOGGING=true`, and none on the console. */
function isConsoleQuiet() {
  return variable('DEBUG_CONSOLE')?.trim().toLowerCase() === 'false'
}

/** @returns {Level | undefined} */
function wantedLevel() {
  if (isTrue(variable('DEBUG_OPENAI'))) return 'debug'
  if (isTrue(variable('DEBUG_LOGGING')) && !isConsoleQuiet()) return 'debug'
  return azureLevel(variable('AZURE_LOG_LEVEL'))
}

/** @param {string | undefined} level in `@azure/logger`'s words */
function azureLevel(level) {
  return level === undefined ? undefined : AZURE_LEVELS.get(level.trim().toLowerCase())
}

/** Its path, from when the app has loaded it. @type {string | undefined} */
let azureLoggerPath
const AZURE_LOGGER = /[\\/]@azure[\\/]logger[\\/]/
/** A search costs more than a call if an app has thousands of modules. */
const SEARCH_EVERY_MS = 1000
let searchedAt = -Infinity

/** The app's `@azure/logger`, if the app has loaded it: only then can it have a level, and only then is it worth a search. */
function azureLogger() {
  const loaded = loadedModules()
  if (azureLoggerPath === undefined) {
    const now = monotonicMs()
    if (now - searchedAt < SEARCH_EVERY_MS) return undefined
    searchedAt = now
    if (!Object.keys(loaded).some((path) => AZURE_LOGGER.test(path))) return undefined
    azureLoggerPath = atFirstUse(() => require('./require-peer')).resolvePeer('@azure/logger') ?? ''
  }
  return loaded[azureLoggerPath]?.exports
}

/** @type {Record<'error' | 'warning' | 'info' | 'verbose', (message: string) => void> | undefined} */
let azureClient

/** @returns {(level: Level, message: string) => void} */
function azureSink() {
  azureClient ??= azureLogger()?.createClientLogger?.('identity')
  return (level, message) => {
    const [name = 'info'] = [...AZURE_LEVELS].find(([, ours]) => ours === level) ?? []
    azureClient?.[/** @type {'info'} */ (name)](message)
  }
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
  if (!isHeard(level)) return false
  listener?.write(level, message)
  return true
}

/**
 * Whether events of this level have a listener.
 *
 * @param {Level} level
 */
function isHeard(level) {
  followEnvironment()
  return listener !== undefined && LEVELS.indexOf(level) <= LEVELS.indexOf(listener.most)
}

/**
 * Warns the operator, even if the log has no listener.
 *
 * @param {string} message
 */
function warn(message) {
  if (!log('warn', message)) process.emitWarning(message, 'EntraIdWarning')
}

module.exports = { setLogger, followEnvironment, isHeard, log, warn }
