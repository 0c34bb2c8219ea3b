// Plants members that cannot be assigned to on Object.prototype, one name at a time, and prints the calls for which that made a
// difference. The names come as JSON on the command line.
import {
  EnvironmentCredential,
  ManagedIdentityCredential,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
} from 'azure-openai-entra'

const names = JSON.parse(process.argv[2])
const CHAT = 'https://my-resource.openai.azure.com/openai/v1/models'
const shared = Object.getPrototypeOf({})
const answered = new Response('{}')
process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST ??= 'none'

/** @param {RequestInit['headers']} headers */
const sentBy = async (headers) => {
  /** @type {unknown} */
  let sent
  const fetch = entraIdFetch(async (_, init) => {
    const given = /** @type {any} a plain object, a list or Headers */ (init?.headers)
    sent = given instanceof Headers ? given.get('authorization') : Object.entries(given)
    return answered
  })
  await fetch(CHAT, { headers })
  return sent
}

const STEPS = [
  () => getAzureOpenAIToken(),
  () => sentBy({ 'x-a': 'b', 'api-key': 'k' }),
  () => sentBy([['x-a', 'b']]),
  () => sentBy(undefined),
  () => getAzureOpenAIAuthHeaders({ url: CHAT }),
  async () => (await new ManagedIdentityCredential().getToken('https://vault.azure.net/.default')).token,
  () => new EnvironmentCredential().getToken(''),
]

const outcome = async () => {
  clearTokenCache()
  /** @type {unknown[]} */
  const told = []
  for (const step of STEPS)
    told.push(
      await step().catch((/** @type {any} any error */ error) => [error.name, error.code, error.message]),
    )
  return told
}
/** @param {unknown} told */
const asText = (told) => JSON.stringify(told).replaceAll(/[0-9a-f]{64}-access-token/g, 'a-token')

const expected = asText(await outcome())
for (const name of names)
  for (const descriptor of [{ value: undefined }, { get() {}, set() {} }]) {
    Object.defineProperty(
      shared,
      name,
      Object.assign(Object.create(null), descriptor, { configurable: true }),
    )
    const told = await outcome()
    Reflect.deleteProperty(shared, name)
    if (asText(told) !== expected) console.log(name, Object.keys(descriptor)[0], asText(told), expected)
  }
console.log('done')
