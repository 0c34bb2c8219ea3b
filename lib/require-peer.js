'use strict'

const { existsSync, realpathSync } = require('node:fs')
const { createRequire } = require('node:module')
const { isAbsolute, join, resolve, sep } = require('node:path')

const { ifAllowed, isForeign, isForeignFile, isOfAnother } = require('./foreign-folder')
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
  const found = resolvePeer(name)
  return found === undefined ? undefined : createRequire(found)(found)
}

/**
 * The path of such a package.
 *
 * @param {string} name
 */
function resolvePeer(name) {
  for (const place of [appFolder ? join(appFolder, 'package.json') : entryPoint(), ...ownFiles()]) {
    const found = place === undefined ? undefined : resolved(place, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** With these, what follows Node's options are only arguments. */
const EVALUATES = /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/

/** The file that this process or worker was started with; none under `--eval` and from standard input. */
function entryPoint() {
  const own = nodeRequire()
  if (own.main?.filename) return own.main.filename
  // An ES module, or what was started before the entry point. A worker's path is its own, whatever its process evaluates.
  if (process.execArgv.some((option) => EVALUATES.test(option)) && isMainThread()) return undefined
  const [, path] = process.argv
  return path !== undefined && isAbsolute(path) ? ifThere(() => own.resolve(path)) : undefined
}

/** Node's own, which the code of a bundle is not given. */
function nodeRequire() {
  return createRequire(ownPlace())
}

function ownPlace() {
  return ownFiles()[0] ?? process.execPath
}

/** Asked seldom: its module loads those of streams, which take longer than a first token. */
function isMainThread() {
  return require('node:worker_threads').isMainThread
}

/**
 * Whether Node could find `name` in this folder, as a folder or a file.
 *
 * @param {string} folder
 * @param {string} name
 */
function holds(folder, name) {
  const suffixes = ['', ...Object.keys(nodeRequire().extensions)]
  return suffixes.some((suffix) => ifAllowed(() => existsSync(join(folder, name) + suffix)) ?? false)
}

/**
 * Whether what Node finds under this name can be another user's work.
 *
 * @param {string} name
 * @param {string} [place] the file that needs it
 */
function isPlanted(name, place = ownPlace()) {
  const found = ifThere(() => createRequire(place).resolve(name))
  return found !== undefined && found !== resolved(place, name)
}

/** What Node says of a package that is not there, or in no folder that its permission model lets this process read. */
const ABSENT = new Set(['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_ACCESS_DENIED', 'ENOENT'])

/** @param {() => string} find */
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
  const from = createRequire(place)
  const first = (from.resolve.paths?.(name) ?? []).find((folder) => holds(folder, name))
  if (first !== undefined && isForeign(first, name, place, ownPlace())) return undefined
  const found = ifThere(() => from.resolve(name))
  if (found === undefined) return undefined
  // Node goes on to the next folder if it finds no module in one, and begins with the package.json above the file.
  const folder = first && ifThere(() => realpathSync(join(first, name)))
  if (folder !== undefined && (found === folder || found.startsWith(join(folder, sep)))) return found
  return isForeignFile(found, place) || isOfAnother(found, place) ? undefined : found
}

module.exports = { isPlanted, requirePeer, resolvePeer, usePeersOf }
