// What every host runs: a token from the package, and a chat that it pays for.

import { cacheStats, getAzureOpenAIToken } from 'azure-openai-entra'
import { AzureOpenAI } from 'openai'

export const chat = async () => {
  const openai = new AzureOpenAI({
    endpoint: process.env.AZURE_OPENAI_ENDPOINT,
    apiVersion: '2024-10-21',
    azureADTokenProvider: getAzureOpenAIToken,
    apiKey: '',
  })
  const messages = [{ role: /** @type {const} */ ('user'), content: 'Is the token good?' }]
  const { choices } = await openai.chat.completions.create({ model: 'chat', messages })
  return { answer: choices[0].message.content, tokens: cacheStats().fetches }
}
