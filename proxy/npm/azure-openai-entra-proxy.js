#!/usr/bin/env node
'use strict'

// Starts the program of this platform's package. Signals and the exit code pass through.

const { spawn } = require('node:child_process')
const {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} = require('node:fs')
const { basename, dirname, isAbsolute, join, parse, resolve, sep } = require('node:path')

const NAME = 'azure-openai-entra-proxy'
const PACKAGE = `${NAME}-${process.platform}-${process.arch}`
const PROGRAM = process.platform === 'win32' ? `${NAME}.exe` : NAME
/** What all owners are that a user namespace, such as that of a rootless container, does not know. */
const OVERFLOW = 65_534
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

function programFile() {
  try {
    const file = installedFile()
    accessSync(file, constants.X_OK)
    return file
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    const reason = code === 'MODULE_NOT_FOUND' ? 'is not installed' : `cannot be run: ${message}`
    process.stderr.write(
      `The package ${PACKAGE} ${reason}. Install ${NAME} again, with its optional dependencies, on this machine.\n`,
    )
    process.exit(1)
  }
}

/** The first in the folders in which Node looks, if no other user can have put it there. */
function installedFile() {
  // Yarn's Plug'n'Play has no such folders.
  if ('pnp' in process.versions) return require.resolve(`${PACKAGE}/${PROGRAM}`)
  const folders = require.resolve.paths(PACKAGE) ?? []
  const first = folders.find((folder) => existsSync(join(folder, PACKAGE, PROGRAM)))
  if (first === undefined || isForeign(first))
    throw Object.assign(new Error(PACKAGE), { code: 'MODULE_NOT_FOUND' })
  return join(first, PACKAGE, PROGRAM)
}

/**
 * Whether the working directory has it, which relative folders of NODE_PATH and a relative `$HOME` are in, or another user made it,
 * or a folder or a link on the way to it, in a folder in which all may, such as `/tmp`: Node also looks above this package and in
 * `$HOME`. On Windows that is the root of a drive, and Node knows no owners there. What leads to this file too is not asked: its
 * owner could put another launcher there.
 *
 * @param {string} folder
 */
function isForeign(folder) {
  const home = process.env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME'] ?? ''
  const isOfHome = /^\.node_(?:modules|libraries)$/.test(basename(folder))
  if (!isAbsolute(folder) || (isOfHome && !isAbsolute(home))) return true
  const own = process.getuid?.()
  if (own === undefined)
    return dirname(folder) === parse(folder).root && !__filename.startsWith(join(folder, sep))
  const modeAbove = (/** @type {string} */ path) => statSync(dirname(path)).mode
  // It may be any user, unless all can replace this file too.
  const { uid } = lstatSync(__filename)
  const isReplaceable = (modeAbove(__filename) & 0o1002) === 0o002
  const users = [
    ...(own === OVERFLOW && isInNamespace() ? [] : [own]),
    ...(uid === OVERFLOW && !isReplaceable ? [] : [uid]),
  ]
  const trusted = [0, ...users]
  const asked = new Set()
  /** @type {(path: string) => boolean} */
  const isForeignPath = (path) => {
    if (asked.has(path) || path === dirname(path) || __filename.startsWith(path + sep)) return false
    asked.add(path)
    if (isForeignPath(dirname(path))) return true
    const found = lstatSync(path)
    if (!trusted.includes(found.uid) && (modeAbove(path) & 0o002) !== 0) return true
    return found.isSymbolicLink() && targetsOf(path).some(isForeignPath)
  }
  return isForeignPath(join(folder, PACKAGE, PROGRAM))
}

/** Whether {@link OVERFLOW} can be any user: the map of users is not that in which each is itself, as Linux writes it. */
function isInNamespace() {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    return process.platform === 'linux'
  }
}

/** The path that a link names, and the real one. @param {string} link */
function targetsOf(link) {
  return [resolve(realpathSync(dirname(link)), readlinkSync(link)), realpathSync(link)]
}

/** Where a process cannot become another program. @param {string} file @param {string[]} args */
function runBeside(file, args) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child
  // Before the program can be seen to run. On Windows, Ctrl+C reaches both.
  for (const signal of SIGNALS) process.on(signal, () => process.platform === 'win32' || child?.kill(signal))
  child = spawn(file, args, { stdio: 'inherit' })
  child.on('error', (error) => {
    process.stderr.write(`${file} cannot be run: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const each of SIGNALS) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  })
}

const file = programFile()
const args = process.argv.slice(2)
// From Node 22.15 on this process becomes the program: no second process waits beside it.
const { execve } = /** @type {{ execve?: (file: string, args: string[]) => never }} */ (process)
if (execve !== undefined && process.platform !== 'win32') execve.call(process, file, [file, ...args])
else runBeside(file, args)
