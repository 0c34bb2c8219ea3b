// An app in the manner of the edited LibreChat: with Entra ID off it sends its key. Prints what became of a request and,
// with Entra ID on, of each way to ask for a token.
'use strict'

const {
  ENTRA_ID_PLACEHOLDER,
  EntraIdError,
  DefaultAzureCredential,
  applyEntraIdAuth,
  cacheStats,
  checkHealth,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  prometheusMetrics,
  setLogger,
  shouldUseEntraId,
} = require('azure-openai-entra')

const [, , url] = process.argv
const scope = 'https://cognitiveservices.azure.com/.default'

const send = async () => {
  /** @type {{ apiKey?: string, configOptions: { fetch?: typeof fetch } }} */
  const options = { apiKey: process.env.AZURE_API_KEY, configOptions: {} }
  if (shouldUseEntraId()) {
    options.apiKey = ENTRA_ID_PLACEHOLDER
    applyEntraIdAuth(options)
  }
  const { fetch: wrapped = fetch } = options.configOptions
  const response = await wrapped(url, { headers: { 'api-key': String(options.apiKey) } })
  return `${response.status} ${response.headers.get('x-entra-id-error')}`
}

/** @param {() => Promise<unknown>} ask */
const outcome = (ask) =>
  ask().catch((/** @type {Error} */ error) => (error instanceof EntraIdError ? error.code : error.stack))

async function main() {
  setLogger(console)
  const provider = getBearerTokenProvider(undefined, scope)
  const credential = new DefaultAzureCredential()
  /** @type {Record<string, unknown>} */
  const results = { sent: await send(), health: (await checkHealth()).status, fetches: cacheStats().fetches }
  results.hasMetrics = prometheusMetrics().includes('_health_status{status="idle"} 1')
  if (shouldUseEntraId()) {
    results.getAzureOpenAIToken = await outcome(getAzureOpenAIToken)
    results.provider = await outcome(provider)
    results.getToken = await outcome(() => credential.getToken(scope))
    results.again = (await checkHealth()).status
  }
  process.stdout.write(JSON.stringify(results))
}
main()
