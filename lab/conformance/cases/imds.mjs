import { AZ_TOKEN, C, OTHER } from './common.mjs'
import { azCall, identityGrant, imdsRequest, only, PROBE, PROBED } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Planned} Planned */

const PROD = only('prod')
const AZ = { az: { stdout: AZ_TOKEN } }
const TEXT = { 'content-type': 'text/plain' }
const NOT_YET = { error: 'not_ready', error_description: 'Try again later' }
const GRANT = identityGrant()
/** @param {(Planned | undefined)[]} answers */
const then = (...answers) => [PROBED, ...answers]
/** @param {string} message */
const refused = (message) => ({ status: 400, body: { error: 'invalid_request', error_description: message } })

/**
 * Section G: the metadata service of virtual machines, at its own address in a private network.
 *
 * @type {Case[]}
 */
export const cases = [
  {
    id: 'G01',
    what: 'a probe without the header, then the request with it',
    imds: then(GRANT),
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G02',
    what: 'a second call is served from memory',
    imds: then(GRANT),
    calls: [{}, {}],
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: probes IMDS with every call, even for a token that it holds',
  },
  {
    id: 'G03',
    what: 'no listener: unavailable at once',
    env: PROD,
    imds: 'absent',
    expect: { requests: [], outcome: { error: /IMDS|ManagedIdentity/ }, maxMs: 300 },
    peer: 'equal',
  },
  {
    id: 'G04',
    what: 'silence: unavailable after 1 s, asked once',
    env: PROD,
    imds: { silent: true },
    expect: { requests: [PROBE], outcome: { error: /IMDS|ManagedIdentity/ }, minMs: 900, maxMs: 1700 },
    peer: 'equal',
  },
  {
    id: 'G05',
    what: 'silence, a second time: known, and not waited for again',
    env: PROD,
    imds: { silent: true },
    calls: [{}, { sleep: 700 }, {}],
    expect: {
      outcome: [
        { error: /./, maxMs: 1700 },
        { error: /IMDS|ManagedIdentity/, maxMs: 300 },
      ],
    },
    peer: 'worse: every call waits a second',
  },
  {
    id: 'G06',
    what: 'Docker Desktop\'s 403 "unreachable": no token is asked for',
    env: PROD,
    imds: {
      status: 403,
      headers: TEXT,
      body: 'connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: dial tcp 169.254.169.254:80: connectex: A socket operation was attempted to an unreachable network.',
    },
    expect: { requests: [PROBE], outcome: { error: /IMDS|ManagedIdentity/ } },
    peer: 'equal',
  },
  {
    id: 'G07',
    what: '404 once, then a token',
    env: PROD,
    imds: then({ status: 404, body: '{}' }, GRANT),
    expect: {
      requests: [PROBE, imdsRequest(), imdsRequest()],
      outcome: { token: 'token-1' },
      // The baseline's pause is anything from half of 800 ms.
      minMs: 390,
      maxMs: 4000,
    },
    peer: 'equal',
  },
  {
    id: 'G08',
    what: '404 three times, then a token',
    env: PROD,
    imds: then({ status: 404, body: '{}' }, { status: 404, body: '{}' }, { status: 404, body: '{}' }, GRANT),
    expect: { requests: 5, outcome: { token: 'token-1' }, minMs: 2700, maxMs: 9000 },
    peer: 'equal',
    limitMs: 20_000,
    slow: true,
  },
  {
    id: 'G10',
    what: '404 for ever: six requests, then unavailable',
    env: PROD,
    imds: then({ status: 404, body: NOT_YET }),
    expect: { requests: 7, outcome: { error: /ManagedIdentity/ } },
    peer: 'equal',
    limitMs: 45_000,
    slow: true,
  },
  {
    id: 'G11',
    what: '500 for ever: six requests',
    env: PROD,
    imds: then({ status: 500, body: NOT_YET }),
    expect: { requests: 7, outcome: { error: /ManagedIdentity/ } },
    peer: 'equal',
    limitMs: 45_000,
    slow: true,
  },
  {
    id: 'G12',
    what: '429 with Retry-After: 2 for ever: six requests, two seconds apart',
    env: PROD,
    imds: then({ status: 429, headers: { 'retry-after': '2' }, body: NOT_YET }),
    expect: { requests: 7, outcome: { error: /ManagedIdentity/ }, minMs: 9800, maxMs: 13_000 },
    peer: 'equal',
    limitMs: 45_000,
    slow: true,
  },
  {
    id: 'G13',
    what: 'a client id',
    env: { AZURE_CLIENT_ID: C },
    imds: then(GRANT),
    expect: { requests: [PROBE, imdsRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G14',
    what: "a resource id, in IMDS's own spelling",
    options: { managedIdentityResourceId: '/subscriptions/s/i' },
    imds: then(GRANT),
    expect: {
      requests: [PROBE, imdsRequest({ msi_res_id: '/subscriptions/s/i' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'G15',
    what: 'an object id',
    env: only('ManagedIdentityCredential'),
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: { objectId: OTHER },
    oursOptions: { managedIdentityObjectId: OTHER },
    imds: GRANT,
    expect: { requests: [imdsRequest({ object_id: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G16',
    what: 'the only selected credential: no probe',
    env: only('ManagedIdentityCredential'),
    imds: GRANT,
    expect: { requests: [imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G17',
    what: 'no identity on this machine (400): az is asked',
    imds: then(refused('Identity not found')),
    tools: AZ,
    expect: { requests: [PROBE, imdsRequest()], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'equal',
  },
  {
    id: 'G18',
    what: 'no identity on this machine: the message holds what IMDS says',
    env: PROD,
    imds: then(refused('Identity not found')),
    expect: { requests: [PROBE, imdsRequest()], outcome: { error: /Identity not found/ } },
    peer: 'equal',
  },
  {
    id: 'G19',
    what: '410 while IMDS is updated: waited for, then a token',
    env: PROD,
    imds: then({ status: 410, body: '{}' }, GRANT),
    expect: {
      requests: [PROBE, imdsRequest(), imdsRequest()],
      outcome: { token: 'token-1' },
      // No pause is longer than 2 s while callers wait for a first token.
      minMs: 200,
      maxMs: 7000,
    },
    peer: 'equal',
  },
  {
    id: 'G20',
    what: '429 without Retry-After: waited for, then a token',
    env: PROD,
    imds: then({ status: 429, body: '{}' }, GRANT),
    expect: { requests: 3, outcome: { token: 'token-1' }, minMs: 500, maxMs: 4000 },
    peer: 'worse: gives up at once',
  },
  {
    id: 'G21',
    what: '503 once, then a token',
    env: PROD,
    imds: then({ status: 503, body: 'Service Unavailable' }, GRANT),
    expect: { requests: 3, outcome: { token: 'token-1' }, maxMs: 4000 },
    peer: 'equal',
  },
  {
    id: 'G22',
    what: 'a probe that is answered 403 for another reason: IMDS is there and is asked',
    env: PROD,
    imds: [{ status: 403, headers: TEXT, body: 'Forbidden' }, GRANT],
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G23',
    what: 'a probe that is answered 500: IMDS is there and is asked',
    env: PROD,
    imds: [{ status: 500, body: '{}' }, GRANT],
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'G24',
    what: 'a probe that is reset: unavailable, and az serves',
    imds: { reset: true },
    tools: AZ,
    expect: { requests: [PROBE], spawned: [azCall()], outcome: { token: 'az-token' }, maxMs: 1500 },
    peer: 'equal',
  },
  {
    id: 'G25',
    what: 'a token of 24 h from IMDS: to be refreshed after half its life',
    env: PROD,
    imds: then(identityGrant({ expires_on: '{now+86400}', expires_in: '86400', refresh_in: '43200' })),
    expect: { outcome: { token: 'token-1', expiry: { in: 86_400 }, refreshIn: 43_200 } },
    peer: 'equal',
  },
  {
    id: 'G26',
    what: 'Retry-After as a date',
    env: PROD,
    imds: then(
      { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, body: '{}' },
      GRANT,
    ),
    expect: { requests: 3, outcome: { token: 'token-1' }, maxMs: 3000 },
    peer: 'equal',
  },
  {
    id: 'G27',
    what: 'the blip does not hand over to az: 500 for a token that was served before',
    imds: then(identityGrant({ expires_on: '{now+3600}' }), { status: 500, body: '{}' }),
    clock: true,
    tools: AZ,
    calls: [{}, { advance: 3700 }, {}],
    expect: { spawned: [], outcome: [{ token: 'token-1' }, { error: /500/, code: 'ENTRA_ID_NETWORK' }] },
    peer: 'worse: goes on to az: another identity',
    limitMs: 45_000,
    slow: true,
  },
]
