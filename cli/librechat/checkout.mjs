import {
  chmodSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { Refusal } from './refusal.mjs'

/**
 * A folder with LibreChat's source, of which only this knows that it is on a disk.
 *
 * @typedef {ReturnType<typeof openCheckout>} Checkout
 * @typedef {{ path: string, before: string | undefined, after: string | undefined }} Change
 */

/** The package that every LibreChat has had for as long as the patches reach back. */
const BACKEND = { path: 'api/package.json', name: '@librechat/backend' }

/**
 * @param {string} folder
 * @throws {Refusal} where that is no LibreChat
 */
export function openCheckout(folder) {
  const root = rootOf(folder)
  const checkout = {
    root,
    version: '',
    /** @param {string} path */
    has: (path) => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined,
    /**
     * @param {string} path
     * @returns {string | undefined} undefined where there is no such file
     */
    read: (path) => read(root, path),
    /** @param {Change[]} changes */
    write: (changes) => write(root, changes),
  }
  const backend = parsed(checkout.read(BACKEND.path))
  if (backend?.name !== BACKEND.name) {
    throw new Refusal([
      { path: folder, message: `is no LibreChat checkout: there is no ${BACKEND.path} of ${BACKEND.name}` },
    ])
  }
  checkout.version = String(backend.version ?? '')
  return checkout
}

/** @param {string} folder */
function rootOf(folder) {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return realpathSync(folder)
  throw new Refusal([{ path: folder, message: stat ? 'is not a folder' : 'does not exist' }])
}

/** @param {string | undefined} text */
function parsed(text) {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/**
 * @param {string} root
 * @param {string} path
 */
function read(root, path) {
  const file = join(root, path)
  /** @param {string} message */
  const refuse = (message) => new Refusal([{ path, line: 1, message }])
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  // To replace it would put a file where the link is, and what it leads to may be others' too.
  if (stat.isSymbolicLink() || realpathSync(file) !== file) throw refuse('is reached by a symbolic link')
  if (!stat.isFile()) throw refuse('is not a file')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    throw refuse(`cannot be read: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * Makes all changes or none: each file is written beside its old self and then takes its place, and where one cannot,
 * those before it get theirs back.
 *
 * @param {string} root
 * @param {Change[]} changes
 */
function write(root, changes) {
  const readOnly = changes.filter(({ path, before }) => before !== undefined && !isWritable(join(root, path)))
  if (readOnly.length > 0) {
    throw new Refusal(readOnly.map(({ path }) => ({ path, line: 1, message: 'is read-only' })))
  }
  /** @type {Change[]} */
  const done = []
  for (const change of changes) {
    try {
      replace(join(root, change.path), change.after)
      done.push(change)
    } catch (error) {
      for (const { path, before } of done) replace(join(root, path), before)
      const { message } = /** @type {Error} */ (error)
      throw new Refusal([{ path: change.path, line: 1, message: `cannot be written: ${message}` }])
    }
  }
}

/**
 * By its mode: root may write to every file, but whoever made one read-only meant it.
 *
 * @param {string} file
 */
const isWritable = (file) => (statSync(file).mode & 0o200) !== 0

/**
 * @param {string} file
 * @param {string | undefined} text undefined for no file
 */
function replace(file, text) {
  if (text === undefined) return rmSync(file)
  const temporary = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx' })
    const mode = statSync(file, { throwIfNoEntry: false })?.mode
    if (mode !== undefined) chmodSync(temporary, mode)
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}
