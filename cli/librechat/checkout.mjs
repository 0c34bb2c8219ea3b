import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { shown } from '#shown'

import { failureOf } from '../system-error.mjs'
import { becomeOwner, whyNotOwn } from './owner.mjs'
import { Refusal } from './refusal.mjs'
import { writeAll } from './transaction.mjs'

/**
 * A folder with LibreChat's source. The other modules of this tool do not touch the disk.
 *
 * @typedef {ReturnType<typeof openCheckout>} Checkout
 */

/** A package of every version of LibreChat that the patches support. */
const BACKEND = { path: 'api/package.json', name: '@librechat/backend' }

/**
 * @param {string} folder
 * @throws {Refusal} if the folder holds no LibreChat
 */
export function openCheckout(folder) {
  const root = rootOf(folder)
  becomeOwner(root, toShow(folder))
  const checkout = {
    root,
    version: '',
    /** @param {string} path */
    has: (path) => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined,
    /**
     * @param {string} path
     * @returns {string | undefined} undefined if there is no such file
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
        path: toShow(folder),
        message: `${BACKEND.path} of ${BACKEND.name} is missing. ${PASS_CHECKOUT}`,
      },
    ])
  }
  checkout.version = String(backend.version ?? '')
  return checkout
}

const PASS_CHECKOUT = 'Pass the folder of a LibreChat checkout.'

/** A path, or a name as a folder of a checkout has. @param {string} folder */
const toShow = (folder) =>
  shown(/^[\w.-]+$/.test(folder) && /librechat/i.test(folder) ? 'words' : 'path', folder)

/** @param {string} folder */
function rootOf(folder) {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return realpathSync(folder)
  const fact = stat ? 'This is not a folder.' : 'This folder does not exist.'
  throw new Refusal([{ path: toShow(folder), message: `${fact} ${PASS_CHECKOUT}` }])
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
    if (stat.isSymbolicLink() || realpathSync(file) !== file) {
      throw refuse('A symbolic link leads here. Replace the link with its target.')
    }
    if (!stat.isFile()) throw refuse("This is not a file. Restore LibreChat's file.")
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse(`This file cannot be read: ${failureOf(error)}. Make it readable, in UTF-8.`)
  }
}

/**
 * @param {string} root
 * @param {import('./transaction.mjs').Change[]} changes
 */
function write(root, changes) {
  const readOnly = changes.filter(({ path, before }) => before !== undefined && !isWritable(join(root, path)))
  if (readOnly.length > 0) {
    throw new Refusal(
      readOnly.map(({ path }) => ({ path, line: 1, message: 'This file is read-only. Make it writable.' })),
    )
  }
  const foreign = changes.flatMap(({ path }) => {
    const message = whyNotOwn(root, path)
    return message === undefined ? [] : [{ path, message }]
  })
  if (foreign.length > 0) throw new Refusal(foreign)
  return writeAll(root, changes)
}

/**
 * By its mode: root can write to every file, but a mode of read-only is meant.
 *
 * @param {string} file
 */
const isWritable = (file) => (statSync(file).mode & 0o200) !== 0
