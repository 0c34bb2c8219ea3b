'use strict'

const { operatorsPlaceholder, shouldUseEntraId } = require('../environment')
const { atFirstUse } = require('../first-use')
// Loaded here, because a timer has no caller that could be told that it cannot be loaded.
const { warn } = require('./warning')

/** Whether the first look at the switch, once it is on, has been acted on. */
let hasBegun = false

/**
 * The placeholder to replace; undefined if Entra ID is off. The environment is read for each request, and the rest of
 * the package, with the addon, is loaded on first use.
 *
 * @returns {string | undefined}
 */
function placeholderInForce() {
  if (!shouldUseEntraId()) return undefined
  const own = operatorsPlaceholder()
  if (!hasBegun) {
    hasBegun = true
    if (isMainThread()) begin(own)
  }
  return own
}

/** Node cannot load this if the app has frozen `process`. */
function isMainThread() {
  try {
    return require('node:worker_threads').isMainThread
  } catch {
    return true
  }
}

/** @param {string | undefined} own */
function begin(own) {
  if (own === undefined) {
    warn(
      'azure-openai-entra/register is off: AZURE_OPENAI_ENTRA_PLACEHOLDER must be a secret of your own of 32 ' +
        'letters and digits or more, of which 8 differ, such as `openssl rand -hex 32` makes. Use it as the API key.',
    )
  } else {
    try {
      // The first request then finds a token, whenever it comes.
      const { DEFAULT } = atFirstUse(() => require('../allowed-hosts'))
      const { hold, slotOfAudience } = atFirstUse(() => require('./exchange'))
      const slot = slotOfAudience(DEFAULT)
      slot.tokenOrStart()
      hold(slot)
    } catch (error) {
      warn(`azure-openai-entra/register has no token: ${/** @type {Error} */ (error).message}`)
    }
  }
}

module.exports = { placeholderInForce }
