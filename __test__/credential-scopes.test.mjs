import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'

import { ManagedIdentityCredential, clearTokenCache } from 'azure-openai-entra'

import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

const SCOPE = 'https://vault.azure.net/.default'
/** What a list of one scope is called in a key of the cache. */
const LIST = `['1:0'${SCOPE.length}:${SCOPE}]`

afterEach(() => clearTokenCache())

/** Each asks for another thing than the others. @type {Record<string, [string | string[], { enableCae: boolean }?]>} */
const CALLS = {
  'a scope': [SCOPE],
  'a list of one scope': [[SCOPE]],
  'a list of one scope with CAE': [[SCOPE], { enableCae: true }],
  'a scope with CAE': [SCOPE, { enableCae: true }],
  'a text that names a scope and CAE': [`${SCOPE}\ncae`],
  'a text that names a list': [LIST],
  'a text that names a list and CAE': [`${LIST}\ncae`],
  'a text that names a list and a switch': [`['1:0${LIST}'1:1false;]`],
  'a list of such a text, with CAE': [[`${SCOPE}\ncae`], { enableCae: true }],
}

for (const [what, call] of Object.entries(CALLS)) {
  test(`${what}: the same as from a fresh credential, whatever this one was asked for before`, () =>
    onSource({ start: startIdentity }, async (source) => {
      /** What a credential says, and which resource its endpoint was asked for. @param {ManagedIdentityCredential} credential */
      const outcome = async (credential) => {
        const { token, message } = await credential.getToken(...call).then(
          (answer) => ({ ...answer, message: undefined }),
          (error) => ({ token: undefined, message: error.message }),
        )
        const at = source.tokens.issued.indexOf(String(token))
        return message ?? source.requests[at].query.resource
      }
      const used = new ManagedIdentityCredential()
      for (const other of Object.values(CALLS)) await used.getToken(...other).catch(() => {})
      const expected = await outcome(new ManagedIdentityCredential())
      assert.equal(await outcome(used), expected)
    }))
}

test('one scope as text and as a list is one request', () =>
  onSource({ start: startIdentity }, async (source) => {
    const credential = new ManagedIdentityCredential()
    const [text, list] = [await credential.getToken(SCOPE), await credential.getToken([SCOPE])]
    assert.equal(text.token, list.token)
    assert.equal(source.requests.length, 1)
  }))
