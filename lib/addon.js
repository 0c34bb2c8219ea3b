'use strict'

const { coded } = require('./coded')
const { EntraIdError } = require('./error')
const { isExhausted, noFileLeft } = require('./first-use')
const { loadContext } = require('./load-context')
const { platformName } = require('./platform')

/** @typedef {typeof import('./native')} Core */

const DOCUMENT = 'https://github.com/azure-openai-entra/azure-openai-entra/blob/main/docs/platforms.md'

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
  // Bundlers do not follow this one. In a bundle it finds what is beside the bundle.
  const requireHere = createRequireHere()
  const optional = (/** @type {string} */ id) => {
    try {
      return requireHere(id)
    } catch (error) {
      return absent(error)
    }
  }
  return optional(builtFile(platform)) ?? fromPackage(platform) ?? optional(packageName(platform))
}

function createRequireHere() {
  return require('node:module').createRequire(__filename)
}

/** The packages by platform. */
const PACKAGES = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
]

/**
 * Each name is written out for tools that collect an app's files. Bundlers accept a missing package only inside of a try.
 *
 * @param {string} platform
 * @returns {unknown}
 */
function fromPackage(platform) {
  try {
    switch (platform) {
      case 'darwin-arm64':
        return require('azure-openai-entra-darwin-arm64')
      case 'darwin-x64':
        return require('azure-openai-entra-darwin-x64')
      case 'linux-arm64-gnu':
        return require('azure-openai-entra-linux-arm64-gnu')
      case 'linux-arm64-musl':
        return require('azure-openai-entra-linux-arm64-musl')
      case 'linux-x64-gnu':
        return require('azure-openai-entra-linux-x64-gnu')
      case 'linux-x64-musl':
        return require('azure-openai-entra-linux-x64-musl')
      case 'win32-arm64-msvc':
        return require('azure-openai-entra-win32-arm64-msvc')
      case 'win32-x64-msvc':
        return require('azure-openai-entra-win32-x64-msvc')
      default:
        return undefined
    }
  } catch (error) {
    return absent(error)
  }
}

/**
 * @param {unknown} error
 * @throws `error` if it is about a module that is there
 */
function absent(error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error
  return undefined
}

/**
 * In the package's folder, or in the folder of a bundle.
 *
 * @param {string} platform
 */
function builtFile(platform) {
  return `${__dirname.replace(/[\\/]lib$/, '')}/azure-openai-entra.${platform}.node`
}

/** @param {string} platform */
function packageName(platform) {
  return `azure-openai-entra-${platform}`
}

/** @param {string} platform */
function missing(platform) {
  return PACKAGES.includes(platform)
    ? `the package ${packageName(platform)} is not installed. ` +
        'Install again on this platform, with optional dependencies (npm install --include=optional).'
    : `there is no ${builtFile(platform)}, and packages exist only for ${PACKAGES.join(', ')}. ` +
        `Build one from source, as ${DOCUMENT} says.`
}

/**
 * @param {string} platform
 * @param {NodeJS.ErrnoException} cause
 */
function cannotLoad(platform, cause) {
  if (isExhausted(cause)) return noFileLeft(cause)
  const next =
    cause.code === 'ERR_DLOPEN_DISABLED'
      ? 'Start Node without --no-addons and, under its permission model, with --allow-addons.'
      : `Install it again; ${DOCUMENT} says which systems it supports.`
  const reason = `${packageName(platform)} cannot be loaded: ${cause.message.replace(/\.?$/, '.')}`
  return unavailable(`${reason} ${next}`, cause)
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function unavailable(message, cause) {
  return new EntraIdError({ code: 'ENTRA_ID_UNAVAILABLE', message }, { cause })
}

module.exports = { loadFailure, native, nativeIfPresent, onceLoaded }
