import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'

import * as everything from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'
import { secret } from '../testkit/secrets.mjs'

const entra = { ...everything }

describe('a cache on disk', () => {
  const ids = /** @type {const} */ ([randomUUID(), randomUUID()])
  const assertion = async () => secret('assertion')
  const proof = { clientSecret: secret('client-secret'), userAssertionToken: secret('user') }
  /** @type {Record<string, (options: any) => unknown>} any, as each class has its own */
  const made = {
    AzureCliCredential: (options) => new entra.AzureCliCredential(options),
    AzurePipelinesCredential: (options) =>
      new entra.AzurePipelinesCredential(...ids, 'connection', proof.clientSecret, options),
    ClientAssertionCredential: (options) => new entra.ClientAssertionCredential(...ids, assertion, options),
    ClientCertificateCredential: (options) =>
      new entra.ClientCertificateCredential(...ids, 'app.pem', options),
    ClientSecretCredential: (options) =>
      new entra.ClientSecretCredential(...ids, proof.clientSecret, options),
    ManagedIdentityCredential: (options) => new entra.ManagedIdentityCredential(options),
    OnBehalfOfCredential: (options) =>
      new entra.OnBehalfOfCredential({ tenantId: ids[0], clientId: ids[1], ...proof, ...options }),
    WorkloadIdentityCredential: (options) =>
      new entra.WorkloadIdentityCredential({
        tenantId: ids[0],
        clientId: ids[1],
        tokenFilePath: 'token',
        ...options,
      }),
  }
  const ASKED = { tokenCachePersistenceOptions: { enabled: true } }
  const WITHOUT = new Set(['AzureCliCredential', 'ManagedIdentityCredential'])

  for (const [name, make] of Object.entries(made)) {
    const isRefused = !WITHOUT.has(name)
    test(`is ${isRefused ? 'refused' : 'no option'} of ${name}`, () =>
      withEnvironment({ SYSTEM_OIDCREQUESTURI: 'https://localhost/oidc' }, () => {
        make({ tokenCachePersistenceOptions: { enabled: false } })
        if (!isRefused) return void make(ASKED)
        assert.throws(
          () => make(ASKED),
          ({ code, message }) =>
            code === 'ENTRA_ID_CONFIGURATION' && message.startsWith(`${name}: tokenCachePersistenceOptions`),
        )
      }))
  }
})
