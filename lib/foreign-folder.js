'use strict'

const { readFileSync, readlinkSync, realpathSync, statSync } = require('node:fs')
const { basename, dirname, isAbsolute, join, resolve, sep } = require('node:path')

const { variable } = require('./environment')
const { ifAllowed, isDenied } = require('./if-allowed')
const { own } = require('./own')
const { folderOf, isAbove, isOpen, isReplaceable, isRoot, statOf, trustedBy } = require('./owners')

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
    return (
      !isRoot(folderOf(place)) && files.some((file) => isRoot(dirname(file)) && statOf(file) !== undefined)
    )
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
    return found.isSymbolicLink() && targetsOf(path).some(isForeignFrom)
  }
  // What may not be looked at can be another user's. Above what may be, the permission model tells no owners.
  const isForeignFrom = (/** @type {string} */ path) =>
    (!isAbove(path, place) && isDenied(path)) || isForeignPath(path)
  return files.some(isForeignFrom)
}

/** The path that a link names, and the real one if it can be told. @param {string} link */
function targetsOf(link) {
  const folder = ifAllowed(() => realpathSync(dirname(link))) ?? dirname(link)
  const targets = [ifAllowed(() => resolve(folder, readlinkSync(link))), ifAllowed(() => realpathSync(link))]
  return targets.filter((path) => path !== undefined)
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

module.exports = { isForeign, isForeignFile, isForeignScope }
