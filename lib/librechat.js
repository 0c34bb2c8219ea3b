'use strict'

const { entraIdFetch, isEntraIdFetch } = require('./fetch')
const { audienceOf, notAllowed } = require('./hosts')
const { wrong, optionsObject } = require('./options')
const { getAzureOpenAIToken } = require('./provider')
const { parseUrl } = require('./url')

/** @type {typeof import('..').applyEntraIdAuth} */
function applyEntraIdAuth(result, options) {
  if (typeof result !== 'object' || result === null)
    throw wrong('result', 'an object with configOptions', result)
  const holder = /** @type {{ configOptions?: { fetch?: typeof fetch } | null }} */ (result)
  const configOptions = (holder.configOptions ??= {})
  if (!isEntraIdFetch(configOptions.fetch)) configOptions.fetch = entraIdFetch(configOptions.fetch, options)
  return result
}

/** @type {typeof import('..').getAzureOpenAIAuthHeaders} */
async function getAzureOpenAIAuthHeaders(options) {
  const { url, ...tokenOptions } = optionsObject('options', options)
  const scope = scopeFor(url)
  const token = await getAzureOpenAIToken({ ...tokenOptions, scope: tokenOptions.scope ?? scope })
  return { Authorization: `Bearer ${token}` }
}

/**
 * @param {unknown} address
 * @returns {any} none where the default one is meant
 */
function scopeFor(address) {
  if (address === undefined || address === null) return undefined
  const url = typeof address === 'string' || address instanceof URL ? parseUrl(String(address)) : undefined
  const audience = url && audienceOf(url)
  if (audience === undefined) throw notAllowed(url)
  return audience.scope
}

module.exports = { applyEntraIdAuth, getAzureOpenAIAuthHeaders }
