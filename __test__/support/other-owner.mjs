import { writeFileSync } from 'node:fs'

/**
 * A module that makes Node take the files whose path fits for another user's, as `lstatSync` tells.
 *
 * @param {string} file the module's path
 * @param {RegExp} pattern
 * @param {number} [owner] by default neither this process's user nor the superuser
 * @param {string[]} [absentFor] functions of `node:fs` that find no such files, as if their owner moved them away when asked: Node's
 *   own search still does
 */
export const writeOtherOwner = (file, pattern, owner = (process.getuid?.() ?? 0) + 1, absentFor = []) =>
  writeFileSync(
    file,
    `const fs = require('node:fs')
     const { lstatSync } = fs
     fs.lstatSync = (path, options) => {
       const found = lstatSync(path, options)
       return found && Object.assign(found, ${pattern}.test(path) && { uid: ${owner} })
     }
     for (const name of ${JSON.stringify(absentFor)}) {
       const look = fs[name]
       fs[name] = (path, ...rest) => look(${pattern}.test(path) ? '/nowhere' : path, ...rest)
     }`,
  )

/**
 * A module that makes this process that of the user who stands in a user namespace for all owners that it does not know.
 *
 * @param {string} file the module's path
 */
export const writeNamespace = (file) =>
  writeFileSync(
    file,
    `const fs = require('node:fs')
     const { readFileSync } = fs
     process.getuid = () => 65534
     fs.readFileSync = (path, ...rest) =>
       path === '/proc/self/uid_map' ? '     65534      65534          1\\n' : readFileSync(path, ...rest)`,
  )
