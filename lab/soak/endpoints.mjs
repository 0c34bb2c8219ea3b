import { setTimeout } from 'node:timers/promises'

import {
  empty,
  failing,
  garbage,
  html,
  openIdConfiguration,
  reset,
  silence,
  throttled,
  truncated,
} from '../../testkit/answers.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'
import { TENANT, identityName, makeToken, principalName } from './keys.mjs'

/** A client that counts `expires_in` from the response's arrival may use the token for that much longer. */
const ON_THE_WAY_MS = 2000

/**
 * @typedef {import('../../testkit/stand-in.mjs').Request} Request
 * @typedef {(request: Request, seconds: number, number: number) => object} Grant
 */

const MOODS = [
  { faulty: 0, forMs: 6000 },
  { faulty: 0.3, forMs: 6000 },
  { faulty: 1, forMs: 3000 },
]

const FAULTS = [
  reset,
  truncated,
  html,
  empty,
  garbage,
  failing(500),
  failing(503),
  throttled(0),
  throttled(1),
  throttled('soon'),
  { status: 400, body: { error: 'invalid_request', error_description: 'The soak was told to refuse' } },
]
/** A fetch waits half a minute for it, so it comes seldom. */
const SILENT = 0.003

/** @template T @param {T[]} list */
const oneOf = (list) => list[Math.floor(Math.random() * list.length)]

/**
 * A managed identity endpoint and an authority over TLS whose tokens live seconds and which fail at random, calm, flaky
 * or down by turns.
 *
 * @param {{ addedSeconds: number }} life `addedSeconds` is what a client takes off every token's life
 */
export const startEndpoints = async ({ addedSeconds }) => {
  const certificate = await tls()
  const counts = { requests: 0, faults: 0, tokens: 0 }
  let faulty = 0

  const answer = (/** @type {Grant} */ grant) => async (/** @type {Request} */ request) => {
    counts.requests += 1
    const drawn = Math.random()
    if (drawn < SILENT || drawn < faulty) {
      counts.faults += 1
      return drawn < SILENT ? silence : oneOf(FAULTS)
    }
    await setTimeout(Math.random() * 30)
    counts.tokens += 1
    return { body: grant(request, addedSeconds + 3 + Math.floor(Math.random() * 6), counts.tokens) }
  }
  const identity = await startStandIn({ respond: answer(grantIdentity) })
  const authority = await startStandIn({
    tls: certificate,
    respond: answer(grantPrincipal),
    aside: ({ method, path }) =>
      method === 'GET' ? openIdConfiguration(authority.origin, path.split('/')[1]) : undefined,
  })

  const stopped = new AbortController()
  const change = async () => {
    for (;;) {
      const mood = oneOf(MOODS)
      faulty = mood.faulty
      await setTimeout(mood.forMs * (0.5 + Math.random()), undefined, { signal: stopped.signal })
      // They are for assertions of tests, and would fill memory here.
      for (const { requests } of [identity, authority]) requests.length = 0
    }
  }
  change().catch(() => {})

  return {
    counts,
    caFile: certificate.caFile,
    /** The environments of the kinds of threads. */
    environments: {
      identity: {
        AZURE_TOKEN_CREDENTIALS: 'prod',
        IDENTITY_ENDPOINT: `${identity.origin}/msi/token`,
        IDENTITY_HEADER: 'the stand-in does not look at it',
      },
      principal: {
        AZURE_TOKEN_CREDENTIALS: 'prod',
        AZURE_AUTHORITY_HOST: authority.origin,
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: 'a-client',
        AZURE_CLIENT_SECRET: 'the stand-in does not look at it',
      },
    },
    close: async () => {
      stopped.abort()
      await Promise.all([identity.close(), authority.close()])
    },
  }
}

/** @type {Grant} */
const grantIdentity = ({ query }, seconds, number) => {
  const expiresOn = Math.floor(Date.now() / 1000) + seconds
  const token = makeToken(identityName(query.resource, query.client_id), expiresOn * 1000, number)
  return {
    access_token: token,
    expires_on: String(expiresOn),
    resource: query.resource,
    token_type: 'Bearer',
  }
}

/** @type {Grant} */
const grantPrincipal = ({ path, body }, seconds, number) => {
  const [, tenant] = path.split('/')
  const scopes = /** @type {string} */ (new URLSearchParams(body).get('scope'))
  const scope = scopes.split(' ').find((it) => it.startsWith('https:'))
  const expiresAt = Date.now() + seconds * 1000 + ON_THE_WAY_MS
  return {
    access_token: makeToken(principalName(tenant, scope), expiresAt, number),
    expires_in: seconds,
    token_type: 'Bearer',
  }
}
