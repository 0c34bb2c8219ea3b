'use strict'

// A whole app: loads the openai package and a provider, gets one answer, and ends.

const { IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** @param {{ implementation: import('./implementations.cjs').Name, endpoint: string }} spec */
const main = async ({ implementation, endpoint }) => {
  const { AzureOpenAI } = require('openai')
  const openai = new AzureOpenAI({
    endpoint,
    apiVersion: '2024-10-21',
    azureADTokenProvider: IMPLEMENTATIONS[implementation]().newProvider(),
    apiKey: /** @type {any} its type leaves out what it takes */ (null),
  })
  const messages = [{ role: /** @type {const} */ ('user'), content: 'Hello?' }]
  const { choices } = await openai.chat.completions.create({ model: 'any', messages })
  report({ answer: choices[0].message.content })
}
main(spec())
