'use strict'

const { optionsObject, stringList } = require('./options')
const { slotOf } = require('./provider')
const { slotFor } = require('./token-slot')

/** @typedef {InstanceType<typeof import('./token-slot').Slot>} Slot */

/**
 * A function that gives the slot of the token for an audience.
 *
 * @param {unknown} options
 * @returns {(audience: import('./allowed-hosts').Audience) => Slot}
 */
function slotChooser(options) {
  const { credential, scope } = optionsObject('options', options)
  const given = scope === undefined || scope === null ? undefined : stringList('scope', scope)
  const slotWith = (/** @type {string[] | undefined} */ scopes) =>
    credential === undefined || credential === null
      ? slotFor({ scopes })
      : slotOf(/** @type {import('..').TokenCredential} */ (credential), scopes)
  /** @type {Map<string | undefined, Slot>} */
  const slots = new Map([[undefined, slotWith(given)]])
  return (audience) => {
    const name = given === undefined ? audience.scope : undefined
    let slot = slots.get(name)
    if (slot === undefined) {
      slot = slotWith(name === undefined ? undefined : [name])
      slots.set(name, slot)
    }
    return slot
  }
}

module.exports = { slotChooser }
