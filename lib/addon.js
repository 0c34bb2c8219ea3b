'use strict'

const { coded } = require('./coded')
const { EntraIdError } = require('./error')
const { isExhausted, noFileLeft } = require('./first-use')
const { loadContext } = require('./load-context')
const { loadedModules } = require('./loaded-modules')
const { platformName } = require('./platform')
const { PLATFORMS, packageName, platformPackage } = require('./platform-package')

/** @typedef {typeof import('./native')} Core */

const DOCS = 'https://github.com/azure-openai-entra/azure-openai-entra/blob/main/docs'
const DOCUMENT = `${DOCS}/platforms.md`
const BUNDLES = `${DOCS}/bundlers.md`

/** @type {Core | undefined} */
let core
/** @type {unknown} */
let failure
/** @type {Set<() => void>} */
const waiting = new Set()

/**
 * The native core, which the first call that needs it loads. If that fails, the next call tries again.
 *
 * @throws {EntraIdError} if there is no addon for this platform, or it does not load
 */
function native() {
  if (core !== undefined) return core
  try {
    core = load()
  } catch (error) {
    failure = error
    throw error
  }
  failure = undefined
  for (const act of waiting) act()
  waiting.clear()
  return core
}

/** The same, for a call that also has an answer without the core: undefined if it does not load. */
function nativeIfPresent() {
  const before = failure
  try {
    return native()
  } catch {
    failure = before
    return undefined
  }
}

/** Why a call that needs the core failed, until one succeeds. */
function loadFailure() {
  return /** @type {InstanceType<typeof EntraIdError> | undefined} */ (failure)
}

/**
 * Calls `act` now if the core is loaded, otherwise as soon as it is.
 *
 * @param {() => void} act
 */
function onceLoaded(act) {
  if (core === undefined) waiting.add(act)
  else act()
}

/** @returns {Core} */
function load() {
  const platform = platformName()
  let found
  try {
    found = loadContext.runInAsyncScope(() => find(platform))
  } catch (cause) {
    throw cannotLoad(platform, /** @type {NodeJS.ErrnoException} */ (cause))
  }
  if (found === undefined)
    throw unavailable(`azure-openai-entra has no addon for ${platform}: ${missing(platform)}`)
  return coded(/** @type {Core} */ (found))
}

/**
 * The addon that was built here, otherwise that of the package for this platform.
 *
 * @param {string} platform
 * @returns {unknown} undefined without one
 */
function find(platform) {
  // A program of one file has its own beside itself.
  const own = require('./own-files').ownFiles()
  const places = [...own, process.execPath]
  const name = packageName(platform)
  const beside = (/** @type {string} */ file) => `${folderOf(file)}/${fileName(platform)}`
  const isForeignBeside = (/** @type {string} */ file) => {
    const { exists, isDenied } = require('./if-allowed')
    if (isDenied(beside(file))) return true
    // A file that is not there may be by the time it is loaded.
    return exists(beside(file))
      ? require('./foreign-folder').isForeignFile(beside(file), file)
      : require('./owners').isShared(folderOf(file))
  }
  const built = () => {
    for (const file of places) {
      // Bundlers do not follow this. In a bundle it finds what is beside the bundle.
      const found = isForeignBeside(file) ? undefined : optional(file, beside(file))
      if (found !== undefined) return found
    }
    return undefined
  }
  const packaged = () => {
    const { isPlanted, requireBeside, requirePeer } = require('./require-peer')
    // The file itself: what collects the files of an app may have left out the rest of the package.
    const addon = `${name}/${fileName(platform)}`
    const installed = () => {
      for (const file of places) {
        const found = requireBeside(file, addon)
        if (found !== undefined) return found
      }
      return requirePeer(addon)
    }
    // Only a bundle can hold the package in itself. Its copy takes the addon from beside the bundle.
    // Without a file, nothing tells which packages the bundle would find.
    const isBundled = own.length > 0 && !OWN.test(own[0])
    if (!isBundled || isPlanted(name) || isPlanted(addon) || places.some(isForeignBeside)) return installed()
    return platformPackage(platform) ?? installed()
  }
  // A release has one beside itself only if an operator built it for a platform without a package.
  return RELEASED.test(places[0])
    ? (installedBeside(places[0], platform) ?? packaged() ?? built())
    : (built() ?? packaged())
}

/**
 * The addon from the folder beside this package's, to which package managers install it. It is the one that a search would find
 * first, which takes longer than loading it.
 *
 * @param {string} own
 * @param {string} platform
 * @returns {unknown} undefined if a search can find another, or none is there
 */
function installedBeside(own, platform) {
  const { exists } = require('./if-allowed')
  const { basename, dirname, join } = require('node:path')
  const folder = folderOf(own)
  const packages = dirname(folder)
  const name = packageName(platform)
  // Node looks into these first, and into the folder of a package's folder only if it has that name.
  const nearer = ['lib/joined', 'lib', ''].map((place) => join(folder, place, 'node_modules', name))
  if (basename(packages) !== 'node_modules' || nearer.some(exists)) return undefined
  const file = join(packages, name, fileName(platform))
  if (!exists(file) || require('./foreign-folder').isForeignFile(file, own)) return undefined
  try {
    // Bundlers do not follow this. Node's own way to make a `require` takes as long as the loading.
    return loadedModules()[own]?.require(file)
  } catch (error) {
    return ifAbsent(error)
  }
}

/**
 * @param {string} from the file that needs it
 * @param {string} id
 */
function optional(from, id) {
  // Outside of the try: Rollup leaves what is required in one to a `require` that a bundle of ES modules has not.
  const requireFrom = require('node:module').createRequire(from)
  try {
    return requireFrom(id)
  } catch (error) {
    return ifAbsent(error)
  }
}

/**
 * @param {unknown} error
 * @throws `error` if it is about a file that is there
 */
function ifAbsent(error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error
  return undefined
}

/**
 * Of a file of this package, as it is written and as a release joins it. A bundle with such a path is taken
 * for one, and finds what a package in its place would.
 */
const OWN = /[\\/]lib[\\/](?:own-files|joined[\\/]token)\.js$/
const RELEASED = /[\\/]lib[\\/]joined[\\/]token\.js$/

/**
 * The package's folder, or the folder of a bundle.
 *
 * @param {string} file
 */
function folderOf(file) {
  return OWN.test(file) ? file.replace(OWN, '') : file.replace(/[\\/][^\\/]*$/, '')
}

/** @param {string} platform */
function fileName(platform) {
  return `azure-openai-entra.${platform}.node`
}

/** @param {string} platform */
function missing(platform) {
  const { WITHIN_BUN } = require('./entry-point')
  const [own = process.execPath] = require('./own-files').ownFiles()
  const file = WITHIN_BUN.test(own) ? process.execPath : own
  const name = packageName(platform)
  if (!PLATFORMS.includes(platform))
    return (
      `there is no ${folderOf(file)}/${fileName(platform)}, and packages exist only for ${PLATFORMS.join(', ')}. ` +
      `Build one from source, as ${DOCUMENT} says.`
    )
  if (!OWN.test(file))
    return (
      `it is bundled in ${file}, and neither ${fileName(platform)} is beside that, nor the package ${name} installed. ` +
      `Copy that file there from node_modules/${name}, or leave azure-openai-entra out of the bundle; ${BUNDLES} has more.`
    )
  return (
    `the package ${name} is not installed. ` +
    'Install again on this platform, with optional dependencies (npm install --include=optional).'
  )
}

/**
 * @param {string} platform
 * @param {NodeJS.ErrnoException} cause
 */
function cannotLoad(platform, cause) {
  if (isExhausted(cause)) return noFileLeft(cause)
  const reason = `${packageName(platform)} cannot be loaded: ${cause.message.replace(/\.?$/, '.')}`
  return unavailable(`${reason} ${nextStep(cause)}`, cause)
}

/** @param {NodeJS.ErrnoException} cause */
function nextStep({ code, message }) {
  if (code === 'ERR_DLOPEN_DISABLED')
    return 'Start Node without --no-addons and, under its permission model, with --allow-addons.'
  // Deno's error has no code for it.
  if (message.includes('--allow-ffi'))
    return 'Deno counts a native addon as a foreign function: start it with --allow-ffi.'
  return `Install it again; ${DOCUMENT} says which systems it supports.`
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function unavailable(message, cause) {
  return new EntraIdError({ code: 'ENTRA_ID_UNAVAILABLE', message }, { cause })
}

module.exports = { loadFailure, native, nativeIfPresent, onceLoaded }
