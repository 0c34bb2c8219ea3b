'use strict'

/** The platforms that have a package. */
const PLATFORMS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
]

/** @param {string} platform */
function packageName(platform) {
  return `azure-openai-entra-${platform}`
}

/**
 * Each name is written out for tools that collect an app's files. Bundlers accept a missing package only directly inside of a
 * try.
 *
 * @param {string} platform
 * @returns {unknown} undefined if it is not installed, or out of reach
 */
function platformPackage(platform) {
  switch (platform) {
    case 'darwin-arm64':
      try {
        return require('azure-openai-entra-darwin-arm64')
      } catch (error) {
        return absent(error)
      }
    case 'darwin-x64':
      try {
        return require('azure-openai-entra-darwin-x64')
      } catch (error) {
        return absent(error)
      }
    case 'linux-arm64-gnu':
      try {
        return require('azure-openai-entra-linux-arm64-gnu')
      } catch (error) {
        return absent(error)
      }
    case 'linux-arm64-musl':
      try {
        return require('azure-openai-entra-linux-arm64-musl')
      } catch (error) {
        return absent(error)
      }
    case 'linux-x64-gnu':
      try {
        return require('azure-openai-entra-linux-x64-gnu')
      } catch (error) {
        return absent(error)
      }
    case 'linux-x64-musl':
      try {
        return require('azure-openai-entra-linux-x64-musl')
      } catch (error) {
        return absent(error)
      }
    case 'win32-arm64-msvc':
      try {
        return require('azure-openai-entra-win32-arm64-msvc')
      } catch (error) {
        return absent(error)
      }
    case 'win32-x64-msvc':
      try {
        return require('azure-openai-entra-win32-x64-msvc')
      } catch (error) {
        return absent(error)
      }
    default:
      return undefined
  }
}

/**
 * A bundle has other errors than Node for a package that it does not hold: they have another code or none.
 *
 * @param {unknown} error
 * @throws `error` if it is about an addon that is there
 */
function absent(error) {
  const { code } = /** @type {NodeJS.ErrnoException} */ (error)
  if (code !== undefined && code !== 'MODULE_NOT_FOUND') throw error
  return undefined
}

module.exports = { PLATFORMS, packageName, platformPackage }
