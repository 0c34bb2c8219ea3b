// Three requests that fall back to their key; the argument says whether a logger is set.
import { cacheStats, entraIdFetch, setLogger } from 'azure-openai-entra'

const { log } = console
setLogger(process.argv[2] === 'own' ? { debug() {}, info() {}, warn: log, error: log } : null)
const send = entraIdFetch(async () => new Response('{}'))
for (let i = 0; i < 3; i++) {
  await send('https://my-resource.openai.azure.com/', { headers: { 'api-key': 'a key of the test' } })
}
console.log(JSON.stringify(cacheStats()))
