import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, getAzureOpenAIToken } from 'azure-openai-entra'

import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

describe('variables that are wrong', () => {
  const EVERYONE = { code: 'ENTRA_ID_CONFIGURATION', attempts: [] }
  const MANAGED_IDENTITY = { code: 'ENTRA_ID_CONFIGURATION', credential: 'ManagedIdentityCredential' }
  const only = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
  for (const { variables, expected } of [
    ...['http://login.microsoftonline.com', 'http://127.0.0.1:1', 'nonsense', 'https://', 'file:///etc'].map(
      (host) => ({
        variables: { AZURE_AUTHORITY_HOST: host },
        expected: { ...EVERYONE, message: /AZURE_AUTHORITY_HOST/ },
      }),
    ),
    ...['nonsense', 'prod,dev', 'prod, dev', 'ManagedIdentity', 'InteractiveBrowserCredential'].map(
      (names) => ({
        variables: { AZURE_TOKEN_CREDENTIALS: names },
        expected: {
          ...EVERYONE,
          message: new RegExp(`AZURE_TOKEN_CREDENTIALS.*'${names}'.*EnvironmentCredential`),
        },
      }),
    ),
    ...['nonsense', 'ftp://127.0.0.1/', 'http://', 'localhost:42356', '/msi/token', 'http://[::1'].map(
      (endpoint) => ({
        variables: { ...only, IDENTITY_ENDPOINT: endpoint },
        expected: { ...MANAGED_IDENTITY, message: /IDENTITY_ENDPOINT/ },
      }),
    ),
    ...['nonsense', 'ftp://127.0.0.1/'].map((host) => ({
      variables: { ...only, IDENTITY_ENDPOINT: undefined, AZURE_POD_IDENTITY_AUTHORITY_HOST: host },
      expected: { ...MANAGED_IDENTITY, message: /AZURE_POD_IDENTITY_AUTHORITY_HOST/ },
    })),
    {
      variables: { AZURE_TOKEN_CREDENTIALS: 'three horses swim' },
      expected: { ...EVERYONE, message: /AZURE_TOKEN_CREDENTIALS is a text of 17 characters, which/ },
    },
    {
      variables: { AZURE_OPENAI_ENTRA_TRANSPORT: 'three horses swim' },
      expected: { ...EVERYONE, message: /AZURE_OPENAI_ENTRA_TRANSPORT is a text of 17 characters, which/ },
    },
    {
      variables: { AZURE_AUTHORITY_HOST: 'https://login.three\nhorses' },
      expected: {
        ...EVERYONE,
        message: /AZURE_AUTHORITY_HOST is a text of 26 characters, which has a line break/,
      },
    },
    {
      variables: { ...only, IDENTITY_ENDPOINT: 'http://three\nhorses/' },
      expected: { ...MANAGED_IDENTITY, message: /IDENTITY_ENDPOINT has a line break or a tab/ },
    },
    {
      variables: { ...only, IDENTITY_HEADER: 'two\nlines' },
      expected: { ...MANAGED_IDENTITY, message: /header.*line break/ },
    },
    {
      variables: { AZURE_OPENAI_ENTRA_SCOPE: 'half a "scope' },
      expected: { ...EVERYONE, message: /scope is a text of 13 characters, which is not a scope/ },
    },
    {
      variables: { AZURE_OPENAI_ENTRA_SCOPE: 'three horses swim"' },
      expected: { ...EVERYONE, message: /scope is a text of 18 characters, which is not a scope/ },
    },
    {
      variables: {
        AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1',
        AZURE_TENANT_ID: '../common',
        AZURE_CLIENT_ID: 'id',
        AZURE_CLIENT_SECRET: 'x',
      },
      expected: {
        code: 'ENTRA_ID_CONFIGURATION',
        credential: 'EnvironmentCredential',
        message: /AZURE_TENANT_ID is a text of 9 characters/,
      },
    },
  ]) {
    test(JSON.stringify(variables), () =>
      onSource({ start: startIdentity, variables }, async (source) => {
        await rejectsWith(getAzureOpenAIToken(), expected)
        assert.equal(source.requests.length, 0)
      }),
    )
  }

  for (const name of ['AZURE_AUTHORITY_HOST', 'AZURE_TOKEN_CREDENTIALS']) {
    test(`${name} is checked by the constructor too`, () =>
      withEnvironment({ [name]: 'nonsense' }, () => {
        throwsWith(() => new DefaultAzureCredential(), { ...EVERYONE, message: new RegExp(name) })
      }))
  }

  const EVERY_VARIABLE = [
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_AUTHORITY_HOST',
    'AZURE_TOKEN_CREDENTIALS',
    'AZURE_ADDITIONALLY_ALLOWED_TENANTS',
    'AZURE_OPENAI_ENTRA_SCOPE',
    'AZURE_IDENTITY_DISABLE_MULTITENANTAUTH',
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
  ]
  for (const value of ['', ' ', '\t\n']) {
    test(`every variable of other sources set to ${JSON.stringify(value)} counts as unset`, () => {
      const variables = Object.fromEntries(EVERY_VARIABLE.map((name) => [name, value]))
      return onSource({ start: startIdentity, variables }, async (source) => {
        assert.equal(await getAzureOpenAIToken(), source.tokens.issued[0])
        const [{ query }] = source.requests
        assert.deepEqual(query, {
          'api-version': '2019-08-01',
          resource: 'https://cognitiveservices.azure.com',
        })
      })
    })

    test(`App Service's variables set to ${JSON.stringify(value)} count as unset`, () =>
      onSource(
        {
          start: startIdentity,
          variables: { ...noDeveloperTools(), IDENTITY_ENDPOINT: value, IDENTITY_HEADER: value },
        },
        async (source) => {
          const { attempts } = await rejectsWith(getAzureOpenAIToken(), {})
          const { reason = '' } =
            attempts.find(({ credential }) => credential === 'ManagedIdentityCredential') ?? {}
          // It went on to IMDS, which the test's environment has cut off.
          assert.match(reason, /AZURE_POD_IDENTITY_AUTHORITY_HOST/)
          assert.equal(source.requests.length, 0)
        },
      ))
  }
})
