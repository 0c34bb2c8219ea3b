'use strict'

const { DefaultAzureCredential } = require('./credential')
const { stringList, tokenOptions, wrong } = require('./options')
const { askOnce, isOrdinary, slotFor, textOf } = require('./slot')

/** The slot of a call without options. */
const azureOpenAI = slotFor({})

/** @type {typeof import('..').getAzureOpenAIToken} */
function getAzureOpenAIToken(options) {
  return options === undefined || options === null ? azureOpenAI.getText() : withOptions(options)
}

/**
 * @param {import('..').TokenOptions} options
 * @returns {Promise<string>}
 */
async function withOptions(options) {
  const { call, bounds } = tokenOptions(options)
  if (!isOrdinary(call)) return textOf(await askOnce(call, bounds))
  const { token } = await slotFor({ scopes: call.scopes }).getAccessToken(bounds)
  return token
}

/** @type {typeof import('..').getBearerTokenProvider} */
function getBearerTokenProvider(credential, scopes, options) {
  if (credential !== undefined && credential !== null && !(credential instanceof DefaultAzureCredential)) {
    throw wrong('credential', 'a DefaultAzureCredential of this package, or undefined', credential)
  }
  const list = stringList('scopes', scopes)
  const { bounds } = tokenOptions({ abortSignal: options?.abortSignal })
  const source = credential ?? new DefaultAzureCredential()
  const slot = source.slotFor(list)
  if (bounds.signal === undefined) return () => slot.getText()
  return async () => (await slot.getAccessToken(bounds)).token
}

module.exports = { getAzureOpenAIToken, getBearerTokenProvider }
