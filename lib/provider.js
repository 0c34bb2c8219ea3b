'use strict'

const { DefaultAzureCredential, ownSlotsOf } = require('./credential')
const { atFirstUse } = require('./first-use')
const { optionalString, optionsObject, stringList, tokenOptions, wrong } = require('./options')
const { own } = require('./own')
const { askOnce, isOrdinary, slotFor, textOf } = require('./token-slot')

/** The slot of a call without options. */
const azureOpenAI = slotFor({})

/** @type {typeof import('..').getAzureOpenAIToken} */
function getAzureOpenAIToken(options) {
  return options === undefined || options === null ? azureOpenAI.getText() : withOptions(options)
}

/**
 * @param {import('..').TokenOptions | import('..').BearerTokenProviderArgs} options
 * @returns {Promise<string>}
 */
async function withOptions(options) {
  const given = optionsObject('options', options)
  if (given.url !== undefined && given.url !== null) {
    const { scopeFor } = atFirstUse(() => require('./allowed-hosts'))
    // Before the scope, so that the address is checked whatever the scope is.
    const scope = scopeFor(given.url)
    given.scope ??= scope
  }
  const { call, bounds } = tokenOptions(given)
  if (!isOrdinary(call)) return textOf(await askOnce(call, bounds))
  const { token } = await slotFor({ scopes: call.scopes }).getAccessToken(bounds)
  return token
}

/**
 * Holds an app's credential for as long as its provider is held: the core knows it only by a number.
 *
 * @type {WeakMap<() => Promise<string>, import('..').TokenCredential>}
 */
const inUse = new WeakMap()

/** @type {typeof import('..').getBearerTokenProvider} */
function getBearerTokenProvider(credential, scopes, options) {
  const list = stringList('scopes', scopes)
  const { abortSignal, tracingOptions, cacheKey } = optionsObject('options', options)
  const { bounds } = tokenOptions({ abortSignal, tracingOptions })
  // As the policy of @azure/core-rest-pipeline does, which is what @azure/identity's function calls.
  const asking = { cacheKey: optionalString('cacheKey', cacheKey) || undefined, enableCae: true }
  const slot = slotOf(credential ?? new DefaultAzureCredential(), list, asking)
  const provider =
    bounds.signal === undefined && bounds.parent === undefined
      ? () => slot.getText()
      : async () => (await slot.getAccessToken(bounds)).token
  if (credential) inUse.set(provider, credential)
  return provider
}

/**
 * @param {import('..').TokenCredential} credential
 * @param {string[] | undefined} scopes the default one if they are omitted
 * @param {{ cacheKey?: string, enableCae?: boolean }} [options]
 */
function slotOf(credential, scopes, options) {
  const { cacheKey, enableCae } = own(options)
  const slots = ownSlotsOf(credential)
  if (slots !== undefined)
    return scopes === undefined ? slots.defaultSlot() : slots.slotFor(scopes, enableCae)
  if (typeof credential !== 'object' || typeof credential.getToken !== 'function') {
    throw wrong('credential', 'an object with a method getToken, or undefined', credential)
  }
  const { numberOf } = atFirstUse(() => require('./app-credential'))
  return slotFor({ scopes, enableCae: true, app: own({ object: numberOf(credential), cacheKey }) })
}

module.exports = { getAzureOpenAIToken, getBearerTokenProvider, slotOf }
