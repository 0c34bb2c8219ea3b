'use strict'

const { closeSync, existsSync, openSync, readSync } = require('node:fs')
const { join } = require('node:path')

const { coded } = require('./coded')

const DOCUMENT = 'https://github.com/azure-openai-entra/azure-openai-entra/blob/main/docs/platforms.md'

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
  const [name, load] = existsSync(built)
    ? [built, () => require(built)]
    : [`azure-openai-entra-${platform}`, PACKAGES[platform]]
  if (load === undefined) {
    throw new Error(
      `azure-openai-entra has no addon for ${platform}: there is no ${built}, and no package but for ` +
        `${Object.keys(PACKAGES).join(', ')}. Build one from source, as ${DOCUMENT} says.`,
    )
  }
  try {
    return load()
  } catch (cause) {
    throw new Error(whyNot(platform, name, cause), { cause })
  }
}

/**
 * @param {string} platform
 * @param {string} name of what was to be loaded
 * @param {unknown} cause
 */
function whyNot(platform, name, cause) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (cause)
  if (code === 'MODULE_NOT_FOUND') {
    return (
      `azure-openai-entra has no addon for ${platform}: the package ${name} is not installed. ` +
      'Install again on this platform, with optional dependencies (npm install --include=optional).'
    )
  }
  const next =
    code === 'ERR_DLOPEN_DISABLED'
      ? 'Start Node without --no-addons and, under its permission model, with --allow-addons.'
      : `Install it again; ${DOCUMENT} says how old a system it loads on.`
  return `${name} cannot be loaded: ${message.replace(/\.?$/, '.')} ${next}`
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
 * @returns {Buffer} empty if it cannot be read
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

module.exports = coded(/** @type {typeof import('./native')} */ (load()))
