'use strict'

const { channel } = require('node:diagnostics_channel')

const { EntraIdError } = require('./error')
const { own } = require('./own')

const fetched = channel('azure-openai-entra:fetch')
const refreshed = channel('azure-openai-entra:refresh')
const failed = channel('azure-openai-entra:failure')
const fellBack = channel('azure-openai-entra:fallback')

/**
 * Tells of the end of a fetch of the process, whichever thread began it.
 *
 * @param {import('./native').FetchFields} event
 */
function publishFetch(event) {
  const { refused, isRefresh, ...fetch } = own(event)
  if (refused) {
    if (failed.hasSubscribers) {
      failed.publish({
        ...fetch,
        isRefresh,
        error: new EntraIdError(/** @type {any} the constructor is private */ (refused)),
      })
    }
    return
  }
  const ended = isRefresh ? refreshed : fetched
  if (ended.hasSubscribers) ended.publish(fetch)
}

/**
 * Tells of a request that goes out with its API key.
 *
 * @param {Error} error why there is no token
 */
function publishFallback(error) {
  if (fellBack.hasSubscribers) fellBack.publish({ error })
}

module.exports = { publishFallback, publishFetch }
