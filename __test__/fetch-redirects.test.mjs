import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

import { redirect } from '../testkit/answers.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { BODY, CHAT, HOST, assertNothingLeft, onInternet } from './support/internet.mjs'
import { secret } from '../testkit/secrets.mjs'
import { valuesOf } from '../testkit/stand-in.mjs'

const POST = { method: 'POST', body: BODY }
const FOREIGN = 'foreign.example'
const LOOK_ALIKE = `${HOST}.evil.example`
const key = secret('api-key')

/** @typedef {import('../testkit/stand-in.mjs').Request} Received */
/** @typedef {typeof globalThis.fetch} Fetch */

describe('redirects', () => {
  const target = `https://other-resource.openai.azure.com/openai/deployments/chat/chat/completions`
  /**
   * Sends a request that is answered with a redirect; gives what was received after that.
   *
   * @param {string} location
   * @param {{ status?: number, init?: RequestInit, inner?: (fetch: Fetch) => Fetch }} how
   * @param {(outcome: { response: Response, received: Received[], tokens: string[], first: Received }) => unknown} act
   */
  const onRedirect = (location, { status = 307, init = POST, inner = (fetch) => fetch } = {}, act) =>
    onInternet(
      { start: startIdentity, names: [FOREIGN, LOOK_ALIKE, 'other-resource.openai.azure.com'] },
      async ({ source, azure, plain, fetch }) => {
        azure.next(redirect(location, status))
        const headers = {
          'api-key': ENTRA_ID_PLACEHOLDER,
          cookie: 'a=1',
          'ocp-apim-subscription-key': 'of API Management',
          'content-type': 'application/json',
          'x-other': '1',
        }
        const response = await entraIdFetch(inner(fetch))(CHAT, { headers, ...init })
        const received = [...azure.requests.slice(1), ...plain.requests]
        await act({ response, received, tokens: source.tokens.issued, first: azure.requests[0] })
      },
    )

  for (const { to, location } of [
    { to: 'a foreign host', location: `https://${FOREIGN}/` },
    { to: 'a look-alike', location: `//${LOOK_ALIKE}/` },
    { to: 'another resource', location: target },
    { to: 'another port', location: `https://${HOST}:8443/` },
    { to: 'the same host over http', location: `http://${HOST}/` },
  ]) {
    test(`to ${to}: followed without a token, a key or a cookie`, () =>
      onRedirect(location, {}, ({ received, tokens }) => {
        assert.equal(received.length, 1)
        assertNothingLeft(received, tokens)
        assert.deepEqual(valuesOf(received[0], 'authorization'), [])
        assert.deepEqual(valuesOf(received[0], 'cookie'), [])
        assert.deepEqual(valuesOf(received[0], 'ocp-apim-subscription-key'), [])
        assert.equal(received[0].headers['x-other'], '1')
        assert.equal(received[0].body, BODY)
      }))

    test(`to ${to}, by an inner fetch that would take every header along`, () => {
      // Follows by itself, as old versions of node-fetch do, unless it is told not to.
      /** @type {(fetch: Fetch) => Fetch} */
      const careless = (fetch) => async (url, init) => {
        const response = await fetch(url, { ...init, redirect: 'manual' })
        const next = response.headers.get('location')
        return init?.redirect === 'manual' || next === null
          ? response
          : fetch(new URL(next, String(url)), init)
      }
      return onRedirect(location, { inner: careless }, ({ received, tokens }) => {
        assert.equal(received.length, 1)
        assertNothingLeft(received, tokens)
      })
    })
  }

  test('to the same origin: followed with the token', () =>
    onRedirect(
      '/openai/deployments/chat/chat/completions?again=1',
      {},
      async ({ response, received, tokens }) => {
        assert.equal(response.status, 200)
        assert.deepEqual(valuesOf(received[0], 'authorization'), [`Bearer ${tokens[0]}`])
        assert.deepEqual(valuesOf(received[0], 'api-key'), [])
        assert.equal(received[0].body, BODY)
      },
    ))

  test('to another origin, and from there to another: followed without the token', () =>
    onInternet(
      { start: startIdentity, names: ['other-resource.openai.azure.com'] },
      async ({ source, azure, fetch }) => {
        azure.next(redirect(target))
        azure.next(redirect(CHAT))
        await entraIdFetch(fetch)(CHAT, POST)
        assert.equal(azure.requests.length, 3)
        assertNothingLeft(azure.requests.slice(1), source.tokens.issued)
      },
    ))

  test('to another resource with the placeholder in its address: refused', () =>
    onRedirect(`${target}?api-key=${ENTRA_ID_PLACEHOLDER}`, {}, async ({ response, received }) => {
      assert.equal(response.headers.get('x-entra-id-error'), 'ENTRA_ID_CONFIGURATION')
      const { error } = /** @type {{ error: { message: string } }} */ (await response.json())
      assert.match(
        error.message,
        /other-resource\.openai\.azure\.com, because a redirect from another origin/,
      )
      assert.equal(received.length, 0)
    }))

  for (const { status, method, becomes } of [
    { status: 301, method: 'POST', becomes: 'GET' },
    { status: 302, method: 'POST', becomes: 'GET' },
    { status: 303, method: 'POST', becomes: 'GET' },
    { status: 303, method: 'PUT', becomes: 'GET' },
    { status: 301, method: 'PUT', becomes: 'PUT' },
    { status: 302, method: 'GET', becomes: 'GET' },
    { status: 303, method: 'HEAD', becomes: 'HEAD' },
    { status: 307, method: 'POST', becomes: 'POST' },
    { status: 308, method: 'POST', becomes: 'POST' },
  ]) {
    test(`${status} makes ${method} ${becomes}, as fetch does`, () => {
      const body = method === 'GET' || method === 'HEAD' ? undefined : BODY
      const init = { method, body }
      return onRedirect(
        `https://${FOREIGN}/next`,
        { status, init: /** @type {any} without a body too */ (init) },
        ({ received }) => {
          assert.equal(received[0].method, becomes)
          assert.equal(received[0].path, '/next')
          assert.equal(received[0].body, becomes === method ? (body ?? '') : '')
          assert.equal('content-type' in received[0].headers, becomes === method)
        },
      )
    })
  }

  for (const { what, location, options } of [
    {
      what: "'manual': the caller gets it",
      location: `https://${FOREIGN}/`,
      options: { init: { ...POST, redirect: 'manual' } },
    },
    { what: 'no Location', location: undefined, options: {} },
    { what: 'a Location that is no address', location: 'https://', options: {} },
    { what: 'another scheme', location: 'data:text/plain,x', options: {} },
    {
      what: 'a body that cannot be sent again',
      location: '/next',
      options: { init: { method: 'POST', body: new Blob([BODY]).stream(), duplex: 'half' } },
    },
  ]) {
    test(`not followed: ${what}`, () =>
      onInternet({ start: startIdentity }, async ({ azure, fetch }) => {
        azure.next({ status: 307, headers: location === undefined ? {} : { location }, body: '' })
        const response = await entraIdFetch(fetch)(CHAT, /** @type {RequestInit} */ (options.init ?? POST))
        assert.equal(response.status, 307)
        assert.equal(response.headers.get('location'), location ?? null)
        assert.equal(azure.requests.length, 1)
      }))
  }

  test("'error': rejected, as by fetch", () =>
    onInternet({ start: startIdentity }, async ({ azure, fetch }) => {
      azure.next(redirect('/next'))
      await assert.rejects(entraIdFetch(fetch)(CHAT, { ...POST, redirect: 'error' }), TypeError)
      assert.equal(azure.requests.length, 1)
    }))

  test('in a circle: rejected after 20', () =>
    onInternet({ start: startIdentity }, async ({ azure, fetch }) => {
      azure.always(redirect(CHAT, 307))
      await assert.rejects(entraIdFetch(fetch)(CHAT, POST), TypeError)
      assert.equal(azure.requests.length, 21)
    }))

  test('a Request is followed likewise', () =>
    onInternet({ start: startIdentity, names: [FOREIGN] }, async ({ source, azure, fetch }) => {
      azure.next(redirect(`https://${FOREIGN}/next`))
      azure.next({ body: 'here' })
      const request = new Request(CHAT, { headers: { 'api-key': key, 'x-other': '1' } })
      assert.equal(await (await entraIdFetch(fetch)(request)).text(), 'here')
      const [, received] = azure.requests
      assertNothingLeft([received], [...source.tokens.issued, key])
      assert.equal(received.headers['x-other'], '1')
    }))
})
