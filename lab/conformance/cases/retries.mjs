import { APP_SERVICE, AZ_TOKEN, OTHER, SERVICE_PRINCIPAL } from './common.mjs'
import {
  appServiceRequest,
  identityGrant,
  imdsRequest,
  only,
  PROBE,
  PROBED,
  secretRequest,
} from './common.mjs'

/** @typedef {import('./common.mjs').Answers} Answers */
/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Expectation} Expectation */
/** @typedef {import('./common.mjs').Planned} Planned */
/** @typedef {import('./common.mjs').Setting} Setting */

const DOWN = { status: 503, body: 'Service Unavailable' }
const HOST = { ...APP_SERVICE, ...only('ManagedIdentityCredential') }
const IMDS = only('ManagedIdentityCredential')
const GRANT = identityGrant()
/**
 * @template T
 * @param {number} count
 * @param {T} answer
 */
const times = (count, answer) => Array.from({ length: count }, () => answer)
/**
 * @param {string} id
 * @param {string} what
 * @param {Answers} answers
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const entra = (id, what, answers, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: SERVICE_PRINCIPAL,
  authority: answers,
  expect,
  peer,
  ...more,
})
/**
 * @param {string} id
 * @param {string} what
 * @param {Answers} answers
 * @param {Expectation} expect
 * @param {Setting & { peer?: string }} [setting]
 * @returns {Case}
 */
const appService = (id, what, answers, expect, { peer = 'equal', ...more } = {}) => ({
  id,
  what,
  env: HOST,
  host: answers,
  expect,
  peer,
  ...more,
})

/** What is sent again, how often and how soon: of sections C, E and G. @type {Case[]} */
export const cases = [
  entra('C92', '408 once: asked again', [{ status: 408, body: '{}' }, undefined], {
    requests: [secretRequest(), secretRequest()],
    outcome: { token: 'token-1' },
    maxMs: 4000,
  }),
  entra('C93', '501: not asked again', { status: 501, body: '{}' }, { requests: 1, outcome: { error: /./ } }),
  entra(
    'C94',
    '429 without Retry-After: waits and asks again',
    [{ status: 429, body: '{}' }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, minMs: 500, maxMs: 4000 },
    { peer: 'worse: gives up at once' },
  ),
  entra(
    'C95',
    '503 with Retry-After: 0: asked again at once',
    [{ ...DOWN, headers: { 'retry-after': '0' } }, undefined],
    {
      requests: 2,
      outcome: { token: 'token-1' },
      maxMs: 800,
    },
  ),
  entra(
    'C96',
    'retryOptions.maxRetries 0: 503 is not asked again',
    DOWN,
    { requests: 1, outcome: { error: /./ } },
    {
      options: { retryOptions: { maxRetries: 0 } },
    },
  ),
  entra(
    'C97',
    'retryOptions: five retries, 50 ms apart at first',
    [...times(5, DOWN), undefined],
    { requests: 6, outcome: { token: 'token-1' }, maxMs: 4000 },
    { options: { retryOptions: { maxRetries: 5, retryDelayInMs: 50 } } },
  ),
  entra(
    'C98',
    'retryOptions.maxRetryDelayInMs bounds the pauses',
    [...times(6, DOWN), undefined],
    { requests: 7, outcome: { token: 'token-1' }, maxMs: 2500 },
    { options: { retryOptions: { maxRetries: 6, retryDelayInMs: 100, maxRetryDelayInMs: 200 } } },
  ),
  entra(
    'C99',
    'retryOptions.maxRetries 1: reset twice, then an error',
    { reset: true },
    { requests: 2, outcome: { error: /./, code: 'ENTRA_ID_NETWORK' } },
    { options: { retryOptions: { maxRetries: 1, retryDelayInMs: 50 } } },
  ),
  appService(
    'E32',
    '404 once, while the identity is set up: asked again',
    [{ status: 404, body: '{}' }, GRANT],
    {
      requests: [appServiceRequest(), appServiceRequest()],
      outcome: { token: 'token-1' },
      maxMs: 3000,
    },
  ),
  appService('E33', 'the connection is reset once: asked again', [{ reset: true }, GRANT], {
    requests: 2,
    outcome: { token: 'token-1' },
    maxMs: 3000,
  }),
  appService(
    'E34',
    'retryOptions.maxRetries 0: 500 is not asked again',
    { status: 500, body: {} },
    {
      requests: [appServiceRequest()],
      outcome: { error: /./, code: 'ENTRA_ID_NETWORK' },
    },
    { env: APP_SERVICE, options: { retryOptions: { maxRetries: 0 } } },
  ),
  appService(
    'E35',
    '429 with Retry-After: 1: asked again after a second',
    [{ status: 429, headers: { 'retry-after': '1' }, body: {} }, GRANT],
    {
      requests: 2,
      outcome: { token: 'token-1' },
      minMs: 950,
      maxMs: 4000,
    },
  ),
  appService(
    'E36',
    '500 for ever: six requests',
    { status: 500, body: {} },
    { requests: 6, outcome: { error: /./, code: 'ENTRA_ID_NETWORK' } },
    {
      limitMs: 45_000,
      slow: true,
    },
  ),
  {
    id: 'G11a',
    what: '500 for ever with only ManagedIdentityCredential: six requests, no probe',
    env: IMDS,
    imds: { status: 500, body: '{}' },
    expect: { requests: times(6, imdsRequest()), outcome: { error: /./, code: 'ENTRA_ID_NETWORK' } },
    peer: 'equal',
    limitMs: 45_000,
    slow: true,
  },
  {
    id: 'G11b',
    what: '500 for ever as the class ManagedIdentityCredential has it, three retries: four requests',
    env: IMDS,
    baselineClass: 'ManagedIdentityCredential',
    baselineOptions: {},
    oursOptions: { retryOptions: { maxRetries: 3, retryDelayInMs: 1000 } },
    imds: { status: 500, body: '{}' },
    expect: { requests: times(4, imdsRequest()), outcome: { error: /./, code: 'ENTRA_ID_NETWORK' } },
    peer: 'equal',
    limitMs: 45_000,
    slow: true,
  },
  {
    id: 'G28',
    what: 'retryOptions.maxRetries 1: 404 for ever is asked twice',
    env: only('prod'),
    options: { retryOptions: { maxRetries: 1 } },
    imds: [PROBED, { status: 404, body: { error: 'not_ready', error_description: 'Try again later' } }],
    expect: { requests: [PROBE, imdsRequest(), imdsRequest()], outcome: { error: /ManagedIdentity|404/ } },
    peer: 'equal',
  },
  {
    id: 'G29',
    what: '429 with Retry-After: 1, then a token',
    env: only('prod'),
    imds: [PROBED, { status: 429, headers: { 'retry-after': '1' }, body: '{}' }, GRANT],
    expect: { requests: 3, outcome: { token: 'token-1' }, minMs: 950, maxMs: 4000 },
    peer: 'equal',
  },
  {
    id: 'G30',
    what: '404, then 500, then a token',
    env: only('prod'),
    imds: [PROBED, { status: 404, body: '{}' }, { status: 500, body: '{}' }, GRANT],
    expect: { requests: 4, outcome: { token: 'token-1' }, maxMs: 6000 },
    peer: 'equal',
  },
  {
    id: 'G31',
    what: 'the request is reset once after a good probe: asked again',
    env: only('prod'),
    imds: [PROBED, { reset: true }, GRANT],
    expect: { requests: [PROBE, imdsRequest(), imdsRequest()], outcome: { token: 'token-1' }, maxMs: 3000 },
    peer: 'equal',
  },
  {
    id: 'G32',
    what: 'the only credential, and silent: an error within a minute',
    env: IMDS,
    imds: { silent: true },
    expect: {
      outcome: { error: /55 ?s/, code: 'ENTRA_ID_TIMEOUT' },
      maxMs: 58_000,
    },
    peer: 'worse: waits for ever',
    limitMs: 70_000,
    slow: true,
  },
  {
    id: 'G33',
    what: 'five calls at once: one probe, one request',
    env: only('prod'),
    imds: ({ query }) => (query.resource ? { delayMs: 150, ...GRANT } : PROBED),
    calls: [{ times: 5 }],
    expect: { requests: [PROBE, imdsRequest()], outcome: { distinct: 1, failures: 0 } },
    peer: 'worse: five probes, five requests',
  },
  {
    id: 'G34',
    what: 'a probe that takes 700 ms: IMDS is there',
    env: only('prod'),
    imds: [{ ...PROBED, delayMs: 700 }, GRANT],
    expect: { requests: [PROBE, imdsRequest()], outcome: { token: 'token-1' }, minMs: 650 },
    peer: 'equal',
  },
  {
    id: 'G35',
    what: '403 "unreachable" for the request itself, of the only credential: the message holds it',
    env: IMDS,
    imds: {
      status: 403,
      headers: { 'content-type': 'text/plain' },
      body: 'a socket operation to an unreachable network',
    },
    expect: { requests: [imdsRequest()], outcome: { error: /unreachable/ } },
    peer: 'equal',
  },
  {
    id: 'G36',
    what: 'a tenant in the call is not heeded',
    env: IMDS,
    calls: [{ options: { tenantId: OTHER } }],
    imds: GRANT,
    expect: { requests: [imdsRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  entra(
    'C112',
    '503 with x-ms-retry-after-ms: its milliseconds count, not the seconds beside it',
    [{ ...DOWN, headers: { 'x-ms-retry-after-ms': '300', 'retry-after': '9' } }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, minMs: 290, maxMs: 2500 },
  ),
  entra(
    'C113',
    '429 with retry-after-ms: asked again after so many',
    [{ status: 429, headers: { 'retry-after-ms': '1200' }, body: '{}' }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, minMs: 1150, maxMs: 4000 },
  ),
  entra(
    'C114',
    '503 with a Retry-After of a fraction',
    [{ ...DOWN, headers: { 'retry-after': '1.5' } }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, minMs: 1450, maxMs: 4000 },
  ),
  entra(
    'C115',
    '503 with an unreadable Retry-After: retried after the usual back-off',
    [{ ...DOWN, headers: { 'retry-after': 'soon' } }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, minMs: 500, maxMs: 4000 },
  ),
  entra(
    'C116',
    '503 with a Retry-After in the past: asked again at once',
    [{ ...DOWN, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, maxMs: 800 },
  ),
  entra(
    'C117',
    '500 with a long Retry-After, which is not for it: asked again after the usual pause',
    [{ status: 500, headers: { 'retry-after': '60' }, body: '{}' }, undefined],
    { requests: 2, outcome: { token: 'token-1' }, maxMs: 4000 },
  ),
  entra(
    'C118',
    'the answer is cut short once: asked again',
    [{ cut: true, ...GRANT }, undefined],
    { requests: 2, outcome: { token: 'token-2' }, maxMs: 4000 },
    { peer: 'worse: fails at once, with a network error' },
  ),
  entra(
    'C119',
    'a failure, and a second later an authority that is well again: a token',
    [DOWN, undefined],
    { requests: 2, outcome: [{ error: /./, code: 'ENTRA_ID_NETWORK' }, { token: 'token-1' }] },
    { options: { retryOptions: { maxRetries: 0 } }, calls: [{}, { sleep: 1200 }, {}] },
  ),
  appService(
    'E51',
    '429 with a Retry-After of 25 s: told at once, and for how long, rather than held up',
    [{ status: 429, headers: { 'retry-after': '25' }, body: {} }, GRANT],
    { requests: 1, outcome: { error: /25 s/, code: 'ENTRA_ID_THROTTLED' }, maxMs: 1000 },
    { peer: 'worse: the caller waits for as long as the endpoint says', limitMs: 40_000, slow: true },
  ),
  {
    id: 'G37',
    what: 'requestOptions.timeout of 300 ms, silence and an az that takes 2 s: the caller waits no longer',
    imds: { silent: true },
    tools: { az: { stdout: AZ_TOKEN, delayMs: 2000 } },
    calls: [{ options: { requestOptions: { timeout: 300 } } }],
    expect: { requests: [PROBE], outcome: { error: /300 ms/, code: 'ENTRA_ID_TIMEOUT' }, maxMs: 900 },
    peer: 'worse: applies it only to the probe',
  },
]
