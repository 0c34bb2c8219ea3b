'use strict'

const SCOPE = 'https://cognitiveservices.azure.com/.default'

/**
 * @typedef {'ours' | 'baseline' | 'constant' | 'nothing' | 'request'} Name
 * @typedef {{ getToken: (scope: string, options?: object) => Promise<unknown> }} Credential
 * @typedef {() => Promise<string>} Provider
 * @typedef {{ newCredential: (name?: string, user?: number) => Credential, newProvider: (scope?: string) => Provider }} Surface
 */

/**
 * The same surface of all that is compared; only what is asked for is loaded.
 *
 * @type {Record<Name, () => Surface>}
 */
const IMPLEMENTATIONS = {
  ours: () => surfaceOf(require('azure-openai-entra')),
  baseline: () => surfaceOf(require('@azure/identity')),
  constant: () => ({
    newCredential: () => ({ getToken: constant }),
    newProvider: () => constant,
  }),
  nothing: () => {
    // What a thread pays for finding any package by its name.
    require.resolve('azure-openai-entra/package.json')
    return IMPLEMENTATIONS.constant()
  },
  request: () => ({ newCredential: () => ({ getToken: oneRequest }), newProvider: () => oneRequest }),
}

/** @typedef {typeof import('azure-openai-entra') | typeof import('@azure/identity')} Library */

/** @param {Library} library @returns {Surface} */
function surfaceOf(library) {
  const { DefaultAzureCredential, getBearerTokenProvider } = library
  return {
    newCredential: (name = 'DefaultAzureCredential', user = 0) => CLASSES[name](library, user),
    newProvider: (scope = SCOPE) => getBearerTokenProvider(new DefaultAzureCredential(), scope),
  }
}

/** Credentials of the classes, of the variables of an application if they take parameters. */
/** @type {Record<string, (library: Library, user: number) => Credential>} */
const CLASSES = {
  DefaultAzureCredential: (library) => new library.DefaultAzureCredential(),
  EnvironmentCredential: (library) => new library.EnvironmentCredential(),
  ManagedIdentityCredential: (library) => new library.ManagedIdentityCredential(),
  ClientSecretCredential: (library) => {
    const { tenantId, clientId, clientSecret } = application()
    return new library.ClientSecretCredential(tenantId, clientId, clientSecret)
  },
  ClientAssertionCredential: (library) => {
    const { tenantId, clientId } = application()
    return new library.ClientAssertionCredential(tenantId, clientId, async () => 'an.assertion.of-the-app')
  },
  OnBehalfOfCredential: (library, user) =>
    new library.OnBehalfOfCredential({
      ...application(),
      userAssertionToken: `${user}.`.padEnd(ASSERTION_LENGTH, 'assertion'),
    }),
}

/** As long as Entra's are. */
const ASSERTION_LENGTH = 1600

function application() {
  const { AZURE_TENANT_ID = '', AZURE_CLIENT_ID = '', AZURE_CLIENT_SECRET = '' } = process.env
  return { tenantId: AZURE_TENANT_ID, clientId: AZURE_CLIENT_ID, clientSecret: AZURE_CLIENT_SECRET }
}

const token = 'a token that was there from the start'

/** The floor of a cached call. */
const constant = async () => token

/** @type {Promise<string> | undefined} */
let first
/** The floor of a first token: Node's own client, and one promise for all callers. */
const oneRequest = async () => (first ??= requestToken())

async function requestToken() {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, NODE_EXTRA_CA_CERTS } = process.env
  if (IDENTITY_ENDPOINT === undefined) return requestOverTls(String(NODE_EXTRA_CA_CERTS))
  const resource = encodeURIComponent('https://cognitiveservices.azure.com')
  const url = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=${resource}`
  return exchange(require('node:http').request(url, { headers: { 'x-identity-header': IDENTITY_HEADER } }))
}

/** @param {string} caFile */
function requestOverTls(caFile) {
  const { AUTHORITY_PORT, AZURE_TENANT_ID, AZURE_CLIENT_ID = '', AZURE_CLIENT_SECRET = '' } = process.env
  const form = new URLSearchParams({
    client_id: AZURE_CLIENT_ID,
    client_secret: AZURE_CLIENT_SECRET,
    grant_type: 'client_credentials',
    scope: SCOPE,
  })
  const request = require('node:https').request({
    host: '127.0.0.1',
    port: AUTHORITY_PORT,
    servername: 'login.microsoftonline.com',
    ca: require('node:fs').readFileSync(caFile),
    method: 'POST',
    path: `/${AZURE_TENANT_ID}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return exchange(request, form.toString())
}

/**
 * @param {import('node:http').ClientRequest} request
 * @param {string} [form]
 * @returns {Promise<string>}
 */
function exchange(request, form) {
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', async (response) => {
      let body = ''
      for await (const part of response.setEncoding('utf8')) body += part
      resolve(JSON.parse(body).access_token)
    })
    request.end(form)
  })
}

/** What this process is to do. */
const spec = () => JSON.parse(process.argv[2])

/** Says what was measured, and ends: what an implementation keeps open is not the implementation. @param {object} figures */
function report(figures) {
  require('node:fs').writeSync(1, JSON.stringify(figures))
  process.exit(0)
}

/** The peak memory of this process, in bytes. Node's own figure includes its parent's. */
function peakMemory() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const status = require('node:fs').readFileSync('/proc/self/status', 'utf8')
  const [, kilobytes] = /** @type {RegExpExecArray} */ (/^VmHWM:\s+(\d+) kB$/m.exec(status))
  return Number(kilobytes) * 1024
}

module.exports = { SCOPE, IMPLEMENTATIONS, peakMemory, report, spec }
