import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

import * as theirEsModule from '@azure/identity'
import * as esModule from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'
import { secret } from '../testkit/secrets.mjs'

const require = createRequire(import.meta.url)
const [ours, theirs] = [require('azure-openai-entra'), require('@azure/identity')]
/** Its exports by name. */
const ourEsModule = { ...esModule }

const TENANT = '00000000-0000-0000-0000-000000000001'
const CLIENT = '00000000-0000-0000-0000-000000000002'

/** What the constructors take, as the types of @azure/identity say. */
const FORMS = /** @type {Record<string, any[][]>} any, because each class has its own */ ({
  ChainedTokenCredential: [[], [{ getToken: async () => null }]],
  DefaultAzureCredential: [
    [],
    [{}],
    [{ managedIdentityClientId: CLIENT, workloadIdentityClientId: CLIENT }],
    [{ managedIdentityResourceId: '/subscriptions/1' }],
    [{ tenantId: TENANT, processTimeoutInMs: 1, disableInstanceDiscovery: true }],
  ],
  ManagedIdentityCredential: [
    [],
    [undefined],
    [CLIENT],
    [CLIENT, {}],
    [{}],
    [{ clientId: CLIENT }],
    [{ clientId: undefined }],
    [{ resourceId: '/subscriptions/1' }],
    [{ objectId: CLIENT }],
  ],
  WorkloadIdentityCredential: [[{ tenantId: TENANT, clientId: CLIENT, tokenFilePath: '/token' }]],
  EnvironmentCredential: [[], [{ authorityHost: 'https://login.microsoftonline.us' }]],
  ClientSecretCredential: [
    [TENANT, CLIENT, secret('secret')],
    [TENANT, CLIENT, secret('secret'), { additionallyAllowedTenants: ['*'] }],
  ],
  ClientCertificateCredential: [
    [TENANT, CLIENT, '/certificate.pem'],
    [TENANT, CLIENT, { certificatePath: '/certificate.pem', certificatePassword: secret('password') }],
    [TENANT, CLIENT, { certificate: 'PEM' }, { sendCertificateChain: true }],
  ],
  ClientAssertionCredential: [[TENANT, CLIENT, async () => 'assertion', {}]],
  OnBehalfOfCredential: [
    [{ tenantId: TENANT, clientId: CLIENT, clientSecret: secret('secret'), userAssertionToken: 'user' }],
    [{ tenantId: TENANT, clientId: CLIENT, certificatePath: '/certificate.pem', userAssertionToken: 'user' }],
    [{ tenantId: TENANT, clientId: CLIENT, getAssertion: async () => 'a', userAssertionToken: 'user' }],
  ],
  AzurePipelinesCredential: [[TENANT, CLIENT, 'connection', secret('token')]],
  AzureCliCredential: [[], [{ tenantId: TENANT, processTimeoutInMs: 1 }], [{ subscription: 'name' }]],
  AzureDeveloperCliCredential: [[], [{ tenantId: TENANT, processTimeoutInMs: 1 }]],
  AzurePowerShellCredential: [[], [{ tenantId: TENANT, processTimeoutInMs: 1 }]],
  VisualStudioCodeCredential: [[], [{ tenantId: TENANT }]],
  InteractiveBrowserCredential: [
    [{}],
    [{ tenantId: TENANT, clientId: CLIENT, redirectUri: 'http://localhost' }],
  ],
  DeviceCodeCredential: [[], [{ tenantId: TENANT, clientId: CLIENT, userPromptCallback() {} }]],
  UsernamePasswordCredential: [[TENANT, CLIENT, 'user', secret('password'), {}]],
  AuthorizationCodeCredential: [
    [TENANT, CLIENT, 'code', 'http://localhost'],
    [TENANT, CLIENT, secret('secret'), 'code', 'http://localhost', {}],
  ],
})

describe('every name that @azure/identity exports', () => {
  test('is exported here, as the same kind of value, by both kinds of modules', () => {
    const names = Object.keys(theirs)
    assert.ok(names.length > 25, names.join())
    for (const [our, their] of [
      [ours, theirs],
      [ourEsModule, theirEsModule],
    ]) {
      /** @param {Record<string, unknown>} all */
      const kinds = (all) => names.map((name) => [name, typeof all[name]])
      assert.deepEqual(kinds(our), kinds(their))
    }
  })

  test('is declared here if it is a type', () => {
    const folder = dirname(require.resolve('@azure/identity'))
    const declared = [
      ...readFileSync(join(folder, 'index.d.ts'), 'utf8').matchAll(/^export (?:type )?\{([^}]+)\}/gm),
    ]
      .flatMap(([, list]) => list.split(','))
      .map((entry) =>
        entry
          .split(' as ')
          .at(-1)
          ?.trim()
          .replace(/^type /, ''),
      )
      .filter(Boolean)
    assert.ok(declared.length > 70)
    const text = ['index.d.ts', 'lib/identity.d.ts', 'lib/credentials/types.d.ts']
      .map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
      .join('\n')
    const missing = declared.filter(
      (name) =>
        !new RegExp(`^export (?:class|function|const|enum|interface|type) ${name}\\b`, 'm').test(text),
    )
    assert.deepEqual(missing, [])
  })
})

describe('every class of a credential', () => {
  /** @param {string} name */
  const isCredential = (name) => typeof theirs[name]?.prototype?.getToken === 'function'

  test('is in the table of this test', () => {
    assert.deepEqual(Object.keys(theirs).filter(isCredential).toSorted(), Object.keys(FORMS).toSorted())
  })

  test('AzureCliCredential takes no subscription that az would not take', () => {
    for (const all of [ours, theirs]) {
      assert.ok(new all.AzureCliCredential({ subscription: 'a name-of.it_2' }))
      for (const subscription of ['a|b', '<', '\0', "it's", 'a;b', 'a&', 'ä']) {
        assert.throws(() => new all.AzureCliCredential({ subscription }), /subscription|Subscription/)
      }
    }
  })

  for (const [name, forms] of Object.entries(FORMS)) {
    test(`${name} takes what the types say`, () =>
      withEnvironment({ SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/oidc' }, () => {
        for (const args of forms) {
          for (const all of [ours, theirs]) {
            const credential = new all[name](...args)
            assert.equal(typeof credential.getToken, 'function')
            assert.equal(credential.constructor.name, name)
            class Extended extends all[name] {}
            assert.ok(Reflect.construct(Extended, args) instanceof all[name])
          }
        }
      }))
  }
})
