'use strict'

const { existsSync, lstatSync } = require('node:fs')

const { own } = require('./own')

/** Node's permission model lets a process read an app, and not the folders above it. */
const DENIED = 'ERR_ACCESS_DENIED'

/** What is said of a path that leads to nothing, that no file can have, or to a place in which this process may read nothing. */
const UNREADABLE = new Set([
  DENIED,
  'ERR_INVALID_ARG_VALUE',
  'EACCES',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
])

/**
 * What a look at the file system tells; undefined if it may not, or there is nothing to look at.
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

/** Whether a file is known to be there. Under the permission model, Node throws in place of an answer. @param {string} path */
function exists(path) {
  return ifAllowed(() => existsSync(path)) ?? false
}

/**
 * Whether Node's permission model forbids to look at a path. Node 20 itself looks for packages there all the same, and loads addons.
 *
 * @param {string} path
 */
function isDenied(path) {
  try {
    lstatSync(path, own({ throwIfNoEntry: false }))
    return false
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === DENIED
  }
}

module.exports = { exists, ifAllowed, isDenied }
