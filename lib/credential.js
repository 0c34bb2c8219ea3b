'use strict'

const native = require('../native')
const { snapshot } = require('./environment')
const { credentialOptions, stringList, tokenOptions } = require('./options')
const { fromFields } = require('./session')
const { accessTokenOf, askOnce, isOrdinary, slotFor } = require('./slot')

/** @implements {Pick<import('..').DefaultAzureCredential, 'getToken'>} */
class DefaultAzureCredential {
  /** @type {import('../native').CredentialCall} */
  #call
  /** @type {Map<string, InstanceType<typeof import('./slot').Slot>>} */
  #slots = new Map()

  /** @param {import('..').DefaultAzureCredentialOptions} [options] */
  constructor(options) {
    this.#call = credentialOptions(options)
    const refused = native.checkCredential(snapshot(), this.#call)
    if (refused) throw fromFields(refused)
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  async getToken(scopes, options) {
    const { call, bounds } = tokenOptions(options)
    if (isOrdinary(call)) return this.slotFor(scopes).getAccessToken(bounds)
    const ownCall = { ...call, scopes: stringList('scopes', scopes), credential: this.#call }
    return accessTokenOf(await askOnce(ownCall, bounds))
  }

  /**
   * The slot of the scope that the core takes where a call names none.
   *
   * @internal
   */
  defaultSlot() {
    return slotFor({ credential: this.#call })
  }

  /**
   * @param {string | string[]} scopes
   * @internal
   */
  slotFor(scopes) {
    const name = typeof scopes === 'string' ? scopes : JSON.stringify(stringList('scopes', scopes))
    let slot = this.#slots.get(name)
    if (slot === undefined) {
      slot = slotFor({ credential: this.#call, scopes: stringList('scopes', scopes) })
      this.#slots.set(name, slot)
    }
    return slot
  }
}

module.exports = { DefaultAzureCredential }
