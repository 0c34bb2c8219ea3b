'use strict'

/** @returns {NodeJS.Dict<NodeJS.Module>} by their files; empty in a bundle of ES modules, which has no `require` */
function loadedModules() {
  try {
    return require.cache ?? {}
  } catch {
    return {}
  }
}

module.exports = { loadedModules }
