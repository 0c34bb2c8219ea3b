// Does what an app does, once for each set of members planted on Object.prototype, and prints each call for which that made a
// difference. The sets come as JSON on the command line: a list of lists of names.
import {
  ChainedTokenCredential,
  ClientSecretCredential,
  CredentialUnavailableError,
  DefaultAzureCredential,
  ENTRA_ID_PLACEHOLDER,
  EnvironmentCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  applyEntraIdAuth,
  cacheStats,
  checkHealth,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  openTelemetryMetrics,
  shouldUseEntraId,
} from 'azure-openai-entra'

const [sets, foreign, methods = []] = process.argv.slice(2).map((text) => JSON.parse(text))
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const AZURE = 'https://my-resource.openai.azure.com/openai/models?api-version=1'
// No address: nothing is sent to the real one.
process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST ??= 'none'

/** Made before anything is planted: Node's own constructors read inherited members too. */
const answered = new Response('{}')
/** Node's own constructor reads inherited members too. */
class OwnRequest {
  /** @type {object | undefined} */
  static given
  headers = {}

  /** @param {string} url @param {object} [init] */
  constructor(url, init) {
    this.url = url
    OwnRequest.given = init
  }
}
const keyed = new OwnRequest(`${AZURE}&api-key=a-key`)
const moved = new Response(null, { status: 307, headers: { location: '/openai/moved' } })
/** @type {unknown[]} */
const sent = []
/** What another function would read of what it is handed. @param {object | undefined} options */
const inheritedOf = (options) => {
  const names = []
  for (const name in options) if (!Object.hasOwn(options, name)) names.push(name)
  return names
}
/** What a server would see. @type {typeof fetch} */
const inner = async (url, init) => {
  const read = (/** @type {keyof RequestInit} */ name) =>
    init && Object.hasOwn(init, name) ? init[name] : undefined
  sent.push([
    url instanceof OwnRequest ? url.url : String(url),
    read('method'),
    read('redirect'),
    read('body'),
    [...new Headers(/** @type {Record<string, string>} */ (read('headers')))],
    // What the app itself hands on is its own matter.
    String(url).startsWith(foreign) ? [] : inheritedOf(init),
  ])
  return String(url).endsWith('/to-be-moved') ? moved : answered
}
const own = {
  getToken: async (/** @type {unknown} */ scopes, /** @type {object} */ options) => {
    sent.push([scopes, Object.entries(options), inheritedOf(options)])
    return { token: 'own-token', expiresOnTimestamp: Date.now() + 3_600_000 }
  },
}

const { AZURE_AUTHORITY_HOST: authority } = process.env
/** @type {[string, string, string]} */
const application = [process.env.AZURE_TENANT_ID ?? '', process.env.AZURE_CLIENT_ID ?? '', 'of-an-option']
/**
 * The token, or the code of its error: not every source serves every class.
 *
 * @param {import('azure-openai-entra').TokenCredential} credential
 */
const tokenOf = async (credential) => {
  try {
    return (await credential.getToken(SCOPE))?.token
  } catch (error) {
    return /** @type {import('azure-openai-entra').EntraIdError} */ (error).code
  }
}

const STEPS = {
  switch: () => shouldUseEntraId(),
  token: () => getAzureOpenAIToken(),
  'token with options': () => getAzureOpenAIToken({}),
  'token again': () => getAzureOpenAIToken({ forceRefresh: true }),
  credential: async () =>
    (await new DefaultAzureCredential({ retryOptions: {} }).getToken(SCOPE, { requestOptions: {} })).token,
  provider: () => getBearerTokenProvider(undefined, SCOPE, {})(),
  'a managed identity': () => tokenOf(new ManagedIdentityCredential()),
  'a managed identity with options': () => tokenOf(new ManagedIdentityCredential('an-id', {})),
  "a managed identity by the app's transport": () =>
    tokenOf(new ManagedIdentityCredential({ tlsOptions: {} })),
  'the environment': () => tokenOf(new EnvironmentCredential({})),
  'an application': () => (authority ? tokenOf(new ClientSecretCredential(...application, {})) : 'none'),
  'a user': () => {
    const [tenantId, clientId, clientSecret] = application
    const options = { tenantId, clientId, clientSecret, userAssertionToken: 'of-a-user' }
    return authority ? tokenOf(new OnBehalfOfCredential(options)) : 'none'
  },
  'own credential': () => getBearerTokenProvider({ ...own }, SCOPE)(),
  fetch: async () =>
    (await entraIdFetch(inner, {})(AZURE, { method: 'POST', body: 'x', headers: { 'api-key': 'k' } })).status,
  'foreign fetch': async () => (await entraIdFetch(inner)(`${foreign}/x`, { headers: {} })).status,
  'fetch without init': async () => (await entraIdFetch(inner)(AZURE)).status,
  'a redirect': async () => {
    const { status } = await entraIdFetch(inner, {})(AZURE.replace(/models.*/, 'to-be-moved'), {})
    return status
  },
  'a failure': async () => {
    const headers = { 'api-key': ENTRA_ID_PLACEHOLDER }
    const failed = await entraIdFetch(inner)(`${foreign}/x`, { headers })
    return [failed.status, failed.statusText, [...failed.headers], (await failed.text()).length]
  },
  librechat: async () => {
    const result = applyEntraIdAuth({ llmConfig: {} })
    return [
      Object.keys(result),
      typeof (/** @type {any} whose type says what was given */ (result).configOptions.fetch),
    ]
  },
  'a chain': async () => {
    const fails = { getToken: () => Promise.reject(new CredentialUnavailableError('none')) }
    const chain = new ChainedTokenCredential(fails, new ManagedIdentityCredential())
    return [await tokenOf(chain), await tokenOf(new ChainedTokenCredential(fails))]
  },
  'headers in each form': async () => {
    const forms = [new Map([['x-a', 'b']]), new Map([['x-a', 'b']]).entries(), [['x-a', 'b']]]
    for (const headers of forms) await entraIdFetch(inner)(AZURE, /** @type {any} a Map too */ ({ headers }))
  },
  headers: () => getAzureOpenAIAuthHeaders({ url: AZURE }),
  'headers without url': () => getAzureOpenAIAuthHeaders({}),
  'foreign headers': () => getAzureOpenAIAuthHeaders({ url: foreign }).catch(({ code }) => code),
  health: async () => Object.entries(await checkHealth({ fetch: true })),
  'health without fetch': async () => Object.entries(await checkHealth({})),
  'a signal': () => getAzureOpenAIToken({ forceRefresh: true, signal: new AbortController().signal }),
  'instruments and spans': () => {
    /** @type {unknown[]} */
    const options = []
    const create = (/** @type {string} */ _name, /** @type {object} */ given) =>
      options.push(inheritedOf(given))
    const ignore = () => {}
    openTelemetryMetrics({
      createObservableCounter: create,
      createObservableGauge: create,
      addBatchObservableCallback: ignore,
      removeBatchObservableCallback: ignore,
    })
    return options
  },
  'a Request with a key in its query': async () => {
    const { status } = await entraIdFetch(inner, {})(/** @type {any} of a class of its own */ (keyed), {})
    return [status, inheritedOf(OwnRequest.given)]
  },
  stats: () => cacheStats().tokens.length,
}

/** Every step's outcome, and what was sent, without what differs from run to run. */
const outcome = async () => {
  clearTokenCache()
  sent.length = 0
  const told = []
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      told.push([name, await step()])
    } catch (thrown) {
      const error = /** @type {NodeJS.ErrnoException | undefined} */ (thrown)
      told.push([name, 'error', error?.code ?? null, error?.message ?? String(error)])
    }
  }
  return [...told, ...sent]
}

/** Only once nothing is planted: a `toJSON` would change this as well. @param {unknown[]} outcome */
const asTexts = (outcome) =>
  outcome.map((each) => JSON.stringify(each).replaceAll(/[0-9a-f]{64}-access-token/g, 'a-token'))

const shared = Object.getPrototypeOf({})
const expected = asTexts(await outcome())
if (expected.some((told) => told.includes('"error"'))) throw new Error(expected.join('\n'))

/**
 * Prints the first call that something planted makes differ.
 *
 * @param {string} what
 * @param {() => () => void} plant
 * @param {string} [except] the step that Node's own classes fail in
 */
const compare = async (what, plant, except) => {
  const remove = plant()
  let seen
  try {
    seen = await outcome()
  } finally {
    remove()
  }
  seen = asTexts(seen)
  const at = seen.findIndex((told, i) => told !== expected[i] && !told.startsWith(`["${except}"`))
  if (at >= 0 || seen.length !== expected.length) console.log(what, seen[at], expected[at])
}

for (const names of sets)
  for (const value of [foreign, 'true', 1, true, {}, []])
    await compare(`${names} ${value}`, () => {
      for (const name of names) shared[name] = value
      return () => {
        for (const name of names) Reflect.deleteProperty(shared, name)
      }
    })

/** The additions of old libraries to a built-in class: functions that loops see. @type {[string, { prototype: any }][]} any, because members are added */
const BUILT_IN = Object.entries({ Object, Array, String, Function, Promise, Map, Number, RegExp })
for (const names of methods)
  for (const [owner, { prototype }] of BUILT_IN) {
    const added = names.filter((/** @type {string} */ name) => !(name in prototype))
    for (const value of [
      () => {},
      /** @this {unknown} */
      function () {
        return this
      },
    ])
      await compare(`${owner}.prototype: ${added}`, () => {
        for (const name of added) prototype[name] = value
        return () => {
          for (const name of added) Reflect.deleteProperty(prototype, name)
        }
      })
  }

/** What old libraries and polyfills put in place of a built-in member. @type {[object, PropertyKey, Function][]} */
const REPLACED = [
  [shared, 'next', () => {}],
  [shared, 'get', (/** @type {unknown} */ key) => key],
  [shared, 'set', () => {}],
  [
    shared,
    Symbol.iterator,
    /** @this {object} */
    function* () {
      yield* Object.entries(this)
    },
  ],
  [
    Array.prototype,
    'entries',
    /** @this {unknown[]} */
    function () {
      return this.slice()
    },
  ],
  [
    Array.prototype,
    'toJSON',
    /** @this {unknown[]} */
    function () {
      return `[${this.join()}]`
    },
  ],
  [
    String.prototype,
    'trim',
    /** @this {string} */
    function () {
      return new String(this.replace(/^\s+|\s+$/g, ''))
    },
  ],
  [String.prototype, 'isWellFormed', () => {}],
]
if (methods.length > 0)
  for (const [prototype, name, value] of REPLACED)
    for (const enumerable of [true, false])
      await compare(
        `in place of ${String(name)}, ${enumerable}`,
        () => {
          const before = Object.getOwnPropertyDescriptor(prototype, name)
          Object.defineProperty(prototype, name, { value, enumerable, writable: true, configurable: true })
          return () => {
            Reflect.deleteProperty(prototype, name)
            if (before) Object.defineProperty(prototype, name, before)
          }
        },
        ['get', 'set'].includes(String(name)) ? 'a failure' : undefined,
      )
console.log('done')
