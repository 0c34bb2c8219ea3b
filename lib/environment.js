'use strict'

/**
 * Stands in variables and options where a key is asked for. What deals with it is loaded by its first use, this at once.
 *
 * @type {typeof import('..').ENTRA_ID_PLACEHOLDER}
 */
const ENTRA_ID_PLACEHOLDER = 'entra-id-placeholder-not-an-api-key'

/** @type {typeof import('..').shouldUseEntraId} */
function shouldUseEntraId() {
  return isTrue(process.env.AZURE_OPENAI_USE_ENTRA_ID)
}

/**
 * Whether a variable says yes, as LibreChat reads its switches.
 *
 * @param {string | undefined} value
 */
function isTrue(value) {
  return typeof value === 'string' && value.trim().toLowerCase() === 'true'
}

/**
 * The environment as JavaScript sees it: in worker threads and in Jest `process.env` is a copy that native code
 * cannot read. It is whole because command-line tools inherit it.
 *
 * @returns {Record<string, string>}
 */
function snapshot() {
  /** @type {Record<string, string>} */
  const variables = {}
  for (const [name, value] of Object.entries(process.env)) {
    // Jest's copy takes values of any type.
    if (typeof value === 'string') variables[name] = value
  }
  return variables
}

module.exports = { ENTRA_ID_PLACEHOLDER, shouldUseEntraId, isTrue, snapshot }
