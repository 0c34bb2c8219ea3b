'use strict'

const { nativeIfPresent } = require('../addon')
const { snapshot } = require('../environment')
const { CredentialUnavailableError, chainError } = require('../identity-error')
const { tokenOptions, wrong } = require('../options')
const { member } = require('../own')
const { within } = require('../within')

/** @typedef {import('../..').AccessToken} AccessToken */
/** @typedef {import('../..').TokenCredential} TokenCredential */

/** The errors after which the next credential is asked, by name: those of `@azure/identity` count too. */
const GOES_ON = new Set(['CredentialUnavailableError', 'AuthenticationRequiredError'])

/**
 * The token of the first of `sources` that gives one. A chain remembers nothing: each of its credentials has its cache.
 *
 * @param {TokenCredential[]} sources
 * @param {string | string[]} scopes
 * @param {import('../..').GetTokenOptions} options
 * @returns {Promise<AccessToken>}
 */
async function askInTurn(sources, scopes, options) {
  const { bounds } = tokenOptions(options)
  const call = {
    isGivenUp: false,
    leave() {
      this.isGivenUp = true
    },
  }
  return within(bounds, firstOf(sources, scopes, options, call), call)
}

/**
 * @param {TokenCredential[]} sources
 * @param {string | string[]} scopes
 * @param {import('../..').GetTokenOptions} options
 * @param {{ isGivenUp: boolean }} call a source that is not this package's may not heed its bounds
 * @returns {Promise<AccessToken>}
 */
async function firstOf(sources, scopes, options, call) {
  const errors = []
  // Prototype.js has an `entries` of its own for arrays.
  let index = 0
  for (const source of sources) {
    if (call.isGivenUp) break
    index += 1
    if (!isCredential(source))
      throw wrong(`Credential ${index} of the chain`, 'an object with a method getToken', source)
    try {
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only if this one gives no token
      const token = await source.getToken(scopes, options)
      if (token) return /** @type {AccessToken} */ (token)
    } catch (error) {
      if (!GOES_ON.has(nameOf(error))) throw error
      errors.push(error)
    }
  }
  if (errors.length > 0) {
    throw chainError(errors, redacted)
  }
  throw new CredentialUnavailableError('Failed to retrieve a valid token')
}

/**
 * What the credentials of a chain say, without secrets. Without the core, which finds them, nothing but the first line is told.
 *
 * @param {string} words
 */
function redacted(words) {
  return nativeIfPresent()?.redactForeign(words, snapshot()) ?? words.split('\n', 1)[0]
}

/** @param {unknown} source */
function isCredential(source) {
  return (
    typeof (/** @type {Partial<TokenCredential> | undefined} */ (source ?? undefined)?.getToken) ===
    'function'
  )
}

/**
 * @param {unknown} error whatever was thrown
 * @returns {string}
 */
function nameOf(error) {
  try {
    return member(error, 'name')
  } catch {
    // It is thrown on as it is.
    return ''
  }
}

module.exports = { askInTurn }
