// A CommonJS module, with `import = require`.

import entra = require('azure-openai-entra')

const provider: () => Promise<string> = entra.getAzureOpenAIToken
const credential: entra.TokenCredential = new entra.DefaultAzureCredential()
const options: entra.TokenOptions = { scope: 'scope' }

async function main(): Promise<entra.AccessToken | null> {
  await Promise.all([provider(), entra.getAzureOpenAIToken(options)])
  if (entra.shouldUseEntraId()) entra.clearTokenCache()
  const stats: entra.CacheStats = entra.cacheStats()
  entra.setLogger(stats.inFlight > 0 ? console : null)
  try {
    await entra.getBearerTokenProvider(credential, 'scope')()
  } catch (error) {
    if (error instanceof entra.EntraIdError) console.error(error.code)
  }
  const token = await new entra.DefaultAzureCredential().getToken('scope')
  return token
}

// @ts-expect-error
entra.getAzureOpenAIToken(1)
// @ts-expect-error
void entra.default

void main()
