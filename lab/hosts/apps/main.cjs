// A program for bundlers that read CommonJS.

const { cacheStats, getAzureOpenAIToken } = require('azure-openai-entra')
const { AzureOpenAI } = require('openai')

const main = async () => {
  const openai = new AzureOpenAI({
    endpoint: process.env.AZURE_OPENAI_ENDPOINT,
    apiVersion: '2024-10-21',
    azureADTokenProvider: getAzureOpenAIToken,
    apiKey: '',
  })
  const messages = [{ role: /** @type {const} */ ('user'), content: 'Is the token good?' }]
  const { choices } = await openai.chat.completions.create({ model: 'chat', messages })
  process.stdout.write(JSON.stringify({ answer: choices[0].message.content, tokens: cacheStats().fetches }))
}

void main()
