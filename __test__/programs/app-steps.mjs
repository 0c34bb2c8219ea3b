// What an app does with this package, for programs that plant members on Object.prototype.
import http2 from 'node:http2'
import http from 'node:http'
import https from 'node:https'

import {
  AggregateAuthenticationError,
  AuthenticationError,
  AuthenticationRequiredError,
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePipelinesCredential,
  AzurePowerShellCredential,
  ChainedTokenCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  CredentialUnavailableError,
  DefaultAzureCredential,
  ENTRA_ID_PLACEHOLDER,
  EnvironmentCredential,
  InteractiveBrowserCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  VisualStudioCodeCredential,
  WorkloadIdentityCredential,
  applyEntraIdAuth,
  cacheStats,
  checkHealth,
  deserializeAuthenticationRecord,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  healthHandler,
  openTelemetryMetrics,
  prometheusMetrics,
  serializeAuthenticationRecord,
  setLogger,
  shouldUseEntraId,
} from 'azure-openai-entra'

/** An address to which nothing may be sent, as JSON. */
const foreign = JSON.parse(process.argv[3])
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const AZURE = 'https://my-resource.openai.azure.com/openai/models?api-version=1'
// No address: nothing is sent to the real one.
process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST ??= 'none'
const identityHost = process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST

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
/** What a server or a credential of the app would see. @type {unknown[]} */
export const sent = []
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

export const STEPS = {
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

const throwing = (/** @type {unknown} */ thrown) => ({ getToken: () => Promise.reject(thrown) })
/** A fetch of the app's own that answers as told. @param {() => Response} respond */
const answering = (respond) => async () => respond()
const CLAIMS = Buffer.from('{"access_token":{}}').toString('base64')
const challenged = () =>
  new Response('{"error":{"code":"401"}}', {
    status: 401,
    headers: { 'www-authenticate': `Bearer error="insufficient_claims", claims="${CLAIMS}"` },
  })
const tlsOptions = { ca: 'none' }

/** @param {string} placeholder @returns {Record<string, string>[]} */
const hooked = (placeholder) => [{ 'api-key': placeholder }, { authorization: `Bearer ${placeholder}` }]

/** What fewer apps do, and what fails. @type {Record<string, () => unknown>} */
export const RARE_STEPS = {
  'a fetch by each kind of credential': async () => {
    for (const credential of [own, new DefaultAzureCredential(), throwing(new Error('no'))])
      await entraIdFetch(inner, { credential })(AZURE, { method: 'POST', body: 'x' })
  },
  'a fetch with a scope': () => entraIdFetch(inner, { scope: SCOPE })(new URL(AZURE)),
  'a Request': () => entraIdFetch(inner)(new Request(AZURE, { method: 'POST', body: 'x' })),
  'a form': () => entraIdFetch(inner)(AZURE, { method: 'POST', body: new FormData() }),
  'a refused token': async () => {
    for (const credential of [own, undefined])
      for (const body of ['x', undefined, new Blob(['x']).stream()])
        await entraIdFetch(answering(challenged), { credential })(AZURE, {
          method: 'POST',
          body,
          duplex: 'half',
        })
  },
  redirects: async () => {
    for (const location of ['/openai/moved', `${foreign}/x`, ''])
      await entraIdFetch(answering(() => new Response(null, { status: 302, headers: { location } })))(AZURE)
  },
  'a fetch that fails': () =>
    entraIdFetch(() => Promise.reject(new TypeError('fetch failed')))(AZURE).catch(String),
  'providers of each kind': async () => {
    for (const credential of [own, new DefaultAzureCredential(), undefined])
      for (const options of [undefined, { cacheKey: 'alice' }, { abortSignal: new AbortController().signal }])
        await getBearerTokenProvider(credential, [SCOPE], options)()
  },
  'calls with each option': async () => {
    const options = [
      { scope: SCOPE },
      { url: AZURE },
      { timeoutMs: 5000 },
      { claims: '{}' },
      { tenantId: 'another' },
    ]
    for (const option of options) await getAzureOpenAIToken(option).catch(String)
  },
  'an aborted call': () => getAzureOpenAIToken({ signal: AbortSignal.abort() }).catch(String),
  'each class': async () => {
    const assertion = async () => 'an-assertion'
    const [tenantId, clientId] = application
    for (const make of [
      () => new AzureCliCredential(),
      () => new AzureDeveloperCliCredential({ tenantId: 'contoso.example' }),
      () => new AzurePipelinesCredential(tenantId, clientId, 'connection', 'a-system-token'),
      () => new AzurePowerShellCredential(),
      () => new ClientAssertionCredential(tenantId, clientId, assertion),
      () => new ClientCertificateCredential(tenantId, clientId, '/nowhere'),
      () => new ClientCertificateCredential(tenantId, clientId, { certificate: 'none' }),
      () => new ClientSecretCredential(...application),
      () => new ClientSecretCredential(...application, { retryOptions: { maxRetries: 0 }, tlsOptions }),
      () => new ClientSecretCredential('', '', ''),
      () => new EnvironmentCredential(),
      () => new InteractiveBrowserCredential({ tenantId }),
      () => new ManagedIdentityCredential({ resourceId: '/an-id' }),
      () =>
        new OnBehalfOfCredential({
          tenantId,
          clientId,
          getAssertion: assertion,
          userAssertionToken: 'of-a-user',
        }),
      () => new VisualStudioCodeCredential(),
      () => new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath: '/nowhere' }),
    ]) {
      try {
        await tokenOf(make())
      } catch {
        // Some refuse their arguments.
      }
    }
  },
  'what the app throws': async () => {
    const response = { status: 429, headers: new Headers({ 'retry-after': '1' }) }
    const errors = [
      new Error('no'),
      Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
      Object.assign(new Error('busy'), { statusCode: 429, response }),
      new AggregateError([new CredentialUnavailableError('none')]),
      new Error('outer', { cause: new Error('inner') }),
      'a text',
      undefined,
    ]
    for (const error of errors) {
      await tokenOf(new ChainedTokenCredential(throwing(error), own))
      await getBearerTokenProvider(throwing(error), SCOPE)().catch(String)
    }
  },
  'what the app gives': async () => {
    for (const given of [undefined, null, {}, { token: 'x' }, { token: 'x', expiresOnTimestamp: 'soon' }])
      await getBearerTokenProvider(
        /** @type {any} wrong on purpose */ ({ getToken: async () => given }),
        SCOPE,
      )().catch(String)
  },
  'a tracer': async () => {
    const span = { setAttributes() {}, setStatus() {}, end() {} }
    const trace = { getTracer: () => ({ startSpan: () => span }) }
    const key = Symbol.for('opentelemetry.js.api.1')
    Reflect.set(globalThis, key, { trace, context: { active: () => undefined } })
    try {
      await getAzureOpenAIToken({ forceRefresh: true })
      await new EnvironmentCredential().getToken(SCOPE, { claims: '{"a":1}' }).catch(String)
      // A request that nothing answers has no status.
      process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
      await tokenOf(new ManagedIdentityCredential({ retryOptions: { maxRetries: 0 } }))
    } finally {
      process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = identityHost
      Reflect.deleteProperty(globalThis, key)
    }
  },
  'a record of a sign-in': () =>
    ['{}', '{"version":"1.0"}'].map((text) =>
      serializeAuthenticationRecord(deserializeAuthenticationRecord(text)),
    ),
  "Node's transport": async () => {
    process.env.AZURE_OPENAI_ENTRA_TRANSPORT = 'node'
    try {
      await getAzureOpenAIToken({ forceRefresh: true })
      await tokenOf(
        new ClientSecretCredential(...application, {
          proxyOptions: { host: 'http://127.0.0.1', port: 1 },
          retryOptions: { maxRetries: 0 },
        }),
      )
    } finally {
      Reflect.deleteProperty(process.env, 'AZURE_OPENAI_ENTRA_TRANSPORT')
    }
  },
  "the app's transport": async () => {
    const httpClient = {
      sendRequest: async (/** @type {any} not declared */ request) => ({
        request,
        status: 400,
        headers: new Map(),
        bodyAsText: '{}',
      }),
    }
    await tokenOf(
      new ClientSecretCredential(
        ...application,
        /** @type {any} of no class of its own */ ({ httpClient, retryOptions: { maxRetries: 0 } }),
      ),
    )
  },
  'health with details': async () => {
    await checkHealth({ fetch: true, details: true, credential: own, scope: SCOPE })
    const response = /** @type {any} as little as is used */ ({ setHeader() {}, writeHead() {}, end() {} })
    for (const method of ['GET', 'POST'])
      healthHandler({ fetch: true })(/** @type {any} as little as is used */ ({ method }), response)
    return checkHealth({ fetch: true, details: true })
  },
  'metrics and logs': () => {
    setLogger({ error() {}, warn() {}, info() {}, debug() {} })
    prometheusMetrics()
    setLogger(null)
  },
  'requests through the hook': async () => {
    const placeholder = process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER
    if (placeholder === undefined) return
    const nowhere = 'http://127.0.0.1:1'
    for (const address of [nowhere, `${nowhere}/?api-key=${placeholder}`, foreign])
      for (const headers of hooked(placeholder)) {
        await fetch(address, { headers }).catch(String)
        await fetch(new Request(address, { headers })).catch(String)
        await new Promise((resolve) => {
          const { request } = address.startsWith('https') ? https : http
          const sent = request(address, { headers }).on('error', resolve).on('response', resolve)
          sent.end()
        }).catch(String)
        const session = http2.connect(address).on('error', () => {})
        try {
          const stream = session.request({ ':path': '/x', ...headers })
          await new Promise((resolve) => stream.on('error', resolve).on('close', resolve).end())
        } catch {
          // Refused.
        }
        session.destroy()
      }
  },
  'errors of the app': () => [
    new AuthenticationError(400, undefined),
    new AuthenticationRequiredError({ scopes: [SCOPE] }),
    new AggregateAuthenticationError([new Error('no')]),
  ],
}
