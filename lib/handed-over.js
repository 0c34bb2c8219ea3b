'use strict'

const { atFirstUse } = require('./first-use')

/** @typedef {import('..').GetTokenOptions} GetTokenOptions */

/**
 * What this package leaves to Microsoft's `@azure/identity`, which the app installs beside it: whatever asks a user. The
 * first object loads it.
 *
 * @param {string} name an export of it
 */
function theirs(name) {
  const { installCommand, realIdentity } = atFirstUse(() => require('./real-identity'))
  const identity = realIdentity()
  if (identity !== undefined) return identity[name]
  const { CredentialUnavailableError } = atFirstUse(() => require('./identity-error'))
  throw new CredentialUnavailableError(
    `${name} needs Microsoft's @azure/identity, which this app has not installed. ` +
      `Run ${installCommand()} and leave the import as it is.`,
  )
}

/** A credential of `@azure/identity` behind a class that an app can extend. */
class HandedOver {
  #credential

  /**
   * @param {string} name
   * @param {unknown[]} args
   */
  constructor(name, args) {
    this.#credential = new (theirs(name))(...args)
  }

  /**
   * @param {string | string[]} scopes
   * @param {GetTokenOptions} [options]
   */
  getToken(scopes, options) {
    return this.#credential.getToken(scopes, options)
  }

  /**
   * @param {string | string[]} scopes
   * @param {GetTokenOptions} [options]
   * @protected
   */
  askUser(scopes, options) {
    return this.#credential.authenticate(scopes, options)
  }
}

class InteractiveBrowserCredential extends HandedOver {
  /** @param {unknown[]} args */
  constructor(...args) {
    super('InteractiveBrowserCredential', args)
  }

  /**
   * @param {string | string[]} scopes
   * @param {GetTokenOptions} [options]
   */
  authenticate(scopes, options) {
    return this.askUser(scopes, options)
  }
}

class DeviceCodeCredential extends HandedOver {
  /** @param {unknown[]} args */
  constructor(...args) {
    super('DeviceCodeCredential', args)
  }

  /**
   * @param {string | string[]} scopes
   * @param {GetTokenOptions} [options]
   */
  authenticate(scopes, options) {
    return this.askUser(scopes, options)
  }
}

class UsernamePasswordCredential extends HandedOver {
  /** @param {unknown[]} args */
  constructor(...args) {
    super('UsernamePasswordCredential', args)
  }
}

class AuthorizationCodeCredential extends HandedOver {
  /** @param {unknown[]} args */
  constructor(...args) {
    super('AuthorizationCodeCredential', args)
  }
}

/** @type {typeof import('..').useIdentityPlugin} */
function useIdentityPlugin(plugin) {
  theirs('useIdentityPlugin')(plugin)
}

module.exports = {
  AuthorizationCodeCredential,
  DeviceCodeCredential,
  InteractiveBrowserCredential,
  UsernamePasswordCredential,
  useIdentityPlugin,
}
