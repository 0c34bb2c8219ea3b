'use strict'

const { atFirstUse } = require('./first-use')

/**
 * Loads nothing but itself: `import` reads the class with the rest of the package, and not every app makes one.
 *
 * @implements {Pick<import('..').DefaultAzureCredential, 'getToken'>}
 */
class DefaultAzureCredential {
  /** @type {InstanceType<typeof import('./credential-slots').CredentialSlots>} */
  #slots

  /** @param {import('..').DefaultAzureCredentialOptions} [options] */
  constructor(options) {
    const { CredentialSlots } = atFirstUse(() => require('./credential-slots'))
    this.#slots = new CredentialSlots(options)
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  getToken(scopes, options) {
    return this.#slots.getToken(scopes, options)
  }

  /**
   * The slot of these scopes, or of the default one of the core.
   *
   * @param {string | string[] | undefined} scopes
   * @internal
   */
  slotFor(scopes) {
    return scopes === undefined ? this.#slots.defaultSlot() : this.#slots.slotFor(scopes)
  }
}

module.exports = { DefaultAzureCredential }
