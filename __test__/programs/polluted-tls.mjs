// Asks two authorities for a token by Node's transport, once for each value of each name planted on Object.prototype: one of a CA
// that is not trusted, and one of a CA that is. Prints what the second one did not serve.
import { ClientSecretCredential } from 'azure-openai-entra'

const [names, values, foreign, trusted, proxy] = process.argv.slice(2).map((text) => JSON.parse(text))
const shared = Object.getPrototypeOf({})
let calls = 0

/**
 * What asks for a token that no one has asked for before: the message, if there is an error.
 *
 * @param {string} authorityHost
 * @param {{ host: string, port: number }} [proxyOptions]
 */
const asking = (authorityHost, proxyOptions) => {
  const retryOptions = { maxRetries: 0 }
  const options = { authorityHost, proxyOptions, disableInstanceDiscovery: true, retryOptions }
  const credential = new ClientSecretCredential('contoso.example', `app-${++calls}`, 'a-secret', options)
  const failed = (/** @type {Error} */ error) => error.message
  return () => credential.getToken('https://vault.azure.net/.default').then(() => 'a token', failed)
}

for (const name of names) {
  for (const value of values) {
    const asks = [undefined, proxy].flatMap((way) => [asking(foreign, way), asking(trusted, way)])
    shared[name] = value
    const told = []
    for (const ask of asks) told.push(await ask())
    Reflect.deleteProperty(shared, name)
    if (told[1] !== 'a token' || told[3] !== 'a token') console.log(name, typeof value, told[1], told[3])
  }
}
console.log('done')
