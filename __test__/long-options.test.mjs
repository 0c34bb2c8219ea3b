import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'

import * as entra from 'azure-openai-entra'

import { CHAT } from './support/internet.mjs'

const LENGTH = 20_000_000
/** As long as these are, taking one apart by its elements would take seconds, and then fail without a code. */
const LONG = {
  'a Buffer': Buffer.alloc(LENGTH),
  'a Float64Array': new Float64Array(LENGTH / 4),
  'bytes of another realm': runInNewContext(`new Uint8Array(${LENGTH})`),
  'a String object': Object('x'.repeat(LENGTH)),
  'an array': Array(LENGTH / 10).fill('x'),
}
/** More than any of these takes on a slow machine, and less than the elements would. */
const MOST_MS = 1500
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const inner = async () => new Response('{}')
const app = { getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }) }

/** Each call with options. @type {Record<string, (options: any) => unknown>} any, because no type allows these */
const CALLS = {
  checkHealth: (it) => entra.checkHealth(it),
  healthHandler: (it) => entra.healthHandler(it),
  getAzureOpenAIToken: (it) => entra.getAzureOpenAIToken(it),
  getAzureOpenAIAuthHeaders: (it) => entra.getAzureOpenAIAuthHeaders(it),
  getBearerTokenProvider: (it) => entra.getBearerTokenProvider(app, SCOPE, it),
  entraIdFetch: (it) => entra.entraIdFetch(inner, it),
  'the options of applyEntraIdAuth': (it) => entra.applyEntraIdAuth({}, it),
  DefaultAzureCredential: (it) => new entra.DefaultAzureCredential(it),
  'tlsOptions of DefaultAzureCredential': (it) => new entra.DefaultAzureCredential({ tlsOptions: it }),
  'getToken of DefaultAzureCredential': (it) => new entra.DefaultAzureCredential().getToken(SCOPE, it),
  ManagedIdentityCredential: (it) => new entra.ManagedIdentityCredential(it),
  AzureCliCredential: (it) => new entra.AzureCliCredential(it),
  ClientSecretCredential: (it) => new entra.ClientSecretCredential('t', 'c', 'a-secret', it),
  serializeAuthenticationRecord: (it) => entra.serializeAuthenticationRecord(it),
  ClientCertificateCredential: (it) => new entra.ClientCertificateCredential('t', 'c', it),
}
/** What takes any object: it has none of the members that count. @type {typeof CALLS} */
const LENIENT = {
  'the init of a fetch': (it) => entra.entraIdFetch(inner, { credential: app })(CHAT, it),
  'the headers of a fetch': (it) => entra.entraIdFetch(inner, { credential: app })(CHAT, { headers: it }),
  'the result of applyEntraIdAuth': (it) => entra.applyEntraIdAuth(it),
  EntraIdError: (it) => new /** @type {any} its constructor is private */ (entra.EntraIdError)(it, it),
  AuthenticationRequiredError: (it) => new entra.AuthenticationRequiredError(it),
}

/** @param {() => unknown} call */
const outcomeOf = async (call) => {
  const began = performance.now()
  let error
  try {
    await call()
  } catch (thrown) {
    error = /** @type {any} whatever it is */ (thrown)
  }
  return { error, ms: performance.now() - began }
}

describe('what has many elements is not taken apart in place of options', () => {
  for (const [what, value] of Object.entries(LONG)) {
    for (const [name, call] of Object.entries(CALLS)) {
      test(`${what}: ${name} refuses it at once`, async () => {
        const { error, ms } = await outcomeOf(() => call(value))
        assert.equal(error?.code, 'ENTRA_ID_CONFIGURATION', String(error))
        assert.ok(ms < MOST_MS, `${ms} ms`)
      })
    }

    for (const [name, call] of Object.entries(LENIENT)) {
      // These are headers, however many.
      if (Array.isArray(value) && name === 'the headers of a fetch') continue
      test(`${what}: ${name} ends at once`, async () => {
        const { error, ms } = await outcomeOf(() => call(value))
        assert.ok(!(error instanceof RangeError), String(error))
        assert.ok(ms < MOST_MS, `${ms} ms`)
      })
    }
  }
})
