'use strict'

/** This platform, as `napi build --platform` names it. */
function platformName() {
  const { arch, platform } = process
  if (platform === 'linux') return `${platform}-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `${platform}-${arch}-msvc` : `${platform}-${arch}`
}

/**
 * Whether this Node runs on musl. The head of its file names its loader, and costs a tenth of a report. The report
 * answers if the file cannot be read, or if a test mocks `fs`.
 */
function isMusl() {
  const head = headOf(process.execPath)
  if (head.includes('/ld-musl-')) return true
  if (head.includes('/ld-linux')) return false
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime === undefined
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
