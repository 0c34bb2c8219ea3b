import { randomBytes } from 'node:crypto'
import * as nodeFs from 'node:fs'
import { dirname, join } from 'node:path'

import { failureOf } from '../system-error.mjs'
import { Refusal } from './refusal.mjs'

/**
 * A file and its text before and after; undefined means that there is no file.
 *
 * @typedef {{ path: string, before: string | undefined, after: string | undefined }} Change
 * @typedef {Change & { file: string, next: string, original: string }} Step
 * @typedef {Pick<typeof nodeFs,
 *   'closeSync' | 'copyFileSync' | 'fchmodSync' | 'fchownSync' | 'fstatSync' | 'linkSync' | 'lstatSync' | 'openSync' |
 *   'renameSync' | 'rmSync' | 'writeFileSync'>} FileSystem
 */

/**
 * Makes all changes or none. Everything that needs space on the disk comes first: the new files beside the old ones,
 * and a second name for each old one. After that, files only change their names.
 *
 * @param {string} root
 * @param {Change[]} changes
 * @param {FileSystem} [fs]
 * @returns {string[]} files of its own that it could not remove
 * @throws {Refusal} if a change cannot be made
 */
export function writeAll(root, changes, fs = nodeFs) {
  // What a run left behind that was killed may be the only originals: no later run has its names, as one with the same process id would.
  const run = randomBytes(4).toString('hex')
  const steps = changes.map((change) => {
    const file = join(root, change.path)
    return { ...change, file, next: `${file}.${run}.new`, original: `${file}.${run}.old` }
  })
  /** @type {Step[]} */
  const replaced = []
  let current = steps[0]
  try {
    for (current of steps) prepare(fs, current)
    for (current of steps) {
      replace(fs, current)
      replaced.push(current)
    }
  } catch (error) {
    const lost = replaced.filter((step) => !isDone(() => restore(fs, step)))
    const left = removeOwn(
      fs,
      steps.filter((step) => !lost.includes(step)),
    )
    throw new Refusal(
      [
        { path: current.path, message: `This file cannot be written: ${failureOf(error)}` },
        ...lost.map(({ path, before, original }) => ({
          path,
          message:
            before === undefined
              ? 'This new file could not be removed. Remove it.'
              : `This file could not be restored. Rename ${original} to it.`,
        })),
        ...left.map((path) => ({ path, message: 'This temporary file could not be removed. Remove it.' })),
      ],
      lost.length > 0 ? 'Only a part of the checkout was restored.' : undefined,
    )
  }
  return removeOwn(fs, steps)
}

/**
 * @param {FileSystem} fs
 * @param {Step} step
 */
function prepare(fs, { before, after, file, next, original }) {
  if (after !== undefined)
    writeNew(fs, next, after, before === undefined ? undefined : fs.lstatSync(file), file)
  if (before === undefined) return
  try {
    fs.linkSync(file, original)
  } catch {
    // Some file systems, such as exFAT and network shares, have no hard links.
    fs.copyFileSync(file, original, nodeFs.constants.COPYFILE_EXCL)
  }
}

/**
 * With the owner, the group and the mode of the file that it replaces, or the owner and the group of its folder: what root
 * writes would be closed to the user of the checkout. By its descriptor, because that user can put a link in place of a path.
 *
 * @param {FileSystem} fs
 * @param {string} next
 * @param {string} text
 * @param {nodeFs.Stats | undefined} old
 * @param {string} file
 */
function writeNew(fs, next, text, old, file) {
  const descriptor = fs.openSync(next, 'wx', old === undefined ? 0o666 : 0o600)
  try {
    fs.writeFileSync(descriptor, text)
    keepOwner(fs, descriptor, old ?? fs.lstatSync(dirname(file)))
    // After the owner, whose change clears bits of it.
    if (old !== undefined) fs.fchmodSync(descriptor, old.mode & 0o777)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Only root may give a file to another user, and a user to a group of theirs. */
const NOT_ALLOWED = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP'])

/**
 * @param {FileSystem} fs
 * @param {number} descriptor
 * @param {nodeFs.Stats} old
 */
function keepOwner(fs, descriptor, old) {
  const { uid, gid } = fs.fstatSync(descriptor)
  if (uid === old.uid && gid === old.gid) return
  for (const owner of [old.uid, uid]) {
    try {
      return fs.fchownSync(descriptor, owner, old.gid)
    } catch (error) {
      if (!NOT_ALLOWED.has(String(/** @type {NodeJS.ErrnoException} */ (error).code))) throw error
    }
  }
}

/**
 * @param {FileSystem} fs
 * @param {Step} step
 */
function replace(fs, { after, file, next }) {
  if (after === undefined) fs.rmSync(file)
  else fs.renameSync(next, file)
}

/**
 * @param {FileSystem} fs
 * @param {Step} step
 */
function restore(fs, { before, file, original }) {
  if (before === undefined) fs.rmSync(file, { force: true })
  else fs.renameSync(original, file)
}

/**
 * @param {FileSystem} fs
 * @param {Step[]} steps
 * @returns {string[]} what is still there
 */
function removeOwn(fs, steps) {
  return steps
    .flatMap(({ next, original }) => [next, original])
    .filter((file) => {
      const remove = () => fs.rmSync(file, { force: true })
      return !isDone(remove)
    })
}

/**
 * Whether an action succeeds, the second time if not the first: a file that a scanner or an editor holds open is
 * often free a moment later.
 *
 * @param {() => void} action
 */
function isDone(action) {
  for (let attempts = 0; attempts < 2; attempts++) {
    try {
      action()
      return true
    } catch {
      continue
    }
  }
  return false
}
