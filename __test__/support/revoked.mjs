import assert from 'node:assert/strict'

import { entraIdFetch } from 'azure-openai-entra'

import { noDeveloperTools } from '../../testkit/azure-cli.mjs'
import { ANSWER } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { BODY, CHAT, onInternet } from './internet.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'

/** @typedef {import('../../testkit/stand-in.mjs').Request} Request */
/** @typedef {import('./fixture.mjs').Start} Start */

const POST = { method: 'POST', body: BODY }
export const REFUSED = { error: { code: '401', message: 'The access token is not known here.' } }

/** @param {{ requests: Request[] }} azure */
export const tokensSent = ({ requests }) =>
  requests.map((it) => valuesOf(it, 'authorization')[0].slice('Bearer '.length))

/**
 * Every source so far is revoked: Azure OpenAI takes the tokens that come after this.
 *
 * @param {import('./fixture.mjs').Testbed} testbed
 * @param {{ headers?: Record<string, string>, body?: unknown }} [answer]
 */
export const revoke = ({ source, azure }, { headers, body = REFUSED } = {}) => {
  const revoked = new Set(source.tokens.issued)
  azure.always((request) => {
    const [token] = tokensSent({ requests: [request] })
    if (revoked.has(token)) return { status: 401, headers, body }
    return { body: { choices: [{ message: { content: ANSWER } }] } }
  })
}

/**
 * A fixture with one chat behind it, whose token Azure OpenAI refuses from now on.
 *
 * @param {(fixture: import('./internet.mjs').Internet & { send: typeof fetch, tokens: string[] }) => unknown} act
 * @param {{ start?: Start, answer?: Parameters<typeof revoke>[1] }} [setting]
 */
export const onRevoked = (act, { start = startIdentity, answer } = {}) =>
  onInternet({ start, variables: noDeveloperTools() }, async (fixture) => {
    const send = entraIdFetch(fixture.fetch)
    assert.equal((await send(CHAT, POST)).status, 200)
    revoke(fixture, answer)
    fixture.azure.requests.length = 0
    await act({ ...fixture, send, tokens: fixture.source.tokens.issued })
  })
