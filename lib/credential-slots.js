'use strict'

const { nativeIfPresent } = require('./addon')
const { fromFields } = require('./core-bridge')
const { snapshot } = require('./environment')
const { credentialOptions, stringList, tokenOptions } = require('./options')
const { nameOf, own } = require('./own')
const { Slot, accessTokenOf, askOnce, isOrdinary } = require('./token-slot')

/** The tokens of one credential configuration. */
class CredentialSlots {
  /** @type {import('./native').CredentialCall} */
  #call
  /** By scopes and CAE. @type {Map<string, InstanceType<typeof Slot>>} */
  #slots = new Map()
  /** The same of one scope, given as text, without CAE: by that text. @type {Map<unknown, InstanceType<typeof Slot>>} */
  #plain = new Map()
  /** @type {unknown} */
  held

  /**
   * @param {unknown} [options] of `DefaultAzureCredentialOptions`
   * @param {import('./native').ClassCall} [parameters] of a class
   * @param {unknown} [held] what must live as long as the credential: the core knows it only by a number
   */
  constructor(options, parameters, held) {
    this.#call = own({ ...credentialOptions(options), class: parameters })
    this.held = held
    // An app may make a credential that it does not use. The first token says why there is no core.
    const refused = nativeIfPresent()?.checkCredential(snapshot(), this.#call)
    if (refused) throw fromFields(refused)
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   * @returns {Promise<import('..').AccessToken>}
   */
  getToken(scopes, options) {
    // The usual call of a credential in use, without a frame of its own that would have to be resumed.
    const slot = options === undefined ? this.#plain.get(scopes) : undefined
    return slot === undefined ? this.#askFor(scopes, options) : slot.getAccessToken()
  }

  /**
   * @param {string | string[]} scopes
   * @param {import('..').GetTokenOptions} [options]
   */
  async #askFor(scopes, options) {
    const { call, bounds } = tokenOptions(options)
    if (isOrdinary(call)) return this.slotFor(scopes, call.enableCae).getAccessToken(bounds)
    const ownCall = { ...call, scopes: stringList('scopes', scopes), credential: this.#call }
    return accessTokenOf(await askOnce(ownCall, bounds))
  }

  /**
   * The slot of the core's default scope, for calls without one.
   *
   * @internal
   */
  defaultSlot() {
    return this.#slot({ credential: this.#call })
  }

  /**
   * @param {string | string[]} scopes
   * @param {boolean} [enableCae]
   */
  slotFor(scopes, enableCae = false) {
    const isPlain = typeof scopes === 'string' && !enableCae
    const known = isPlain ? this.#plain.get(scopes) : undefined
    if (known !== undefined) return known
    const list = stringList('scopes', scopes)
    const name = nameOf([list, enableCae])
    const slot = this.#slots.get(name) ?? this.#slot({ credential: this.#call, scopes: list, enableCae })
    this.#slots.set(name, slot)
    if (isPlain) this.#plain.set(scopes, slot)
    return slot
  }

  /**
   * Of this credential only. All that are configured alike share their tokens in the core; here one of them, asked under another
   * environment, would change what the others get. And a name would keep a secret here after its credential.
   *
   * @param {import('./native').TokenCall} call
   */
  #slot(call) {
    return new Slot(own(call))
  }
}

module.exports = { CredentialSlots }
