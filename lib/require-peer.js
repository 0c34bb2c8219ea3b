'use strict'

const Module = require('node:module')
const { basename, dirname, join, resolve, sep } = require('node:path')

const { entryPath, isEvaluated } = require('./entry-point')
const { isForeign, isForeignFile, isForeignScope } = require('./foreign-folder')
const { exists } = require('./if-allowed')
const { isOf, member, own } = require('./own')
const { ownFiles } = require('./own-files')

/** The folder that the command line named for the app, in place of this process's entry point. */
let appFolder = ''

/** @param {string} folder */
function usePeersOf(folder) {
  appFolder = resolve(folder)
}

/**
 * Loads a package that the app may have installed: from beside the app's entry point, else from beside this package.
 * Never from where another user could put code that would then run in this process, such as the working directory.
 *
 * @param {string} name
 * @returns {any} `undefined` if the app has no such package
 */
function requirePeer(name) {
  return loaded(resolvePeer(name))
}

/**
 * The same from beside one file.
 *
 * @param {string} place
 * @param {string} name
 * @returns {any} `undefined` if nothing of this name is there
 */
function requireBeside(place, name) {
  return loaded(resolved(place, name))
}

/** By the path that was judged: by its name, Node would search again, and could find what was put there since. @param {string} [found] */
function loaded(found) {
  return found === undefined || isMisled(found) ? undefined : Module.createRequire(found)(found)
}

/**
 * The path of such a package.
 *
 * @param {string} name
 */
function resolvePeer(name) {
  for (const place of [appFolder ? join(appFolder, sep) : entryPoint(), ...ownFiles()]) {
    const found = place === undefined ? undefined : resolved(place, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Without options, a newer Node asks an object of its own for `paths`, which inherits. */
const NO_PATHS = own({})

/** The file that this process was started with; none under `--eval` and from standard input. */
function entryPoint() {
  // Node takes it from its process, which an ES module gives none: what that inherits is no module.
  const isInherited = 'mainModule' in process && !isOf(process, 'mainModule')
  const main = isInherited ? undefined : member(nodeRequire().main, 'filename')
  if (main && !isEvaluated(main)) return main
  const path = entryPath()
  return path === undefined ? undefined : ifThere(() => foundFrom(ownPlace(), path))
}

/** Node's own, which the code of a bundle is not given. */
function nodeRequire() {
  return Module.createRequire(ownPlace())
}

function ownPlace() {
  return ownFiles()[0] ?? process.execPath
}

/**
 * Whether Node could find `name` in this folder, as a folder or a file.
 *
 * @param {string} folder
 * @param {string} name
 */
function holds(folder, name) {
  const suffixes = ['', ...Object.keys(nodeRequire().extensions)]
  return suffixes.some((suffix) => exists(join(folder, name) + suffix))
}

/**
 * Whether Node, looking for this name, can find another user's work. Node is not asked then: it would read a package.json without end.
 *
 * @param {string} name
 * @param {string} [place] the file that needs it
 */
function isPlanted(name, place = ownPlace()) {
  if (isForeignScope(place) || foldersWith(name, place).some(isForeignFor(name, place))) return true
  const found = ifThere(() => foundFrom(place, name))
  return found !== undefined && isForeignFile(found, place)
}

/**
 * The folders in which Node looks for a file's packages, as far as they hold the name.
 *
 * @param {string} name
 * @param {string} place
 */
function foldersWith(name, place) {
  return (Module.createRequire(place).resolve.paths?.(name) ?? []).filter((folder) => holds(folder, name))
}

/** @param {string} name @param {string} place */
function isForeignFor(name, place) {
  return (/** @type {string} */ folder) => isForeign(folder, name, place, ownPlace())
}

/** What Node says of a package that is not there, or in no folder that its permission model lets this process read. */
const ABSENT = new Set([
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_INVALID_PACKAGE_TARGET',
  'ERR_ACCESS_DENIED',
  'ENOENT',
])

/** @param {() => string | undefined} find */
function ifThere(find) {
  try {
    return find()
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    if (ABSENT.has(code ?? '')) return undefined
    throw error
  }
}

/**
 * The real path of a module, as Node finds it for a file, unless it can be another user's work.
 *
 * @param {string} place
 * @param {string} name
 */
function resolved(place, name) {
  const [first, ...others] = foldersWith(name, place)
  const isForeignIn = isForeignFor(name, place)
  if (first === undefined ? isInstalledWhenAsked() : isForeignIn(first)) return undefined
  const from = isForeignScope(place) ? besidePackages(first) : place
  // Node goes on to the next folder if it finds no module in the first one.
  const found = ifThere(() =>
    others.some(isForeignIn) ? foundIn(first, name) : from && foundFrom(from, name),
  )
  if (!found || isForeignFile(found, place) || isForeignScope(place, dirname(found))) return undefined
  return found
}

/** Bun fetches a package that is in no folder from the registry, and runs it. */
function isInstalledWhenAsked() {
  return Object.hasOwn(process.versions, 'bun')
}

/** @param {string} from @param {string} name */
function foundFrom(from, name) {
  return isMisled(from) ? undefined : Module.createRequire(from).resolve(name, NO_PATHS)
}

/**
 * Whether what a file asks for would be found by what `Object.prototype` holds. Without a package.json above a file, Node 20 has `false`
 * in place of its content, and asks that for `data`: the package's name and exports, which it then looks for in the working directory.
 *
 * @param {string} file
 */
function isMisled(file) {
  if (!('data' in Boolean.prototype)) return false
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (basename(folder) === 'node_modules' || folder === dirname(folder)) return true
    if (exists(join(folder, 'package.json'))) return false
  }
}

/**
 * What Node finds in one folder. This is its own search, which other tools that lead it elsewhere replace too.
 *
 * @param {string} folder
 * @param {string} name
 * @returns {string | undefined}
 */
function foundIn(folder, name) {
  const search = /** @type {any} not declared */ (Module)._findPath
  return search?.call(Module, name, [folder]) || undefined
}

/** A place to which the folder's packages are the nearest, and above which Node asks no package.json. @param {string} [folder] */
function besidePackages(folder) {
  return folder !== undefined && basename(folder) === 'node_modules' ? join(folder, 'none.js') : undefined
}

module.exports = { isPlanted, requireBeside, requirePeer, resolvePeer, usePeersOf }
