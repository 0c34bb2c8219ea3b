// The backend of the workspace: a chat by way of the shared package, beside a token of its own.

const { initialize } = require('@workspace/api')
const { cacheStats, getAzureOpenAIToken } = require('azure-openai-entra')
const { OpenAI } = require('openai')

const main = async () => {
  const { llmConfig, configOptions } = initialize()
  const openai = new OpenAI({ ...llmConfig, ...configOptions })
  const messages = [{ role: 'user', content: 'Is the token good?' }]
  const [chat] = await Promise.all([
    openai.chat.completions.create({ model: 'chat', messages }),
    getAzureOpenAIToken(),
  ])
  const addon = Object.keys(require.cache).find((file) => file.endsWith('.node'))
  const said = { answer: chat.choices[0].message.content, addon, tokens: cacheStats().fetches }
  process.stdout.write(JSON.stringify(said))
}

void main()
