'use strict'

const { atFirstUse } = require('./first-use')
const { define, own } = require('./own')

/** @typedef {InstanceType<typeof import('./credential-slots').CredentialSlots>} CredentialSlots */

/**
 * Under which a credential keeps its tokens. A symbol, and not a private field, so that a proxy around the object and an
 * object that inherits from it work too.
 */
const SLOTS = Symbol('slots')

/** The methods as this package made them: an app that replaces one wants its own called. */
const originals = new WeakSet()

/**
 * Gives a credential its slots. Only the first object of all loads them: `import` reads the classes with the rest of the
 * package, and not every app makes one.
 *
 * @param {object} credential
 * @param {(slots: typeof import('./credential-slots')) => CredentialSlots} make
 */
function giveSlots(credential, make) {
  const value = make(atFirstUse(() => require('./credential-slots')))
  Object.defineProperty(credential, SLOTS, own({ value }))
}

/**
 * @param {object} credential
 * @returns {CredentialSlots}
 */
function slotsOf(credential) {
  return /** @type {{ [SLOTS]: CredentialSlots }} */ (credential)[SLOTS]
}

/**
 * The slots of a credential of this package whose `getToken` the app has not replaced.
 *
 * @param {unknown} credential
 * @returns {CredentialSlots | undefined}
 */
function ownSlotsOf(credential) {
  const { [SLOTS]: slots, getToken } = /** @type {{ [SLOTS]?: CredentialSlots, getToken?: unknown }} */ (
    Object(credential)
  )
  return originals.has(Object(getToken)) ? slots : undefined
}

/** @implements {Pick<import('..').ChainedTokenCredential, 'getToken'>} */
class ChainedTokenCredential {
  /** @param {import('..').TokenCredential[]} sources */
  constructor(...sources) {
    define(this, '_sources', sources)
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  async getToken(scopes, options = {}) {
    const { askInTurn } = atFirstUse(() => require('./credentials/chain'))
    const { _sources } = /** @type {{ _sources?: import('..').TokenCredential[] }} */ (this)
    return askInTurn(_sources ?? [], scopes, options)
  }
}

/** @implements {Pick<import('..').DefaultAzureCredential, 'getToken'>} */
class DefaultAzureCredential extends ChainedTokenCredential {
  /** @param {import('..').DefaultAzureCredentialOptions} [options] */
  constructor(options) {
    super()
    giveSlots(this, ({ CredentialSlots }) => new CredentialSlots(options))
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}
originals.add(DefaultAzureCredential.prototype.getToken)

module.exports = {
  ChainedTokenCredential,
  DefaultAzureCredential,
  giveSlots,
  originals,
  ownSlotsOf,
  slotsOf,
}
