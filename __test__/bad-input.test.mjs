import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  DefaultAzureCredential,
  getAzureOpenAIToken,
  getBearerTokenProvider,
  setLogger,
} from 'azure-openai-entra'

import { rejectsWith, throwsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'

const NOT_OBJECTS = ['text', '', 1, true, ['array'], () => {}, Symbol('symbol'), 1n]
const NOT_STRINGS = [1, true, {}, ['array'], () => {}, Symbol('symbol'), 1n]
const NOT_SCOPES = [
  '',
  1,
  true,
  {},
  [],
  [1],
  [''],
  [undefined],
  [SCOPE, null],
  () => {},
  Symbol('symbol'),
  1n,
]
/** The core would see all of them as one text. */
const HALF_PAIRS = ['\ud800', 'alice \udfff', '\udc00\ud800']
const NOT_BOOLEANS = ['true', 1, 0, {}, []]
const NOT_MILLISECONDS = ['1000', 0, -1, Number.NaN, Infinity, 2 ** 31, true, {}, 1n]
const NOT_SIGNALS = [
  'text',
  1,
  true,
  {},
  { aborted: true },
  new AbortController(),
  new EventTarget(),
  () => {},
]
const NOT_TENANTS = ['../common', 'a/b', 'a b', 'a?b', 'tenant\n', 'ténant']
const NOT_CLAIMS = ['{', 'nonce', '[]', '1', 'null', '"text"']

/** Text for the name of a test. @param {{} | null | undefined} value */
const shown = (value) => {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string' || Array.isArray(value)) return JSON.stringify(value)
  return value?.constructor === Object ? JSON.stringify(value) : String(value)
}

/** @typedef {{ given: any, value: any, name: string, word: string }} Bad any, because no type allows what is given */

/**
 * `name` with each of `values`, and the word that the error must have.
 *
 * @param {string} name
 * @param {unknown[]} values
 * @returns {Bad[]}
 */
const option = (name, values, word = name) =>
  values.map((value) => ({ given: { [name]: value }, value, name, word }))

const REQUEST_OPTIONS = [
  ...option('tenantId', [...NOT_STRINGS, ...NOT_TENANTS, ...HALF_PAIRS]),
  ...option('claims', [...NOT_STRINGS, ...NOT_CLAIMS, ...HALF_PAIRS.map((half) => `{"${half}":1}`)]),
  ...option('signal', NOT_SIGNALS),
  ...option('timeoutMs', NOT_MILLISECONDS),
  ...option('forceRefresh', NOT_BOOLEANS),
]

/**
 * That a call is refused for its arguments: as an EntraIdError that names the one, and without any request.
 *
 * @param {string} word
 */
const refusal = (word) => ({
  code: 'ENTRA_ID_CONFIGURATION',
  attempts: [],
  // A sentence begins with a capital.
  message: new RegExp(`\\b${word}\\b`, 'i'),
})

/** @param {() => unknown} act */
const withoutRequest = (act) =>
  onSource({ start: startIdentity }, async (source) => {
    await act()
    assert.equal(source.requests.length, 0)
  })

describe('getAzureOpenAIToken rejects', () => {
  /** @type {Bad[]} */
  const TABLE = [
    ...NOT_OBJECTS.map((value) => ({ given: value, value, name: 'options', word: 'options' })),
    ...option('scope', NOT_SCOPES),
    ...option('scope', [' ', 'a\u00A0b', 'a\\b', [SCOPE, '"']], 'scope'),
    ...REQUEST_OPTIONS,
  ]
  for (const { given, value, name, word } of TABLE) {
    test(`${name} ${shown(value)}`, () =>
      withoutRequest(() => rejectsWith(getAzureOpenAIToken(given), refusal(word))))
  }
})

describe('getToken rejects', () => {
  for (const scopes of [undefined, null, ' \n', ...NOT_SCOPES]) {
    test(`scopes ${shown(scopes)}`, () =>
      withoutRequest(() =>
        rejectsWith(
          new DefaultAzureCredential().getToken(/** @type {any} wrong on purpose */ (scopes)),
          refusal('scopes?'),
        ),
      ))
  }

  /** @type {Bad[]} */
  const TABLE = [
    ...NOT_OBJECTS.map((value) => ({ given: value, value, name: 'options', word: 'options' })),
    ...REQUEST_OPTIONS,
    ...option('abortSignal', NOT_SIGNALS),
    ...option('requestOptions', NOT_OBJECTS),
    ...option('requestOptions', [{ timeout: '1' }, { timeout: -1 }], 'timeout'),
  ]
  for (const { given, value, name, word } of TABLE) {
    test(`${name} ${shown(value)}`, () =>
      withoutRequest(() => rejectsWith(new DefaultAzureCredential().getToken(SCOPE, given), refusal(word))))
  }
})

describe('getBearerTokenProvider throws', () => {
  const NOT_CREDENTIALS = ['text', 1, true, {}, [], { getToken: 'text' }, () => {}, Symbol('symbol')]
  const TABLE = [
    ...NOT_CREDENTIALS.map((value) => ({ args: [value, SCOPE], value, word: 'credential' })),
    ...[undefined, null, ...NOT_SCOPES].map((value) => ({ args: [undefined, value], value, word: 'scopes' })),
    ...NOT_OBJECTS.map((value) => ({ args: [undefined, SCOPE, value], value, word: 'options' })),
    ...NOT_SIGNALS.map((value) => ({
      args: [undefined, SCOPE, { abortSignal: value }],
      value,
      word: 'abortSignal',
    })),
    ...[...NOT_STRINGS, ...HALF_PAIRS].map((value) => ({
      args: [undefined, SCOPE, { cacheKey: value }],
      value,
      word: 'cacheKey',
    })),
  ]
  for (const { args, value, word } of TABLE) {
    test(`${word} ${shown(value)}`, () =>
      withoutRequest(() =>
        throwsWith(
          () => /** @type {any} wrong on purpose */ (getBearerTokenProvider)(...args),
          refusal(word),
        ),
      ))
  }
})

describe('DefaultAzureCredential throws', () => {
  /** @type {Bad[]} */
  const TABLE = [
    ...NOT_OBJECTS.map((value) => ({ given: value, value, name: 'options', word: 'options' })),
    ...[
      'tenantId',
      'managedIdentityClientId',
      'managedIdentityResourceId',
      'workloadIdentityClientId',
      'authorityHost',
      'subscription',
    ].flatMap((name) => option(name, [...NOT_STRINGS, ...HALF_PAIRS])),
    ...option('additionallyAllowedTenants', ['', 1, {}, [1], [''], HALF_PAIRS, () => {}]),
    ...option(
      'processTimeoutInMs',
      NOT_MILLISECONDS.filter((value) => value !== 0),
    ),
    ...option('retryOptions', NOT_OBJECTS),
    ...option(
      'retryOptions',
      [-1, 0.5, '1', NaN].map((maxRetries) => ({ maxRetries })),
      'maxRetries',
    ),
    ...option(
      'retryOptions',
      [-1, '1', Infinity].map((retryDelayInMs) => ({ retryDelayInMs })),
      'retryDelayInMs',
    ),
    // @azure/identity takes what is neither.
    ...['disableInstanceDiscovery', 'enableAzureProxy'].flatMap((name) =>
      option(
        name,
        NOT_BOOLEANS.filter((value) => value !== 'true'),
      ),
    ),
    ...option('requiredEnvVars', ['', 0, false, {}, [1], [''], () => {}]),
    ...option('requiredEnvVars', ['NO_SUCH_VARIABLE', ['PATH', 'NO_SUCH_VARIABLE']], 'NO_SUCH_VARIABLE'),
    ...option('authorityHost', [
      'http://login.microsoftonline.com',
      'http://127.0.0.1',
      'login.microsoftonline.com',
      'ftp://login.microsoftonline.com',
      'https://',
      'https://user:password@login.microsoftonline.com',
    ]),
  ]
  for (const { given, value, name, word } of TABLE) {
    test(`${name} ${shown(value)}`, () =>
      withoutRequest(() => throwsWith(() => new DefaultAzureCredential(given), refusal(word))))
  }

  test('managedIdentityClientId together with managedIdentityResourceId', () =>
    withoutRequest(() => {
      const both = { managedIdentityClientId: 'a', managedIdentityResourceId: '/b' }
      throwsWith(() => new DefaultAzureCredential(both), refusal('managedIdentityResourceId'))
    }))
})

test('options of DefaultAzureCredential that are unset, empty or met are no reason to throw', () => {
  const NAMES = [
    'tenantId',
    'managedIdentityClientId',
    'managedIdentityResourceId',
    'workloadIdentityClientId',
  ]
  for (const given of [
    undefined,
    null,
    {},
    ...NAMES.flatMap((name) => [{ [name]: undefined }, { [name]: null }, { [name]: '' }]),
    { authorityHost: ' https://login.microsoftonline.us/ ' },
    { additionallyAllowedTenants: [] },
    { additionallyAllowedTenants: '*' },
    { disableInstanceDiscovery: 'true', enableAzureProxy: 'false' },
    { requiredEnvVars: [] },
    { requiredEnvVars: 'PATH' },
    { retryOptions: undefined, anOptionOfTomorrow: true },
    { retryOptions: {} },
    { retryOptions: { maxRetries: 0, retryDelayInMs: 0, maxRetryDelayInMs: null } },
  ]) {
    assert.ok(
      new DefaultAzureCredential(/** @type {any} wrong on purpose */ (given)) instanceof
        DefaultAzureCredential,
    )
  }
})

describe('setLogger throws', () => {
  const log = () => {}
  for (const { logger, missing } of [
    { logger: 'text', missing: 'error' },
    { logger: 1, missing: 'error' },
    { logger: {}, missing: 'error' },
    { logger: [], missing: 'error' },
    { logger: log, missing: 'error' },
    { logger: { error: log, warn: log, info: log }, missing: 'debug' },
    { logger: { error: log, warn: log, info: 'text', debug: log }, missing: 'info' },
    { logger: { error: log, warn: null, info: log, debug: log }, missing: 'warn' },
  ]) {
    test(`${shown(logger)} without ${missing}`, () => {
      throwsWith(() => setLogger(/** @type {any} wrong on purpose */ (logger)), refusal(`logger.${missing}`))
    })
  }
})

test('a value that stands in the wrong place is not repeated: it can be a secret', () =>
  withoutRequest(async () => {
    const misplaced = /** @type {any} wrong on purpose */ ('a-secret-in-the-wrong-place')
    for (const refused of [
      await rejectsWith(getAzureOpenAIToken(misplaced), {}),
      await rejectsWith(getAzureOpenAIToken({ signal: misplaced }), {}),
      throwsWith(() => new DefaultAzureCredential(misplaced), {}),
      throwsWith(
        () => new DefaultAzureCredential({ authorityHost: `https://user:${misplaced}@a.example` }),
        {},
      ),
      throwsWith(() => getBearerTokenProvider(misplaced, SCOPE), {}),
    ]) {
      assert.ok(refused.stack)
      assert.doesNotMatch(refused.stack, /a-secret-in-the-wrong-place/)
    }
  }))
