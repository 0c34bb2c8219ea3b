// An app of one package: a token from the package, and a chat that it pays for.

const { cacheStats, getAzureOpenAIToken } = require('azure-openai-entra')
const { AzureOpenAI } = require('openai')

const openai = new AzureOpenAI({
  endpoint: process.env.AZURE_OPENAI_ENDPOINT,
  apiVersion: '2024-10-21',
  azureADTokenProvider: getAzureOpenAIToken,
  // Else the client would look for one in the environment.
  apiKey: null,
})

const main = async () => {
  const messages = [{ role: 'user', content: 'Is the token good?' }]
  const chat = await openai.chat.completions.create({ model: 'chat', messages })
  const addon = Object.keys(require.cache).find((file) => file.endsWith('.node'))
  const said = { answer: chat.choices[0].message.content, addon, tokens: cacheStats().fetches }
  process.stdout.write(JSON.stringify(said))
}

void main()
