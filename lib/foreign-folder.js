'use strict'

const { lstatSync, statSync } = require('node:fs')
const { dirname, isAbsolute, join, parse } = require('node:path')

/** Of users other than a folder's owner and its group. */
const OTHERS_WRITE = 0o002
const SUPERUSER = 0

/**
 * Whether a package in one of Node's folders can be another user's work. Node looks not only beside an app, but also in
 * every folder above it, in that of `NODE_PATH` and in `$HOME`. Foreign is what stands in the working directory, which is
 * what a relative folder is, and what another user made in a folder in which all may, such as `/tmp`. On Windows all may make
 * folders in the root of a drive, and Node knows no owners there.
 *
 * @param {string} folder
 * @param {string} name of a package
 * @param {string} place the file for which the package is looked for, whose owner decides anyway what runs
 */
function isForeign(folder, name, place) {
  if (!isAbsolute(folder)) return true
  const own = process.getuid?.()
  if (own === undefined) return isRoot(dirname(folder)) && dirname(folder) !== dirname(place)
  const parts = name.split('/').map((_, at, all) => join(folder, ...all.slice(0, at + 1)))
  const open = [folder, ...parts].filter((part) => isOpen(dirname(part)))
  if (open.length === 0) return false
  const trusted = [SUPERUSER, own, ownerOf(place) ?? ownerOf(dirname(place)) ?? own]
  return open.some((part) => !trusted.includes(ownerOf(part) ?? -1))
}

/** @param {string} folder */
function isRoot(folder) {
  return folder === parse(folder).root
}

/** Whether every user may make files in it. @param {string} folder */
function isOpen(folder) {
  const { mode = 0 } = statSync(folder, { throwIfNoEntry: false }) ?? {}
  return (mode & OTHERS_WRITE) !== 0
}

/** Of a link itself. @param {string} path */
function ownerOf(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.uid
}

module.exports = { isForeign }
