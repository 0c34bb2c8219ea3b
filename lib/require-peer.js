'use strict'

const { createRequire } = require('node:module')
const { join } = require('node:path')

/**
 * A package of the app: found from where it runs, or else from where this package lies.
 *
 * @param {string} name
 */
function requirePeer(name) {
  for (const place of [join(process.cwd(), 'package.json'), __filename]) {
    const require = createRequire(place)
    try {
      return require(name)
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code
      if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error
    }
  }
  return undefined
}

module.exports = { requirePeer }
