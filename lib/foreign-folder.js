'use strict'

const { lstatSync, statSync } = require('node:fs')
const { dirname, isAbsolute, join, parse, sep } = require('node:path')

/** Of users other than a folder's owner and its group. */
const OTHERS_WRITE = 0o002
const SUPERUSER = 0
/** What all owners are that a user namespace, such as that of a rootless container, does not know. */
const OVERFLOW = 65_534

/**
 * Whether a package in one of Node's folders can be another user's work. Node looks not only beside an app, but also in
 * every folder above it, in that of `NODE_PATH` and in `$HOME`. Foreign is what stands in the working directory, which is
 * what a relative folder is, and what another user made in a folder in which all may, such as `/tmp`. On Windows all may make
 * folders in the root of a drive, and Node knows no owners there.
 *
 * @param {string} folder
 * @param {string} name of a package
 * @param {string} place the file for which the package is looked for, whose owner decides anyway what runs
 * @param {string} own a file of this package, beside which another user puts nothing that could not be in its place
 */
function isForeign(folder, name, place, own) {
  if (!isAbsolute(folder)) return true
  if (process.getuid === undefined)
    return isRoot(dirname(folder)) && dirname(folder) !== dirname(place) && !own.startsWith(join(folder, sep))
  const parts = name.split('/').map((_, at, all) => join(folder, ...all.slice(0, at + 1)))
  return isAnyForeign([folder, ...parts], place)
}

/**
 * The same of a file that was found in another way, by all that is on the way to it.
 *
 * @param {string} file
 * @param {string} place
 */
function isForeignFile(file, place) {
  if (process.getuid === undefined) return false
  /** @type {string[]} */
  const parts = []
  for (let part = file; part !== dirname(part); part = dirname(part)) parts.push(part)
  return isAnyForeign(parts, place)
}

/** Whether it is another user's, in any folder. @param {string} file @param {string} place */
function isOfAnother(file, place) {
  return process.getuid !== undefined && !trustedBy(place).includes(ownerOf(file) ?? -1)
}

/** @param {string[]} parts @param {string} place */
function isAnyForeign(parts, place) {
  const open = parts.filter((part) => isOpen(dirname(part)))
  return open.some((part) => !trustedBy(place).includes(ownerOf(part) ?? -1))
}

/** The users whose code runs anyway. @param {string} place */
function trustedBy(place) {
  const own = process.getuid?.() ?? SUPERUSER
  const owner = ownerOf(place) ?? ownerOf(dirname(place)) ?? own
  return [SUPERUSER, own, owner === OVERFLOW ? own : owner]
}

/** @param {string} folder */
function isRoot(folder) {
  return folder === parse(folder).root
}

/** Whether every user may make files in it. @param {string} folder */
function isOpen(folder) {
  const { mode = 0 } = ifAllowed(() => statSync(folder, { throwIfNoEntry: false })) ?? {}
  return (mode & OTHERS_WRITE) !== 0
}

/** Of a link itself. @param {string} path */
function ownerOf(path) {
  return ifAllowed(() => lstatSync(path, { throwIfNoEntry: false }))?.uid
}

/**
 * Node's permission model lets a process read an app, and not the folders above it.
 *
 * @template T
 * @param {() => T} look
 */
function ifAllowed(look) {
  try {
    return look()
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ERR_ACCESS_DENIED') return undefined
    throw error
  }
}

module.exports = { ifAllowed, isForeign, isForeignFile, isOfAnother }
