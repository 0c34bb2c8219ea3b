'use strict'

const { giveSlots, originals, slotsOf } = require('../credential')
const { atFirstUse } = require('../first-use')
const { own } = require('../own')

/**
 * The classes of credentials. Each hands its arguments to `arguments.js` when an object is made, and has a method of its
 * own, which an app can replace without a change to the others.
 *
 * @typedef {import('../..').AccessToken} AccessToken
 * @typedef {import('../..').GetTokenOptions} GetTokenOptions
 */

/**
 * @param {object} credential
 * @param {keyof import('./arguments').Arguments} name
 * @param {unknown[]} given
 */
const make = (credential, name, ...given) =>
  giveSlots(credential, ({ CredentialSlots }) => {
    const { parse } = atFirstUse(() => require('./arguments'))
    const { options, parameters, held } = own(parse(name, given, credential))
    return new CredentialSlots(options, parameters, held)
  })

class ManagedIdentityCredential {
  /** @param {unknown} [clientIdOrOptions] @param {unknown} [options] */
  constructor(clientIdOrOptions, options) {
    make(this, 'ManagedIdentityCredential', clientIdOrOptions, options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class WorkloadIdentityCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'WorkloadIdentityCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class EnvironmentCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'EnvironmentCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class ClientSecretCredential {
  /** @param {unknown} tenantId @param {unknown} clientId @param {unknown} clientSecret @param {unknown} [options] */
  constructor(tenantId, clientId, clientSecret, options) {
    make(this, 'ClientSecretCredential', tenantId, clientId, clientSecret, options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class ClientCertificateCredential {
  /** @param {unknown} tenantId @param {unknown} clientId @param {unknown} certificate @param {unknown} [options] */
  constructor(tenantId, clientId, certificate, options) {
    make(this, 'ClientCertificateCredential', tenantId, clientId, certificate, options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class ClientAssertionCredential {
  /** @param {unknown} tenantId @param {unknown} clientId @param {unknown} getAssertion @param {unknown} [options] */
  constructor(tenantId, clientId, getAssertion, options) {
    make(this, 'ClientAssertionCredential', tenantId, clientId, getAssertion, options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class OnBehalfOfCredential {
  /** @param {unknown} options */
  constructor(options) {
    make(this, 'OnBehalfOfCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class AzurePipelinesCredential {
  /**
   * @param {unknown} tenantId
   * @param {unknown} clientId
   * @param {unknown} serviceConnectionId
   * @param {unknown} systemAccessToken
   * @param {unknown} [options]
   */
  constructor(tenantId, clientId, serviceConnectionId, systemAccessToken, options) {
    const given = [tenantId, clientId, serviceConnectionId, systemAccessToken, options]
    make(this, 'AzurePipelinesCredential', ...given)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class AzureCliCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'AzureCliCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class AzureDeveloperCliCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'AzureDeveloperCliCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class AzurePowerShellCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'AzurePowerShellCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

class VisualStudioCodeCredential {
  /** @param {unknown} [options] */
  constructor(options) {
    make(this, 'VisualStudioCodeCredential', options)
  }
  /** @param {string | string[]} scopes @param {GetTokenOptions} [options] @returns {Promise<AccessToken>} */
  getToken(scopes, options) {
    return slotsOf(this).getToken(scopes, options)
  }
}

const classes = {
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
  EnvironmentCredential,
  ClientSecretCredential,
  ClientCertificateCredential,
  ClientAssertionCredential,
  OnBehalfOfCredential,
  AzurePipelinesCredential,
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePowerShellCredential,
  VisualStudioCodeCredential,
}
for (const { prototype } of Object.values(classes)) originals.add(prototype.getToken)

module.exports = classes
