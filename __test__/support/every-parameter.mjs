import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import entra from '../../index.js'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const OPENAI = 'https://my-resource.openai.azure.com/openai/models'

/** A chain that asks each source once. */
export function credential() {
  return new entra.DefaultAzureCredential({ retryOptions: { maxRetries: 0 } })
}

/**
 * How each of index.d.ts's types of options is passed; a missing one fails.
 *
 * @type {Record<string, (given: any) => Promise<unknown>>} any, because a plant is of no type
 */
export const CALLS = {
  EntraIdFetchOptions: (given) => entra.entraIdFetch(undefined, given)(OPENAI).then(failed),
  AuthHeadersOptions: (given) => entra.getAzureOpenAIAuthHeaders(given),
  HealthOptions: (given) => entra.checkHealth({ fetch: true, details: true, ...given }).then(failed),
  TokenRequestOptions: (given) => entra.getAzureOpenAIToken(given),
  TokenOptions: (given) => entra.getAzureOpenAIToken(given),
  GetTokenOptions: (given) => credential().getToken(SCOPE, given),
  GetBearerTokenProviderOptions: (given) => entra.getBearerTokenProvider(credential(), SCOPE, given)(),
  DefaultAzureCredentialOptions: (given) => new entra.DefaultAzureCredential(given).getToken(SCOPE),
  MultiTenantTokenCredentialOptions: (given) => new entra.EnvironmentCredential(given).getToken(SCOPE),
  AuthorityValidationOptions: (given) => new entra.EnvironmentCredential(given).getToken(SCOPE),
  TokenCredentialOptions: (given) => new entra.ManagedIdentityCredential(given).getToken(SCOPE),
}

export const PARAMETERS = {
  tenantId: 'contoso.example',
  clientId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientSecret: 'of-an-application',
  serviceConnectionId: 'connection',
  systemAccessToken: 'of-a-pipeline',
  userAssertionToken: 'of-a-user',
}

/** Each class, by the parameters that it is given. */
export const classForms = () => {
  /** @param {string} name @param {string[]} parameters @param {(values: Record<string, string>) => unknown[]} make */
  const form = (name, parameters, make) => ({
    name,
    parameters,
    make: (/** @type {Record<string, string>} */ values) =>
      Reflect.construct(Reflect.get(entra, name), make(values)),
  })
  const application = ['tenantId', 'clientId']
  return [
    form('ClientSecretCredential', [...application, 'clientSecret'], (it) => [
      it.tenantId,
      it.clientId,
      it.clientSecret,
    ]),
    form('ClientCertificateCredential', [...application, 'certificatePath'], (it) => [
      it.tenantId,
      it.clientId,
      it.certificatePath ?? '/app.pem',
    ]),
    form('ClientCertificateCredential', ['certificate', 'certificatePassword'], (it) => [
      it.tenantId,
      it.clientId,
      { certificate: it.certificate ?? 'none', certificatePassword: it.certificatePassword },
    ]),
    form('ClientAssertionCredential', [...application, 'assertion'], (it) => [
      it.tenantId,
      it.clientId,
      async () => it.assertion ?? 'an-assertion',
    ]),
    form('OnBehalfOfCredential', [...application, 'clientSecret', 'userAssertionToken'], (it) => [it]),
    form('AzurePipelinesCredential', [...application, 'serviceConnectionId', 'systemAccessToken'], (it) => [
      it.tenantId,
      it.clientId,
      it.serviceConnectionId,
      it.systemAccessToken,
    ]),
    form('WorkloadIdentityCredential', [...application, 'tokenFilePath'], (it) => [
      { ...it, tokenFilePath: it.tokenFilePath ?? '/token' },
    ]),
    form('WorkloadIdentityCredential', ['assertion', 'assertionClientId'], (it) => [
      {
        tenantId: it.tenantId,
        clientId: it.clientId,
        assertion: it.assertion ?? 'managed-identity',
        assertionClientId: it.assertionClientId,
      },
    ]),
    ...['managedIdentityId', 'resourceId', 'objectId'].map((name) =>
      form('ManagedIdentityCredential', [name], ({ managedIdentityId, ...it }) => [
        managedIdentityId ?? { [name]: it[name] },
      ]),
    ),
    ...['AzureCliCredential', 'AzureDeveloperCliCredential', 'AzurePowerShellCredential'].map((name) =>
      form(name, ['tenantId', 'subscription'], ({ tenantId, subscription }) => [{ tenantId, subscription }]),
    ),
  ]
}

/** What an answer in place of an error tells. @param {unknown} answer */
const failed = async (answer) => {
  throw new Error(answer instanceof Response ? await answer.text() : JSON.stringify(answer))
}

/** The options of docs/configuration.md, which is made from index.d.ts. */
export function options() {
  const text = readFileSync('docs/configuration.md', 'utf8')
  return text
    .split(/^### /m)
    .slice(1)
    .flatMap((section) => {
      const of = section.split('\n', 1)[0]
      assert.ok(CALLS[of], `how are ${of} given?`)
      return [...section.matchAll(/^\| `([\w.]+)` +\| `/gm)].map(([, name]) => ({ of, name }))
    })
}

/** `{ a: { b: value } }` from `a.b`. @param {string} name @param {unknown} value */
export const nested = (name, value) => name.split('.').reduceRight((inner, key) => ({ [key]: inner }), value)
