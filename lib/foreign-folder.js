'use strict'

const { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } = require('node:fs')
const { basename, dirname, isAbsolute, join, parse, resolve, sep } = require('node:path')

const { variable } = require('./environment')
const { own } = require('./own')

/** Of users other than a folder's owner and its group. */
const OTHERS_WRITE = 0o002
/** In a folder with it, users replace only what is theirs. */
const STICKY = 0o1000
const SUPERUSER = 0
/** What all owners are that a user namespace, such as that of a rootless container, does not know. */
const OVERFLOW = 65_534

/**
 * Whether a package in one of Node's folders can be another user's work. Node looks not only beside an app, but also in
 * every folder above it, in those of `NODE_PATH` and in two of `$HOME`. Foreign is what stands in the working directory, in
 * which relative folders are, and what another user made in a folder in which all may, such as `/tmp`. On Windows all may make
 * folders in the root of a drive, and Node knows no owners there.
 *
 * @param {string} folder
 * @param {string} name of a package, or of a file in it
 * @param {string} place the file for which the package is looked for, whose owner decides anyway what runs. A folder ends in a
 *   separator.
 * @param {string} own a file of this package, beside which another user puts nothing that could not be in its place
 */
function isForeign(folder, name, place, own) {
  if (!isAbsolute(folder) || isOfRelativeHome(folder)) return true
  if (process.getuid === undefined)
    return isRoot(dirname(folder)) && !isRoot(folderOf(place)) && !own.startsWith(join(folder, sep))
  const parts = name.split('/').map((_, at, all) => join(folder, ...all.slice(0, at + 1)))
  // The package.json of a package, and of a folder in it, names the file that is loaded.
  const described = parts.slice(name.startsWith('@') ? 1 : 0).map((part) => join(part, 'package.json'))
  const files = [...withSuffixes(join(folder, name)), ...described, ...described.flatMap(namedIn)]
  return isAnyForeign(files, place)
}

/** What Node appends to a name. */
const SUFFIXES = [
  '',
  ...['', '/index'].flatMap((name) => ['.js', '.json', '.node'].map((type) => name + type)),
]

/** @param {string} path */
function withSuffixes(path) {
  return SUFFIXES.map((suffix) => path + suffix)
}

/** The files, or links to files, that a package.json lets Node load for the package. @param {string} file */
function namedIn(file) {
  const { main, exports } = contentOf(file) ?? {}
  const names = ['index', ...stringsIn(main)].flatMap(withSuffixes)
  return [...names, ...stringsIn(exports)].map((name) => join(dirname(file), name))
}

/** @param {string} file @returns {any} any, because it can hold any JSON */
function contentOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // Node says so if it needs the file.
    return undefined
  }
}

/** @param {unknown} value @returns {string[]} */
function stringsIn(value) {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

/**
 * The folders of `$HOME` in which Node looks. Node makes them absolute by the working directory.
 *
 * @param {string} folder
 */
function isOfRelativeHome(folder) {
  const home = variable(process.platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? ''
  return /^\.node_(?:modules|libraries)$/.test(basename(folder)) && !isAbsolute(home)
}

/**
 * Whether another user can have made a file, a link on the way to it, what the link stands for, or a folder of either. What leads
 * to `place` too is not asked: its owner could put another file in that place.
 *
 * @param {string} file
 * @param {string} place
 */
function isForeignFile(file, place) {
  return isAnyForeign([file], place)
}

/** @param {string[]} files @param {string} place */
function isAnyForeign(files, place) {
  if (process.getuid === undefined)
    return !isRoot(folderOf(place)) && files.some((file) => isRoot(dirname(file)) && isThere(file))
  const trusted = trustedBy(place)
  /** @type {Set<string>} */
  const asked = new Set()
  const isForeignPath = (/** @type {string} */ path) => {
    if (asked.has(path) || isAbove(path, place)) return false
    asked.add(path)
    if (isForeignPath(dirname(path))) return true
    const found = statOf(path)
    if (found === undefined) return false
    if (!trusted.includes(found.uid) && isOpen(dirname(path))) return true
    return found.isSymbolicLink() && (targetsOf(path) ?? []).some(isForeignPath)
  }
  return files.some(isForeignPath)
}

/** The path that a link names, and the real one. @param {string} link */
function targetsOf(link) {
  return ifAllowed(() => [resolve(realpathSync(dirname(link)), readlinkSync(link)), realpathSync(link)])
}

/**
 * Whether Node can ask another user's package.json for the names by which a file finds its own package. It does so first.
 *
 * @param {string} place
 */
function isForeignSelf(place) {
  for (let folder = folderOf(place); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (isAnyForeign([file, ...namedIn(file)], place)) return true
    if (isRoot(folder)) return false
  }
  return false
}

/**
 * The users whose code runs anyway. An owner that is not known can be any, unless every user can replace `place` itself: Azure App
 * Service has all files of an app so.
 *
 * @param {string} place
 */
function trustedBy(place) {
  const own = process.getuid?.() ?? SUPERUSER
  const owner = (statOf(place) ?? statOf(folderOf(place)))?.uid ?? own
  const isReplaceable = (modeOf(folderOf(place)) & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE
  return [SUPERUSER, own, owner === OVERFLOW && !isReplaceable ? own : owner]
}

/** @param {string} place */
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

/** Whether every user may make files in it. @param {string} folder */
function isOpen(folder) {
  return (modeOf(folder) & OTHERS_WRITE) !== 0
}

/** @param {string} folder */
function modeOf(folder) {
  return ifAllowed(() => statSync(folder, own({ throwIfNoEntry: false })))?.mode ?? 0
}

/** Of a link itself. @param {string} path */
function statOf(path) {
  return ifAllowed(() => lstatSync(path, own({ throwIfNoEntry: false })))
}

/** @param {string} path */
function isThere(path) {
  return statOf(path) !== undefined
}

/** What is said of a path that leads to nothing, or to where Node's permission model lets this process read nothing. */
const UNREADABLE = new Set(['ERR_ACCESS_DENIED', 'EACCES', 'ENOENT', 'ENOTDIR'])

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
    if (UNREADABLE.has(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) return undefined
    throw error
  }
}

module.exports = { ifAllowed, isForeign, isForeignFile, isForeignSelf }
