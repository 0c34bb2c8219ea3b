import { writeFileSync } from 'node:fs'

/**
 * A module that makes Node take the files whose path fits for another user's, as `lstatSync` tells.
 *
 * @param {string} file the module's path
 * @param {RegExp} pattern
 */
export const writeOtherOwner = (file, pattern) =>
  writeFileSync(
    file,
    `const fs = require('node:fs')
     const { lstatSync } = fs
     fs.lstatSync = (path, options) => {
       const found = lstatSync(path, options)
       return found && Object.assign(found, { uid: found.uid + (${pattern}.test(path) ? 1 : 0) })
     }`,
  )
