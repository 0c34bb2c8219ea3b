// An app whose dependent gets this package in place of @azure/identity: a chat that a token of it pays for.

const { createRequire } = require('node:module')
const { AzureOpenAI } = require('openai')

/** As tedious, an SQL client, loads it. */
const identity = createRequire(require.resolve('tedious'))('@azure/identity')
if (identity.cacheStats === undefined) throw new Error("tedious has Microsoft's @azure/identity")

/** What asks a user is Microsoft's, beside it. */
const real = require('@azure/identity-real')
if (real.cacheStats !== undefined) throw new Error('@azure/identity-real is not Microsoft’s package')
const interactive = new identity.DeviceCodeCredential({ disableAutomaticAuthentication: true })

const scope = 'https://cognitiveservices.azure.com/.default'
const openai = new AzureOpenAI({
  endpoint: process.env.AZURE_OPENAI_ENDPOINT,
  apiVersion: '2024-10-21',
  azureADTokenProvider: identity.getBearerTokenProvider(new identity.DefaultAzureCredential(), scope),
  // Else the client would look for one in the environment.
  apiKey: null,
})

const main = async () => {
  const error = await interactive.getToken(scope).catch((/** @type {Error} */ reason) => reason)
  if (!(error instanceof identity.AuthenticationRequiredError)) throw error
  const messages = [{ role: 'user', content: 'Is the token good?' }]
  const chat = await openai.chat.completions.create({ model: 'chat', messages })
  const addon = Object.keys(require.cache).find((file) => file.endsWith('.node'))
  const said = { answer: chat.choices[0].message.content, addon, tokens: identity.cacheStats().fetches }
  process.stdout.write(JSON.stringify(said))
}

void main()
