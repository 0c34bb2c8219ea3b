'use strict'

/** This platform, as `napi build --platform` names it. */
function platformName() {
  const { arch, platform } = process
  if (platform === 'linux') return `${platform}-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `${platform}-${arch}-msvc` : `${platform}-${arch}`
}

/** The loaders of the two, at the places that their ABIs name. */
const LOADERS = {
  arm64: { gnu: '/lib/ld-linux-aarch64.so.1', musl: '/lib/ld-musl-aarch64.so.1' },
  x64: { gnu: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1' },
}

/**
 * Whether this Node runs on musl. Most systems have the loader of one of the two. Of a system with both or none, the head of
 * Node's file names its loader, and costs a tenth of a report. The report answers if the file cannot be read, or if a test
 * mocks `fs`.
 */
function isMusl() {
  if (hasOnlyGnu()) return false
  const head = headOf(process.execPath)
  if (head.includes('/ld-musl-')) return true
  if (head.includes('/ld-linux')) return false
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime === undefined
}

function hasOnlyGnu() {
  const { existsSync } = require('node:fs')
  const loaders = /** @type {Partial<Record<string, typeof LOADERS.x64>>} */ (LOADERS)[process.arch]
  try {
    return loaders !== undefined && existsSync(loaders.gnu) && !existsSync(loaders.musl)
  } catch {
    return false
  }
}

/**
 * @param {string} file
 * @returns {Buffer} an empty one if the file cannot be read
 */
function headOf(file) {
  const { closeSync, openSync, readSync } = require('node:fs')
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

module.exports = { platformName }
