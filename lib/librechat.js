'use strict'

const { entraIdFetch, isEntraIdFetch } = require('./fetch')
const { wrong } = require('./options')
const { own } = require('./own')
const { getAzureOpenAIToken } = require('./provider')

/** @type {typeof import('..').applyEntraIdAuth} */
function applyEntraIdAuth(result, options) {
  if (typeof result !== 'object' || result === null)
    throw wrong('result', 'an object with configOptions', result)
  const holder = /** @type {{ configOptions?: { fetch?: typeof fetch } | null }} */ (result)
  const configOptions = own(holder).configOptions ?? {}
  const { fetch: inner } = own(configOptions)
  if (!isEntraIdFetch(inner)) configOptions.fetch = entraIdFetch(inner, options)
  holder.configOptions = configOptions
  return result
}

/** @type {typeof import('..').getAzureOpenAIAuthHeaders} */
async function getAzureOpenAIAuthHeaders(options) {
  const token = await getAzureOpenAIToken(options)
  return { Authorization: `Bearer ${token}` }
}

module.exports = { applyEntraIdAuth, getAzureOpenAIAuthHeaders }
