import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { clearTokenCache, getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../../testkit/authority.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { BODY, CHAT } from '../support/internet.mjs'
import { PATIENT, UNDICI, onHookedInternet } from '../support/senders.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { until } from '../../testkit/until.mjs'

const CLAIMS = JSON.stringify({ access_token: { nbf: { essential: true, value: '1795488000' } } })
const CHALLENGE =
  `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
  `error="insufficient_claims", claims="${Buffer.from(CLAIMS).toString('base64')}"`

/** @param {import('../../testkit/stand-in.mjs').Request} request */
const tokenOf = (request) => valuesOf(request, 'authorization')[0]?.slice('Bearer '.length)

/** Of the senders that do not send a request again: the fetch wrapper's own tests are elsewhere. */
const SENDERS = Object.entries({ ...PATIENT, ...UNDICI }).filter(([name]) => !name.includes('global fetch'))

/**
 * @typedef {import('../support/senders.mjs').Sender} Sender
 * @typedef {import('../support/senders.mjs').Hooked & {
 *   revoked: string, issued: string[], ask: (send: Sender) => ReturnType<Sender>,
 * }} Revoked
 */

/**
 * A fixture with a token held, which Azure OpenAI refuses from now on.
 *
 * @param {import('../support/fixture.mjs').Start} start
 * @param {Record<string, string>} headers
 * @param {(revoked: Revoked) => unknown} act
 */
const onRevoked = (start, headers, act) =>
  onHookedInternet({ start }, async (fixture) => {
    const revoked = await getAzureOpenAIToken({ scope: 'https://cognitiveservices.azure.com/.default' })
    fixture.azure.always((request) =>
      tokenOf(request) === revoked ? { status: 401, headers, body: { error: {} } } : { body: 'good' },
    )
    const issued = fixture.source.tokens.issued
    /** @param {Sender} send */
    const ask = (send) =>
      send(fixture, CHAT, {
        headers: { 'content-type': 'application/json', 'api-key': fixture.placeholder },
        body: BODY,
      })
    await act({ ...fixture, revoked, issued, ask })
  })

for (const [sender, send] of SENDERS) {
  describe(sender, () => {
    test('a refused token: the answer goes to the caller, and the next request has another', () =>
      onRevoked(startIdentity, {}, async ({ source, azure, issued, ask }) => {
        assert.equal((await ask(send)).status, 401)
        assert.equal(azure.requests.length, 1)
        await source.arrived(2)
        // The one that is under way is joined, not asked for again.
        await until(async () => issued.length === 2 && (await getAzureOpenAIToken()) === issued[1])
        assert.equal((await ask(send)).status, 200)
        assert.deepEqual(azure.requests.map(tokenOf), issued)
        assert.equal(source.requests.length, 2)
      }))
  })
}

const [, https] = SENDERS.find(([name]) => name.startsWith('https.request')) ?? assert.fail()
const [, undici] = SENDERS.find(([name]) => name.startsWith('undici')) ?? assert.fail()

for (const [sender, send] of Object.entries({ https, undici })) {
  test(`${sender}: if the other one is refused too, none is fetched for a while`, () =>
    onHookedInternet({ start: startIdentity }, async (fixture) => {
      await getAzureOpenAIToken()
      fixture.azure.always({ status: 401, body: { error: {} } })
      const headers = { 'api-key': fixture.placeholder }
      for (let i = 0; i < 4; i++) {
        assert.equal((await send(fixture, CHAT, { headers, body: BODY })).status, 401)
        await fixture.source.arrived(2)
      }
      assert.equal(fixture.source.requests.length, 2)
      assert.equal(fixture.azure.requests.length, 4)
    }))

  test(`${sender}: a claims challenge is handed on`, () =>
    onRevoked(startAuthority, { 'www-authenticate': CHALLENGE }, async ({ source, ask }) => {
      const before = source.requests.length
      assert.equal((await ask(send)).status, 401)
      await source.arrived(before + 1)
      const [{ form }] = source.tokenRequests().slice(-1)
      assert.deepEqual(JSON.parse(form.claims).access_token.nbf, JSON.parse(CLAIMS).access_token.nbf)
    }))
}

test('a renewal that began before the cache was cleared leaves later tokens replaceable', () =>
  onRevoked(startAuthority, { 'www-authenticate': CHALLENGE }, async ({ source, azure, ask }) => {
    const before = source.requests.length
    // Neither the renewal nor what takes its place is answered.
    source.next({ silent: true }, { silent: true })
    assert.equal((await ask(https)).status, 401)
    await source.arrived(before + 1)
    clearTokenCache()
    await source.arrived(before + 2)
    await getAzureOpenAIToken()
    azure.always({ status: 401, body: { error: {} } })
    assert.equal((await ask(https)).status, 401)
    const withoutClaims = () => source.tokenRequests().filter(({ form }) => form.claims === undefined)
    await until(() => withoutClaims().length === 3)
  }))
