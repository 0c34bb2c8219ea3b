'use strict'

const { entraIdFetch, isEntraIdFetch } = require('./fetch')
const { wrong } = require('./options')
const { own } = require('./own')
const { getAzureOpenAIToken } = require('./provider')

/**
 * @typedef {{ fetch?: typeof fetch }} Target
 * @typedef {{ configOptions?: Target | null, llmConfig?: { clientOptions?: Target | null } | null }} Result
 */

/** @type {typeof import('..').applyEntraIdAuth} */
function applyEntraIdAuth(result, options) {
  if (typeof result !== 'object' || result === null)
    throw wrong('result', 'an object with configOptions', result)
  const holder = /** @type {Result} */ (result)
  const { llmConfig, configOptions } = own(holder)
  // Claude's client takes its fetch from there, and has no configOptions.
  const clientOptions = configOptions ? undefined : own(llmConfig ?? {}).clientOptions
  const target = configOptions ?? clientOptions ?? (holder.configOptions = {})
  const { fetch: inner } = own(target)
  if (!isEntraIdFetch(inner)) target.fetch = entraIdFetch(inner, options)
  return result
}

/** @type {typeof import('..').getAzureOpenAIAuthHeaders} */
async function getAzureOpenAIAuthHeaders(options) {
  const token = await getAzureOpenAIToken(options)
  return { Authorization: `Bearer ${token}` }
}

module.exports = { applyEntraIdAuth, getAzureOpenAIAuthHeaders }
