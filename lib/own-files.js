'use strict'

const { existsSync } = require('node:fs')
const { isAbsolute } = require('node:path')
const { fileURLToPath } = require('node:url')

/**
 * The files that have the code of this package: its own, or the bundle that it is part of. A bundle of ES modules has no
 * `__filename`, and some bundlers put another path in its place: therefore the stack is asked first.
 *
 * @returns {string[]} not one, if this process runs what is in no file
 */
function ownFiles() {
  const named = typeof __filename === 'string' ? [__filename] : []
  const files = [...new Set([...scriptOnStack(), ...named])].filter((file) => isAbsolute(file))
  const found = files.filter((file) => existsSync(file))
  // A test may have mocked `fs`.
  return found.length > 0 ? found : named
}

/** The file of this function, as the engine knows it. */
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
