'use strict'

const { existsSync } = require('node:fs')
const Module = require('node:module')
const { isAbsolute } = require('node:path')
const { fileURLToPath } = require('node:url')

const { entryPath } = require('./entry-point')
const { own } = require('./own')

/** What Bun compiled into a program has paths that are in no file system. */
const WITHIN_BUN = /^(?:\/\$bunfs\/|\w:[\\/]~BUN[\\/])/

/**
 * The files that have the code of this package: its own, or the bundle that it is part of. A bundle of ES modules has no
 * `__filename`, and some bundlers put another path in its place: therefore the stack is asked first.
 *
 * @returns {string[]} not one, if this process runs what is in no file
 */
function ownFiles() {
  const { files, isModule } = scriptOnStack()
  const named = typeof __filename === 'string' ? [__filename] : []
  const isModuleHere = (/** @type {string} */ file) => isModule && files.includes(file)
  const found = [...new Set([...files, ...named])].filter(
    (file) => isAbsolute(file) && existsSync(file) && isRun(file, isModuleHere(file)),
  )
  // A test may have mocked `fs`: then not even Node is there.
  return found.length > 0 || existsSync(process.execPath) ? found : named
}

/**
 * Whether this process runs the file. Its code may only have that name, from a bundler, from what loads it from memory or from a
 * snapshot: a path of the machine that built it, at which another user can have a file here.
 *
 * @param {string} file
 * @param {boolean} isModule whether the engine has it for an ES module, which is in no cache
 */
function isRun(file, isModule) {
  const { _cache: loaded } = /** @type {any} not declared */ (Module)
  if (Object.hasOwn(loaded ?? {}, file) || WITHIN_BUN.test(file)) return true
  const { isForeignFile, isOfProcess } = require('./foreign-folder')
  // In a worker, an ES module has nothing to be compared with.
  return (
    isOfProcess(file) || (isModule && entryPath() === undefined && !isForeignFile(file, process.execPath))
  )
}

/** The file of this function, as the engine knows it, and whether it is an ES module, which no cache shows. */
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
    const isModule = name.startsWith('file:')
    return own({ files: [isModule ? fileURLToPath(name) : name], isModule })
  } catch {
    // An engine without call sites, or a realm whose Error is frozen.
    return own({ files: [], isModule: false })
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

module.exports = { WITHIN_BUN, ownFiles }
