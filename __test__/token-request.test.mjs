import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const OTHER_SCOPE = 'https://ai.azure.com/.default'
const OTHER_TENANT = 'another-tenant.example'

/** @param {Pick<import('../testkit/stand-in.mjs').StandIn, 'requests'>} source */
const resourcesAsked = (source) => source.requests.map(({ query }) => query.resource)

/**
 * What the authority answers for a tenant that is not its own.
 *
 * @param {import('../testkit/authority.mjs').Authority} authority
 */
const granting = (authority) => () => {
  const { token, expiresIn } = authority.tokens.issue()
  return { body: { token_type: 'Bearer', expires_in: expiresIn, access_token: token } }
}

describe('scopes', () => {
  test('each has its own token', () =>
    onSource({ start: startIdentity }, async (source) => {
      const first = [await getAzureOpenAIToken(), await getAzureOpenAIToken({ scope: OTHER_SCOPE })]
      const again = [await getAzureOpenAIToken(), await getAzureOpenAIToken({ scope: OTHER_SCOPE })]
      assert.deepEqual(first, source.tokens.issued)
      assert.deepEqual(again, first)
      assert.deepEqual(resourcesAsked(source), [
        'https://cognitiveservices.azure.com',
        'https://ai.azure.com',
      ])
    }))

  test('two that are asked for at once do not wait for one another', () =>
    onSource({ start: startIdentity }, async (source) => {
      const release = source.hold()
      const both = Promise.all([getAzureOpenAIToken(), getAzureOpenAIToken({ scope: OTHER_SCOPE })])
      await source.arrived(2)
      release()
      assert.deepEqual(new Set(await both), new Set(source.tokens.issued))
    }))

  test('several are a set: neither order nor repetition makes another token', () =>
    onSource({ start: startAuthority }, async (source) => {
      const [a, b] = ['https://a.example/read', 'https://a.example/write']
      const tokens = new Set()
      for (const scope of [
        [a, b],
        [b, a],
        [a, b, a],
        [b, b, a],
      ])
        tokens.add(await getAzureOpenAIToken({ scope }))
      assert.deepEqual(tokens, new Set(source.tokens.issued))
      assert.deepEqual(
        source.tokenRequests().map(({ form }) => form.scope),
        [`${a} ${b}`],
      )
    }))

  const PUBLIC = 'https://cognitiveservices.azure.com'
  for (const { variables, resource } of [
    { variables: {}, resource: PUBLIC },
    { variables: { AZURE_AUTHORITY_HOST: '' }, resource: PUBLIC },
    { variables: { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/' }, resource: PUBLIC },
    {
      variables: { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' },
      resource: 'https://cognitiveservices.azure.us',
    },
    {
      variables: { AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' },
      resource: 'https://cognitiveservices.azure.cn',
    },
    {
      variables: { AZURE_AUTHORITY_HOST: 'https://login.partner.microsoftonline.cn' },
      resource: 'https://cognitiveservices.azure.cn',
    },
    { variables: { AZURE_OPENAI_ENTRA_SCOPE: OTHER_SCOPE }, resource: 'https://ai.azure.com' },
    { variables: { AZURE_OPENAI_ENTRA_SCOPE: ` ${OTHER_SCOPE}\n` }, resource: 'https://ai.azure.com' },
    { variables: { AZURE_OPENAI_ENTRA_SCOPE: ' ' }, resource: PUBLIC },
    {
      variables: {
        AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us',
        AZURE_OPENAI_ENTRA_SCOPE: OTHER_SCOPE,
      },
      resource: 'https://ai.azure.com',
    },
  ]) {
    test(`the default under ${JSON.stringify(variables)} is of ${resource}`, () =>
      onSource({ start: startIdentity, variables }, async (source) => {
        await getAzureOpenAIToken()
        assert.deepEqual(resourcesAsked(source), [resource])
      }))
  }

  test('AZURE_OPENAI_ENTRA_SCOPE gives way to the scope of a call', () =>
    onSource(
      { start: startIdentity, variables: { AZURE_OPENAI_ENTRA_SCOPE: OTHER_SCOPE } },
      async (source) => {
        await getAzureOpenAIToken({ scope: SCOPE })
        assert.deepEqual(resourcesAsked(source), ['https://cognitiveservices.azure.com'])
      },
    ))
})

describe('claims', () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'

  test('they go to the authority, are not served from the plain token, and what they bring takes its place', () =>
    onSource({ start: startAuthority }, async (source) => {
      const plain = await getAzureOpenAIToken()
      const challenged = await getAzureOpenAIToken({ claims })
      const { token } = await new DefaultAzureCredential().getToken(SCOPE, { claims: '{}' })
      assert.deepEqual([plain, challenged, token], source.tokens.issued)
      assert.equal(await getAzureOpenAIToken(), token)
      assert.deepEqual(
        source.tokenRequests().map(({ form }) => form.claims),
        [undefined, claims, '{}'],
      )
    }))
})

describe('tenantId', () => {
  test('a disallowed one is refused, and nothing is sent', () =>
    onSource({ start: startAuthority }, async (source) => {
      const expected = {
        code: 'ENTRA_ID_CONFIGURATION',
        credential: 'EnvironmentCredential',
        message: /another-tenant\.example.+additionallyAllowedTenants/,
      }
      await rejectsWith(getAzureOpenAIToken({ tenantId: OTHER_TENANT }), expected)
      const credential = new DefaultAzureCredential({
        additionallyAllowedTenants: ['a-third-tenant.example'],
      })
      await rejectsWith(credential.getToken(SCOPE, { tenantId: OTHER_TENANT }), expected)
      assert.equal(source.requests.length, 0)
    }))

  test('the configured one may always be named', () =>
    onSource({ start: startAuthority }, async (source) => {
      assert.equal(await getAzureOpenAIToken({ tenantId: source.tenantId }), source.tokens.issued[0])
    }))

  for (const { allowed, options, variables } of [
    { allowed: 'by name', options: { additionallyAllowedTenants: [OTHER_TENANT] } },
    { allowed: 'with *', options: { additionallyAllowedTenants: ['*'] } },
    {
      allowed: 'by the variable',
      variables: { AZURE_ADDITIONALLY_ALLOWED_TENANTS: `a.example; ${OTHER_TENANT}` },
    },
  ]) {
    test(`allowed ${allowed} it is asked, and its token is kept apart`, () =>
      onSource({ start: startAuthority, variables }, async (source) => {
        const credential = new DefaultAzureCredential(options)
        const home = await credential.getToken(SCOPE)
        source.always(granting(source))
        const other = await credential.getToken(SCOPE, { tenantId: OTHER_TENANT })
        assert.deepEqual([home.token, other.token], source.tokens.issued)
        assert.equal((await credential.getToken(SCOPE)).token, home.token)
        assert.equal((await credential.getToken(SCOPE, { tenantId: OTHER_TENANT })).token, other.token)
        assert.deepEqual(
          source.tokenRequests().map(({ path }) => path),
          [`/${source.tenantId}/oauth2/v2.0/token`, `/${OTHER_TENANT}/oauth2/v2.0/token`],
        )
      }))
  }
})
