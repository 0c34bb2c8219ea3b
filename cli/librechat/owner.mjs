import { lstatSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

import { failureOf } from '../system-error.mjs'
import { Refusal } from './refusal.mjs'

const SUPERUSER = 0

/**
 * Has root read and write a checkout as its owner, from now on and for good: that user can exchange folders and links at any moment,
 * and what was judged by one path is then another file.
 *
 * @param {string} root of the checkout, its real path
 * @param {string} shown the path as it was given
 * @throws {Refusal} if this process may not become that user
 */
export function becomeOwner(root, shown) {
  if (process.geteuid?.() !== SUPERUSER) return
  // An image's working directory can be root's, and all in it another user's.
  const stats = [root, join(root, 'api')].map((folder) => lstatSync(folder, { throwIfNoEntry: false }))
  const owner = stats.find((stat) => stat && stat.uid !== SUPERUSER)
  if (owner === undefined) return
  try {
    process.setgroups?.([owner.gid])
    process.setegid?.(owner.gid)
    process.seteuid?.(owner.uid)
  } catch (error) {
    const message = `This folder is of another user, and this process cannot act as that user: ${failureOf(error)}. Run this command as that user.`
    throw new Refusal([{ path: shown, message }])
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
