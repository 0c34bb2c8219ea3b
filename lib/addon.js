'use strict'

const { closeSync, existsSync, openSync, readSync } = require('node:fs')
const { join } = require('node:path')

/**
 * The packages by platform. Each name is written out, for tools that collect the files of an app read it here.
 *
 * @type {Record<string, () => unknown>}
 */
const PACKAGES = {
  'darwin-arm64': () => require('azure-openai-entra-darwin-arm64'),
  'darwin-x64': () => require('azure-openai-entra-darwin-x64'),
  'linux-arm64-gnu': () => require('azure-openai-entra-linux-arm64-gnu'),
  'linux-arm64-musl': () => require('azure-openai-entra-linux-arm64-musl'),
  'linux-x64-gnu': () => require('azure-openai-entra-linux-x64-gnu'),
  'linux-x64-musl': () => require('azure-openai-entra-linux-x64-musl'),
  'win32-arm64-msvc': () => require('azure-openai-entra-win32-arm64-msvc'),
  'win32-x64-msvc': () => require('azure-openai-entra-win32-x64-msvc'),
}

/** The native core: the one that was built here, or else that of the package for this platform. */
function load() {
  const platform = platformName()
  const built = join(__dirname, `../azure-openai-entra.${platform}.node`)
  if (existsSync(built)) return require(built)
  const load = PACKAGES[platform]
  if (load === undefined) {
    throw new Error(
      `azure-openai-entra has no build for ${platform}, only for ${Object.keys(PACKAGES).join(', ')}.`,
    )
  }
  try {
    return load()
  } catch (cause) {
    const isMissing = /** @type {NodeJS.ErrnoException} */ (cause).code === 'MODULE_NOT_FOUND'
    const message = isMissing
      ? `The package azure-openai-entra-${platform} is not installed. ` +
        'Install again on this platform, with optional dependencies (npm install --include=optional).'
      : `azure-openai-entra-${platform} cannot be loaded: ${/** @type {Error} */ (cause).message}`
    throw new Error(message, { cause })
  }
}

/** As `napi build --platform` names it. */
function platformName() {
  const { arch, platform } = process
  if (platform === 'linux') return `${platform}-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `${platform}-${arch}-msvc` : `${platform}-${arch}`
}

/** Whether this Node runs on musl: the head of its file names its loader, which costs a tenth of asking for a report. */
function isMusl() {
  const head = headOf(process.execPath)
  if (head.includes('/ld-musl-')) return true
  if (head.includes('/ld-linux')) return false
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime === undefined
}

/**
 * @param {string} file
 * @returns {Buffer} nothing where it cannot be read
 */
function headOf(file) {
  const head = Buffer.alloc(4096)
  try {
    const opened = openSync(file, 'r')
    try {
      return head.subarray(0, readSync(opened, head))
    } finally {
      closeSync(opened)
    }
  } catch {
    return head.subarray(0, 0)
  }
}

module.exports = /** @type {typeof import('../native')} */ (load())
