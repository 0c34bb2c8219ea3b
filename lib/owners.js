'use strict'

const { lstatSync, readFileSync, realpathSync, statSync } = require('node:fs')
const { dirname, parse, resolve, sep } = require('node:path')

const { startPaths } = require('./entry-point')
const { ifAllowed, isDenied } = require('./if-allowed')
const { own } = require('./own')

/** Of users other than a folder's owner and its group. */
const OTHERS_WRITE = 0o002
/** In a folder with it, users replace only what is theirs. */
const STICKY = 0o1000
const SUPERUSER = 0
/** What all owners are that a user namespace, such as that of a rootless container, does not know. */
const OVERFLOW = 65_534

/**
 * The users whose code runs anyway. An owner that is not known can be any, unless every user can replace `place` itself: Azure App
 * Service has all files of an app so.
 *
 * @param {string} place
 */
function trustedBy(place) {
  const user = thisUser() ?? SUPERUSER
  const owner = (statOf(place) ?? statOf(folderOf(place)))?.uid ?? user
  const isKnown = user !== OVERFLOW || !isInNamespace()
  const isOwnersCode = owner !== OVERFLOW || isReplaceable(place)
  return [SUPERUSER, ...(isKnown ? [user] : []), ...(isOwnersCode ? [owner] : [])]
}

/** The map of users in which each is itself, as Linux writes it. */
const ALL_USERS = /^\s*0\s+0\s+4294967295\s*$/

/** Whether an owner that is shown as {@link OVERFLOW} can be any user, and not only the one with this number. */
function isInNamespace() {
  try {
    return !ALL_USERS.test(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    return process.platform === 'linux'
  }
}

/**
 * Whether a file, with each folder above it, is of users whose code this process runs anyway: its own, the superuser, and the owners of
 * Node and of what the process was started with. Above these, no owner is asked. On Windows it must be in the same folder of a drive's
 * root as one of them.
 *
 * @param {string} file
 */
function isOfProcess(file) {
  const started = [process.execPath, ...startPaths()]
  const paths = [file, ifAllowed(() => realpathSync(file)) ?? file]
  if (process.getuid === undefined)
    return paths.every((path) => started.some((it) => belowRoot(it) === belowRoot(path)))
  const trusted = started.flatMap(trustedBy)
  /** @type {(path: string) => boolean} */
  const isTrusted = (path) =>
    started.some((it) => isAbove(path, it)) || (isOwnedBy(path, trusted) && isTrusted(dirname(path)))
  return paths.every(isTrusted)
}

/**
 * What is not there has no owner: another user can have moved it away. Node's permission model tells no owners of what is above an
 * app, whose files it lets this process read.
 *
 * @param {string} path @param {number[]} users
 */
function isOwnedBy(path, users) {
  return isDenied(path) || users.includes(statOf(path)?.uid ?? -1)
}

/** The folder in the root that leads to a file. @param {string} file */
function belowRoot(file) {
  const { length } = parse(file).root
  return file.toLowerCase().slice(0, file.indexOf(sep, length))
}

/** Undefined on Windows, and in Deno if it may not be asked. */
function thisUser() {
  try {
    return process.getuid?.()
  } catch {
    return undefined
  }
}

/** Whether every user can put another file in its place. @param {string} place */
function isReplaceable(place) {
  return (modeOf(folderOf(place)) & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE
}

/** @param {string} place of a file. A folder ends in a separator. */
function folderOf(place) {
  return place.endsWith(sep) ? resolve(place) : dirname(place)
}

/** @param {string} path @param {string} place */
function isAbove(path, place) {
  return isRoot(path) || place.startsWith(path + sep)
}

/** @param {string} folder */
function isRoot(folder) {
  return folder === parse(folder).root
}

/** Whether other users may put their files beside the owner's. @param {string} folder */
function isShared(folder) {
  return (modeOf(folder) & (OTHERS_WRITE | STICKY)) === (OTHERS_WRITE | STICKY)
}

/** Whether every user may make files in it, as far as this process may know. @param {string} folder */
function isOpen(folder) {
  return (modeOf(folder) & OTHERS_WRITE) !== 0 || isDenied(folder)
}

/** @param {string} folder */
function modeOf(folder) {
  return ifAllowed(() => statSync(folder, own({ throwIfNoEntry: false })))?.mode ?? 0
}

/** Of a link itself. @param {string} path */
function statOf(path) {
  return ifAllowed(() => lstatSync(path, own({ throwIfNoEntry: false })))
}

module.exports = {
  folderOf,
  isAbove,
  isOfProcess,
  isOpen,
  isReplaceable,
  isRoot,
  isShared,
  statOf,
  trustedBy,
}
