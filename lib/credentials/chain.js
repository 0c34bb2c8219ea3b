'use strict'

const { AggregateAuthenticationError, CredentialUnavailableError } = require('../identity-error')

/** The errors after which the next credential is asked, by name: those of `@azure/identity` count too. */
const GOES_ON = new Set(['CredentialUnavailableError', 'AuthenticationRequiredError'])

/**
 * The token of the first of `sources` that gives one. A chain remembers nothing: each of its credentials has its cache.
 *
 * @param {import('../..').TokenCredential[]} sources
 * @param {string | string[]} scopes
 * @param {import('../..').GetTokenOptions} options
 * @returns {Promise<import('../..').AccessToken>}
 */
async function askInTurn(sources, scopes, options) {
  const errors = []
  for (const source of sources) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only if this one gives no token
      const token = await source.getToken(scopes, options)
      if (token) return /** @type {import('../..').AccessToken} */ (token)
    } catch (error) {
      const { name } = /** @type {{ name?: string }} */ (Object(error))
      if (!GOES_ON.has(name ?? '')) throw error
      errors.push(error)
    }
  }
  if (errors.length > 0) {
    throw new AggregateAuthenticationError(errors, 'ChainedTokenCredential authentication failed.')
  }
  throw new CredentialUnavailableError('Failed to retrieve a valid token')
}

module.exports = { askInTurn }
