'use strict'

const { entraIdFetch, isEntraIdFetch } = require('./fetch')
const { audienceOf, notAllowed } = require('./allowed-hosts')
const { wrong, optionsObject } = require('./options')
const { own } = require('./own')
const { getAzureOpenAIToken } = require('./provider')
const { parseUrl } = require('./url')

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
  const tokenOptions = optionsObject('options', options)
  tokenOptions.scope ??= scopeFor(tokenOptions.url)
  const token = await getAzureOpenAIToken(tokenOptions)
  return { Authorization: `Bearer ${token}` }
}

/**
 * @param {unknown} address
 * @returns {any} undefined for the default one
 */
function scopeFor(address) {
  if (address === undefined || address === null) return undefined
  const isText = typeof address === 'string' || address instanceof URL
  // A WebSocket begins as a request over TLS to the same host.
  const url = isText ? parseUrl(String(address).replace(/^wss:/i, 'https:')) : undefined
  const audience = url && audienceOf(url)
  if (audience === undefined) throw notAllowed(url)
  return audience.scope
}

module.exports = { applyEntraIdAuth, getAzureOpenAIAuthHeaders }
