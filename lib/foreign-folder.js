'use strict'

const { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } = require('node:fs')
const { basename, dirname, isAbsolute, join, parse, resolve, sep } = require('node:path')

const { entryPath } = require('./entry-point')
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
  const files = [...withSuffixes(join(folder, name)), ...described]
  return (
    isAnyForeign(files, place) || described.some((file) => isNamingForeign(file, manifestAt(file), place))
  )
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

/**
 * Whether a package.json leads Node to another user's file. Its own owner has been judged: another user's may have no end, or any form.
 *
 * @param {string} file
 * @param {Manifest} manifest
 * @param {string} place
 */
function isNamingForeign(file, { isEndless, content }, place) {
  if (isEndless) return true
  const { main, exports } = own(content)
  const names = ['index', ...stringsIn(main)].flatMap(withSuffixes)
  const paths = [...names, ...stringsIn(exports)].map((name) => join(dirname(file), name))
  return isAnyForeign(
    paths.filter((path) => path.length < LONGEST_PATH),
    place,
  )
}

/** @typedef {{ isThere: boolean, isEndless?: boolean, content?: any }} Manifest any, because it can hold any JSON */

/** No package.json comes near it, in bytes. */
const LARGEST = 1_048_576
/** No system opens a longer one. */
const LONGEST_PATH = 32_768

/**
 * What Node finds in place of a package.json. A pipe or a device is not read, because that may never end.
 *
 * @param {string} file
 * @returns {Manifest}
 */
function manifestAt(file) {
  const found = ifAllowed(() => statSync(file, own({ throwIfNoEntry: false })))
  if (found === undefined || found.isDirectory()) return own({ isThere: false })
  if (!found.isFile() || found.size > LARGEST) return own({ isThere: true, isEndless: true })
  try {
    return own({ isThere: true, content: JSON.parse(readFileSync(file, 'utf8')) })
  } catch (error) {
    // Node says so if it needs the file. It takes an unreadable file for none.
    return own({ isThere: error instanceof SyntaxError })
  }
}

/** @param {unknown} value of JSON, of any depth @returns {string[]} */
function stringsIn(value) {
  const [strings, left] = [/** @type {string[]} */ ([]), [value]]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'string') strings.push(next)
    else if (typeof next === 'object' && next !== null)
      for (const held of Object.values(next)) left.push(held)
  }
  return strings
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
 * Whether another user can have made a file, a link on the way to it, what the link stands for, or a folder of either, or can make
 * them until it is loaded. What leads to `place` too is not asked: its owner could put another file in that place.
 *
 * @param {string} file that is going to be loaded by this path
 * @param {string} place
 */
function isForeignFile(file, place) {
  return isAnyForeign([file], place, !isReplaceable(place))
}

/** @param {string[]} files @param {string} place @param {boolean} [isToCome] whether what is not there counts as another user's if one can make it */
function isAnyForeign(files, place, isToCome = false) {
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
    if (found === undefined) return isToCome && isOpen(dirname(path))
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
 * Whether Node asks another user's package.json what the files of a folder are: by which names they find their own package, and of
 * which type they are. It is the nearest one, in the folder or above.
 *
 * @param {string} place
 * @param {string} [of] the folder
 */
function isForeignScope(place, of = folderOf(place)) {
  for (let folder = of; basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (isAnyForeign([file], place)) return true
    const manifest = manifestAt(file)
    if (manifest.isThere) return isNamingForeign(file, manifest, place)
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
  const started = [process.execPath, entryPath() ?? process.execPath]
  const paths = [file, ifAllowed(() => realpathSync(file)) ?? file]
  if (process.getuid === undefined)
    return paths.every((path) => started.some((it) => belowRoot(it) === belowRoot(path)))
  const trusted = started.flatMap(trustedBy)
  /** @type {(path: string) => boolean} */
  const isTrusted = (path) =>
    started.some((it) => isAbove(path, it)) || (isOwnedBy(path, trusted) && isTrusted(dirname(path)))
  return paths.every(isTrusted)
}

/** What is not there has no owner: another user can have moved it away. @param {string} path @param {number[]} users */
function isOwnedBy(path, users) {
  try {
    return users.includes(lstatSync(path, own({ throwIfNoEntry: false }))?.uid ?? -1)
  } catch (error) {
    // Node's permission model tells no owners of what is above an app, and lets it read nothing there either.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ERR_ACCESS_DENIED'
  }
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

/** Whether other users may put their files beside the owner's. @param {string} folder */
function isShared(folder) {
  return (modeOf(folder) & (OTHERS_WRITE | STICKY)) === (OTHERS_WRITE | STICKY)
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

/** What is said of a path that leads to nothing, that no file can have, or to where Node's permission model lets this process read nothing. */
const UNREADABLE = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_INVALID_ARG_VALUE',
  'EACCES',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
])

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

module.exports = { ifAllowed, isForeign, isForeignFile, isForeignScope, isOfProcess, isShared }
