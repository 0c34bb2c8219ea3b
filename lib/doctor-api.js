'use strict'

const { native, nativeIfPresent } = require('./addon')
const { audienceOf } = require('./allowed-hosts')
const { snapshot, variable } = require('./environment')
const { EntraIdError, summaryOf } = require('./error')
const { own } = require('./own')
const { usePeersOf } = require('./require-peer')
const { described } = require('./shown')
const { askOnce } = require('./token-slot')

/** What the command-line tool asks that apps do not: each source by itself, and the way to the authority. */

/**
 * A token of a single source of the default chain, requested as the chain does.
 *
 * @param {string} credential for instance `ManagedIdentityCredential`
 * @param {string[]} [scopes] default: Azure OpenAI's
 * @returns {Promise<import('./native').ServedToken>}
 * @throws {import('./error').EntraIdError} by rejection; without attempts where `AZURE_TOKEN_CREDENTIALS` leaves the source out
 */
function askSource(credential, scopes) {
  return askOnce(own({ scopes, credential: own({ only: credential }) }), own({}))
}

/** Asks the authority for its public metadata, by the way that tokens come. */
async function reachAuthority() {
  return own(await native().reachAuthorityOf(snapshot(), own({})))
}

/**
 * What an endpoint or a library says, on one line and without secrets. Only the core knows them: if it does not load, the length
 * is told.
 *
 * @param {string} words
 * @param {string} [sent] the token that the endpoint was sent, which it can repeat in any writing
 */
function quoteForeign(words, sent) {
  const core = nativeIfPresent()
  return core === undefined ? described(words) : core.quoteForeign(words, sent)
}

/**
 * @param {unknown} error
 * @returns {error is import('..').EntraIdError}
 */
function isEntraIdError(error) {
  return error instanceof EntraIdError
}

/** The exports that Microsoft's package provides. */
function handedOver() {
  return Object.keys(require('./handed-over'))
}

module.exports = {
  askSource,
  audienceOf,
  handedOver,
  isEntraIdError,
  quoteForeign,
  reachAuthority,
  summaryOf,
  usePeersOf,
  variable,
}
