import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { redacted } from '#shown'

import { Refusal } from './refusal.mjs'
import { writeAll } from './transaction.mjs'

/**
 * A folder with LibreChat's source, of which only this knows that it is on a disk.
 *
 * @typedef {ReturnType<typeof openCheckout>} Checkout
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
    /** @returns the paths of its own sources */
    list: () => ['api', 'packages'].flatMap((name) => sourcesIn(root, name)),
    /** @param {import('./transaction.mjs').Change[]} changes */
    write: (changes) => write(root, changes),
  }
  const backend = parsed(checkout.read(BACKEND.path))
  if (backend?.name !== BACKEND.name) {
    throw new Refusal([
      {
        path: redacted(folder),
        message: `is no LibreChat checkout: there is no ${BACKEND.path} of ${BACKEND.name}`,
      },
    ])
  }
  checkout.version = String(backend.version ?? '')
  return checkout
}

/** @param {string} folder */
function rootOf(folder) {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return realpathSync(folder)
  throw new Refusal([{ path: redacted(folder), message: stat ? 'is not a folder' : 'does not exist' }])
}

const NOT_OWN = new Set(['node_modules', 'dist', 'build', 'coverage', 'client'])

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(root, folder) {
  const stat = lstatSync(join(root, folder), { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return NOT_OWN.has(entry.name) ? [] : sourcesIn(root, path)
    return entry.isFile() && /\.[jt]s$/.test(entry.name) ? [path] : []
  })
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
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    // Replacing it would put a file where the link is, and other checkouts may use its target too.
    if (stat.isSymbolicLink() || realpathSync(file) !== file) throw refuse('is reached by a symbolic link')
    if (!stat.isFile()) throw refuse('is not a file')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse(`cannot be read: ${/** @type {Error} */ (error).message}`)
  }
}

/**
 * @param {string} root
 * @param {import('./transaction.mjs').Change[]} changes
 */
function write(root, changes) {
  const readOnly = changes.filter(({ path, before }) => before !== undefined && !isWritable(join(root, path)))
  if (readOnly.length > 0) {
    throw new Refusal(readOnly.map(({ path }) => ({ path, line: 1, message: 'is read-only' })))
  }
  return writeAll(root, changes)
}

/**
 * By its mode: root may write to every file, but whoever made one read-only meant it.
 *
 * @param {string} file
 */
const isWritable = (file) => (statSync(file).mode & 0o200) !== 0
