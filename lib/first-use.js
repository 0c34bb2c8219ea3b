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
    throw isExhausted(cause) ? noFileLeft(cause) : cause
  }
}

/**
 * The same for a function that returns a promise, and therefore does not throw.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
async function rejecting(call) {
  return atFirstUse(call)
}

/** @param {unknown} error of a module that does not load */
function isExhausted(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  // The loader of shared libraries has only a text.
  return EXHAUSTED.has(code ?? '') || (code === 'ERR_DLOPEN_FAILED' && /too many open files/i.test(message))
}

/** @param {unknown} cause */
function noFileLeft(cause) {
  const message =
    'This process has no file descriptor left to load a part of azure-openai-entra with. ' +
    'Raise its limit (ulimit -n) or find what holds them, then try again.'
  return new EntraIdError({ code: 'ENTRA_ID_NETWORK', message }, { cause })
}

module.exports = { atFirstUse, isExhausted, noFileLeft, rejecting }
