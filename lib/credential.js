'use strict'

const native = require('./addon')
const { snapshot } = require('./environment')
const { credentialOptions, stringList, tokenOptions } = require('./options')
const { fromFields } = require('./session')
const { accessTokenOf, askOnce, isOrdinary, slotFor } = require('./slot')

/** The variables that say whose token is meant: a credential that is made under others must not be served another's. */
const IDENTITY = /** @type {const} */ ([
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_TOKEN_CREDENTIALS',
  'AZURE_CONFIG_DIR',
  'AZD_CONFIG_DIR',
])

/** @implements {Pick<import('..').DefaultAzureCredential, 'getToken'>} */
class DefaultAzureCredential {
  /** @type {import('../native').CredentialCall} */
  #call
  /** @type {string} */
  #identity
  /** @type {Map<string, InstanceType<typeof import('./slot').Slot>>} */
  #slots = new Map()

  /** @param {import('..').DefaultAzureCredentialOptions} [options] */
  constructor(options) {
    this.#call = credentialOptions(options)
    const variables = snapshot()
    // By name, not from the snapshot: on Windows a variable has its name in any case.
    this.#identity = JSON.stringify(IDENTITY.map((name) => process.env[name]))
    const refused = native.checkCredential(variables, this.#call)
    if (refused) throw fromFields(refused)
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
      slot = slotFor({ credential: this.#call, scopes: stringList('scopes', scopes) }, this.#identity)
      this.#slots.set(name, slot)
    }
    return slot
  }
}

module.exports = { DefaultAzureCredential }
