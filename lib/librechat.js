'use strict'

const { entraIdFetch, isEntraIdFetch } = require('./fetch')
const { configurationError } = require('./error')
const { wrong } = require('./options')
const { isOfElements, own } = require('./own')
const { getAzureOpenAIToken } = require('./provider')

/** @typedef {Record<string, any>} Members any, because what is read is checked by its reader */

/** @type {typeof import('..').applyEntraIdAuth} */
function applyEntraIdAuth(result, options) {
  const holder = objectAt('result', result)
  if (holder === undefined) throw wrong('result', 'an object with configOptions', result)
  const { name, target } = holderOfFetch(holder)
  const inner = target && own(target).fetch
  if (isEntraIdFetch(inner)) return result
  const fetch = entraIdFetch(inner, options)
  if (target) set(name, target, 'fetch', fetch)
  else set('result', holder, name, { fetch })
  return result
}

/**
 * Where a client takes its fetch from.
 *
 * @param {Members} result
 */
function holderOfFetch(result) {
  const { configOptions, llmConfig } = own(result)
  const [target, model] = [objectAt('configOptions', configOptions), objectAt('llmConfig', llmConfig)]
  // Claude's client takes it from there, and has no configOptions.
  const ofClaude =
    target || !model ? undefined : objectAt('llmConfig.clientOptions', own(model).clientOptions)
  return ofClaude ? { name: 'llmConfig.clientOptions', target: ofClaude } : { name: 'configOptions', target }
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Members | undefined}
 */
function objectAt(name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || isOfElements(value)) throw wrong(name, 'an object', value)
  return value
}

/**
 * @param {string} name
 * @param {Members} object
 * @param {string} member
 * @param {unknown} value
 */
function set(name, object, member, value) {
  if (Reflect.set(object, member, value)) return
  throw configurationError(
    `${name} must be an object that takes a ${member}, and is frozen or has a read-only ${member}.`,
  )
}

/** @type {typeof import('..').getAzureOpenAIAuthHeaders} */
async function getAzureOpenAIAuthHeaders(options) {
  const token = await getAzureOpenAIToken(options)
  return { Authorization: `Bearer ${token}` }
}

module.exports = { applyEntraIdAuth, getAzureOpenAIAuthHeaders }
