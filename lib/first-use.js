'use strict'

const { EntraIdError } = require('./error')

/** A process that may open no more files, and a system that has no more: neither can load a module. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE'])

/**
 * Loads a module of this package at its first use, which can come when the process has no file descriptor left.
 *
 * @template T
 * @param {() => T} load
 * @returns {T}
 */
function atFirstUse(load) {
  try {
    return load()
  } catch (cause) {
    if (!EXHAUSTED.has(/** @type {NodeJS.ErrnoException} */ (cause).code ?? '')) throw cause
    const message =
      'This process has no file descriptor left to load a part of azure-openai-entra with. ' +
      'Raise its limit (ulimit -n) or find what holds them, then try again.'
    throw new EntraIdError({ code: 'ENTRA_ID_NETWORK', message }, { cause })
  }
}

module.exports = { atFirstUse }
