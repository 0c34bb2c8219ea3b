import { lstatSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'

import { shown as toShow } from '#shown'

import { failureOf } from '../system-error.mjs'
import { Refusal } from './refusal.mjs'

const SUPERUSER = 0
/** The group that no file should have. */
const NO_GROUP = 65_534
/** Of users other than a folder's owner and its group. */
const OTHERS_WRITE = 0o002
/** In a folder with it, users exchange only what is theirs. */
const STICKY = 0o1000

/**
 * Has root read and write a checkout as its owner, from now on and for good: that user can exchange folders and links at any moment,
 * and what was judged by one path is then another file.
 *
 * @param {string} root of the checkout, its real path
 * @param {string} shown the path as it was given
 * @throws {Refusal} if this process may not become that user, or a third one can exchange the checkout
 */
export function becomeOwner(root, shown) {
  if (process.geteuid?.() !== SUPERUSER) return
  // An image's working directory can be root's, and all in it another user's.
  const stats = [root, join(root, 'api')].map((folder) => lstatSync(folder, { throwIfNoEntry: false }))
  const owner = stats.find((stat) => stat && stat.uid !== SUPERUSER)
  refuseBelowOthers(root, owner?.uid ?? SUPERUSER, shown)
  if (owner === undefined) return
  try {
    process.setgroups?.([])
    process.seteuid?.(owner.uid)
    const group = groupOfUser()
    process.seteuid?.(SUPERUSER)
    const { initgroups } = /** @type {any} not declared */ (process)
    if (group !== undefined) initgroups?.(owner.uid, group)
    // The folder's can be one of which that user is no member, such as root's.
    process.setegid?.(group ?? (owner.gid || NO_GROUP))
    process.seteuid?.(owner.uid)
  } catch (error) {
    const message = `This folder is of another user, and this process cannot act as that user: ${failureOf(error)}. Run this command as that user.`
    throw new Refusal([{ path: shown, message }])
  }
}

/** The group of the user whose rights this process has; undefined for a user without a name, as in a container. */
function groupOfUser() {
  try {
    return userInfo().gid
  } catch {
    return undefined
  }
}

/**
 * Users with the right to write in a folder above the checkout can put another one, or a link, in its place.
 *
 * @param {string} root
 * @param {number} owner of the checkout
 * @param {string} shown
 */
function refuseBelowOthers(root, owner, shown) {
  for (let folder = root; folder !== dirname(folder);) {
    folder = dirname(folder)
    const { uid, mode } = lstatSync(folder)
    const isOpen = (mode & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE
    if (isOpen || (uid !== SUPERUSER && uid !== owner)) {
      const message = `Another user can exchange it, because ${isOpen ? 'every user may write in' : 'to that user belongs'} the folder ${toShow('path', folder)}. Run this command as the owner of that folder, or move the checkout to another one.`
      throw new Refusal([{ path: shown, message }])
    }
  }
}

/**
 * Why root may not write a file of its own checkout; undefined if it may.
 *
 * @param {string} root
 * @param {string} path
 */
export function whyNotOwn(root, path) {
  if (process.geteuid?.() !== SUPERUSER) return undefined
  for (let folder = dirname(join(root, path)); ; folder = dirname(folder)) {
    const { uid } = lstatSync(folder)
    if (uid !== SUPERUSER)
      return `The folder ${relative(root, folder).replaceAll(sep, '/') || '.'} is of another user, and that user can exchange it. Give it to root, or run this command as that user.`
    if (folder === root) return undefined
  }
}
