'use strict'

const { nativeIfPresent } = require('./addon')
const { fromFields } = require('./core-bridge')
const { snapshot } = require('./environment')
const { credentialOptions, stringList, tokenOptions } = require('./options')
const { own } = require('./own')
const { accessTokenOf, askOnce, isOrdinary, slotFor } = require('./token-slot')

/** The tokens of one credential configuration. */
class CredentialSlots {
  /** @type {import('./native').CredentialCall} */
  #call
  /**
   * The identity in the environment when this was made: a credential of another one does not get its tokens.
   *
   * @type {string | undefined}
   */
  #identity
  /** @type {Map<string, InstanceType<typeof import('./token-slot').Slot>>} */
  #slots = new Map()

  /** @param {import('..').DefaultAzureCredentialOptions} [options] */
  constructor(options) {
    this.#call = credentialOptions(options)
    // An app may make a credential that it does not use. The first token says why there is no core.
    const { identity, refused } = own(nativeIfPresent()?.checkCredential(snapshot(), this.#call))
    if (refused) throw fromFields(refused)
    this.#identity = identity
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  getToken(scopes, options) {
    // The usual call of a credential in use, without a frame of its own that would have to be resumed.
    const slot = options === undefined ? this.#slots.get(/** @type {string} */ (scopes)) : undefined
    return slot === undefined ? this.#askFor(scopes, options) : slot.getAccessToken()
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   */
  async #askFor(scopes, options) {
    const { call, bounds } = tokenOptions(options)
    if (isOrdinary(call)) return this.slotFor(scopes).getAccessToken(bounds)
    const ownCall = { ...call, scopes: stringList('scopes', scopes), credential: this.#call }
    return accessTokenOf(await askOnce(ownCall, bounds))
  }

  /**
   * The slot of the core's default scope, for calls without one.
   *
   * @internal
   */
  defaultSlot() {
    return slotFor({ credential: this.#call }, this.#identity)
  }

  /** @param {string | string[]} scopes */
  slotFor(scopes) {
    const name = typeof scopes === 'string' ? scopes : JSON.stringify(stringList('scopes', scopes))
    let slot = this.#slots.get(name)
    if (slot === undefined) {
      slot = slotFor({ credential: this.#call, scopes: stringList('scopes', scopes) }, this.#identity)
      this.#slots.set(name, slot)
    }
    return slot
  }
}

module.exports = { CredentialSlots }
