'use strict'

const Module = require('node:module')
const { isAbsolute } = require('node:path')
const { fileURLToPath } = require('node:url')

const { WITHIN_BUN } = require('./entry-point')
const { exists } = require('./if-allowed')

/**
 * The files that have the code of this package: its own, or the bundle that it is part of. A bundle of ES modules has no
 * `__filename`, and some bundlers put another path in its place: therefore the stack is asked first.
 *
 * @returns {string[]} not one, if this process runs what is in no file
 */
function ownFiles() {
  const named = typeof __filename === 'string' ? [__filename] : []
  const found = [...new Set([...scriptOnStack(), ...named])].filter(
    (file) => isAbsolute(file) && exists(file) && isRun(file),
  )
  // A test may have mocked `fs`: then not even Node is there.
  return found.length > 0 || exists(process.execPath) ? found : named
}

/**
 * Whether this process runs the file. Its code may only have that name, from a bundler, from what loads it from memory or from a
 * snapshot: a path of the machine that built it, at which another user can have a file here.
 *
 * @param {string} file
 */
function isRun(file) {
  const { _cache: loaded } = /** @type {any} not declared */ (Module)
  return (
    Object.hasOwn(loaded ?? {}, file) ||
    WITHIN_BUN.test(file) ||
    // An ES module, which is in no cache.
    require('./owners').isOfProcess(file)
  )
}

/** The file of this function, as the engine knows it. @returns {string[]} */
function scriptOnStack() {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Reflect.set(
      Error,
      'prepareStackTrace',
      (/** @type {Error} */ _, /** @type {NodeJS.CallSite[]} */ sites) => sites,
    )
    Reflect.set(Error, 'stackTraceLimit', 1)
    const [site] = /** @type {NodeJS.CallSite[]} */ (/** @type {unknown} */ (new Error().stack))
    const name = site.getFileName() ?? ''
    return [name.startsWith('file:') ? fileURLToPath(name) : name]
  } catch {
    // An engine without call sites, or a realm whose Error is frozen.
    return []
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

module.exports = { ownFiles }
