import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  AzureCliCredential,
  AzurePipelinesCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  WorkloadIdentityCredential,
  entraIdFetch,
  getAzureOpenAIAuthHeaders,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { withEnvironment } from '../testkit/environment.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const LENGTH = 16 * 1024 * 1024
const LONG = 'a'.repeat(LENGTH)
const PEM = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(LENGTH)}`
const app = { getToken: async () => null }
const assertion = async () => 'a.b.c'
const OBO = { tenantId: 't', clientId: 'c', clientSecret: 's', userAssertionToken: 'u' }

/** What each call names, and the call. @type {Record<string, () => unknown>} */
const CALLS = {
  'tenantId of a call': () => getAzureOpenAIToken({ tenantId: LONG }),
  'scope of a call': () => getAzureOpenAIToken({ scope: LONG }),
  'scope of a call, in an array': () => getAzureOpenAIToken({ scope: [LONG] }),
  'scope of many': () => getAzureOpenAIToken({ scope: Array.from({ length: 20_000 }, () => 'a') }),
  'claims of a call': () => getAzureOpenAIToken({ claims: `{"a":"${LONG}"}` }),
  'scope of headers': () => getAzureOpenAIAuthHeaders({ scope: LONG }),
  'scope of fetch': () => entraIdFetch(undefined, { scope: LONG }),
  'scopes of a provider': () => getBearerTokenProvider(undefined, LONG),
  'cacheKey of a provider': () => getBearerTokenProvider(app, SCOPE, { cacheKey: LONG }),
  'scopes of a credential': () => new DefaultAzureCredential().getToken(LONG),
  'claims of a credential': () => new DefaultAzureCredential().getToken(SCOPE, { claims: LONG }),
  ...Object.fromEntries(
    [
      'tenantId',
      'managedIdentityClientId',
      'managedIdentityResourceId',
      'managedIdentityObjectId',
      'workloadIdentityClientId',
      'authorityHost',
      'subscription',
      'additionallyAllowedTenants',
      'requiredEnvVars',
    ].map((name) => [`${name} of the chain`, () => new DefaultAzureCredential({ [name]: LONG })]),
  ),
  ...Object.fromEntries(
    ['host', 'username', 'password'].map((name) => [
      `proxyOptions.${name}`,
      () => new DefaultAzureCredential({ proxyOptions: { host: 'h', port: 1, [name]: LONG } }),
    ]),
  ),
  ...Object.fromEntries(
    ['ca', 'cert', 'key', 'passphrase', 'pfx'].map((name) => [
      `tlsOptions.${name}`,
      () => new DefaultAzureCredential({ tlsOptions: { [name]: LONG } }),
    ]),
  ),
  'userAgentOptions.userAgentPrefix': () =>
    new DefaultAzureCredential({ userAgentOptions: { userAgentPrefix: LONG } }),
  'tenantId of a secret': () => new ClientSecretCredential(LONG, 'c', 's'),
  'clientId of a secret': () => new ClientSecretCredential('t', LONG, 's'),
  'clientSecret of a secret': () => new ClientSecretCredential('t', 'c', LONG),
  'tenantId of a certificate': () => new ClientCertificateCredential(LONG, 'c', { certificate: 'x' }),
  'clientId of a certificate': () => new ClientCertificateCredential('t', LONG, { certificate: 'x' }),
  'certificate itself': () => new ClientCertificateCredential('t', 'c', { certificate: PEM }),
  'certificatePath of a certificate': () => new ClientCertificateCredential('t', 'c', LONG),
  'certificatePassword of a certificate': () =>
    new ClientCertificateCredential('t', 'c', { certificatePath: 'x', certificatePassword: LONG }),
  'clientId of an assertion': () => new ClientAssertionCredential('t', LONG, assertion),
  'getAssertion of an assertion': () =>
    new ClientAssertionCredential('t', 'c', async () => LONG).getToken(SCOPE),
  'getToken of the app': () =>
    getBearerTokenProvider({ getToken: async () => ({ token: LONG, expiresOnTimestamp: 9e15 }) }, SCOPE)(),
  ...Object.fromEntries(
    ['tenantId', 'clientId', 'clientSecret', 'certificatePath', 'userAssertionToken'].map((name) => [
      `${name} on behalf of`,
      () => new OnBehalfOfCredential({ ...OBO, [name]: LONG }),
    ]),
  ),
  'clientId of a pipeline': () => new AzurePipelinesCredential('t', LONG, 's', 'x'),
  'serviceConnectionId of a pipeline': () => new AzurePipelinesCredential('t', 'c', LONG, 'x'),
  'systemAccessToken of a pipeline': () => new AzurePipelinesCredential('t', 'c', 's', LONG),
  ...Object.fromEntries(
    ['clientId', 'tenantId', 'tokenFilePath', 'assertion', 'assertionClientId'].map((name) => [
      `${name} of a workload identity`,
      () =>
        new WorkloadIdentityCredential({
          tenantId: 't',
          clientId: 'c',
          assertion: 'github-actions',
          [name]: LONG,
        }),
    ]),
  ),
  'clientId of a managed identity': () => new ManagedIdentityCredential(LONG),
  'resourceId of a managed identity': () => new ManagedIdentityCredential({ resourceId: LONG }),
  'objectId of a managed identity': () => new ManagedIdentityCredential({ objectId: LONG }),
  'tenantId of az': () => new AzureCliCredential({ tenantId: LONG }),
}

describe('a text that is longer than any real one is refused before it is searched or sent', () => {
  for (const [what, call] of Object.entries(CALLS)) {
    test(what, async () => {
      const [name] = what.split(' ')
      const authority = await startAuthority()
      try {
        const error = await withEnvironment({ ...authority.environment }, async () => {
          try {
            return await call()
          } catch (thrown) {
            return thrown
          }
        })
        assert.ok(error instanceof Error, what)
        assert.equal(/** @type {any} of this package */ (error).code, 'ENTRA_ID_CONFIGURATION', error.message)
        const said = /(\S+) has ([\d,]+) (?:characters|elements), and at most/.exec(error.message)
        assert.equal(said?.[1], name, error.message)
        assert.ok(
          Number(said?.[2].replaceAll(',', '')) >= 20_000 && error.message.length < 1000,
          error.message,
        )
        assert.equal(authority.requests.length, 0)
      } finally {
        await authority.close()
      }
    })
  }
})
