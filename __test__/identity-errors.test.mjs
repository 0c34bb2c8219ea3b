import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'

import * as esModule from 'azure-openai-entra'

import { aadsts, startAuthority } from '../testkit/authority.mjs'
import { noDeveloperTools } from '../testkit/azure-cli.mjs'
import { rejectsWith } from './support/errors.mjs'
import { onSource } from './support/fixture.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { secret } from '../testkit/secrets.mjs'

const { DefaultAzureCredential, EntraIdError } = esModule
const entra = { ...esModule }
/** The same by any name. @type {Record<string, any>} any, as each is another class */
const byName = entra
const theirs = createRequire(import.meta.url)('@azure/identity')

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const CLASSES = [
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]
const cause = new Error('the cause')
const oauth = {
  error: 'invalid_client',
  error_description: 'AADSTS7000215: no',
  error_codes: [7_000_215],
  timestamp: '2026-01-01 00:00:00Z',
  trace_id: 'trace',
  correlation_id: 'correlation',
}

/**
 * What apps make the errors with, and tests of apps.
 *
 * @type {[string, any[]][]} any, because each class has its own arguments
 */
const MADE = [
  ['CredentialUnavailableError', []],
  ['CredentialUnavailableError', ['not here']],
  ['CredentialUnavailableError', ['not here', { cause }]],
  ['AuthenticationError', [400, oauth]],
  ['AuthenticationError', [401, JSON.stringify(oauth), { cause }]],
  ['AuthenticationError', [400, 'no JSON']],
  ['AuthenticationError', [500, 'no JSON']],
  ['AuthenticationError', [500, 'null']],
  ['AuthenticationError', [500]],
  ['AuthenticationError', [500, null]],
  ['AuthenticationError', [500, { error: 1 }]],
  ['AggregateAuthenticationError', [[cause, new Error('another')], 'the chain failed']],
  ['AggregateAuthenticationError', [[]]],
  ['AuthenticationRequiredError', [{ scopes: [SCOPE] }]],
  [
    'AuthenticationRequiredError',
    [{ scopes: [SCOPE], getTokenOptions: { claims: '{}' }, message: 'sign in', cause }],
  ],
]
const MEMBERS = [
  'name',
  'message',
  'cause',
  'statusCode',
  'errorResponse',
  'errors',
  'scopes',
  'getTokenOptions',
]

for (const [name, args] of MADE) {
  test(`${name} made of ${JSON.stringify(args)} has the members of @azure/identity's`, () => {
    const ours = new byName[name](...args)
    const baseline = new theirs[name](...args)
    for (const member of MEMBERS) assert.deepEqual(ours[member], baseline[member], member)
    assert.ok(ours instanceof EntraIdError)
    assert.match(String(ours.stack), new RegExp(`^${name}`))
    for (const each of CLASSES) assert.equal(ours instanceof byName[each], each === name, each)
  })
}

test('an error can be made of anything, and its message is bounded', () => {
  const throws = () => {
    throw new Error('unreadable')
  }
  /** @type {any[]} any, as apps make them */
  const odd = [
    undefined,
    null,
    5,
    'x',
    'x'.repeat(5_000_000),
    Symbol('why'),
    {},
    [null],
    { toString: throws },
  ]
  odd.push([{ toString: throws }], [Object.create(null)], { error: Symbol('why'), error_description: throws })
  for (const name of CLASSES) {
    for (const first of odd) {
      for (const second of odd) {
        const error = new byName[name](first, second)
        assert.ok(error instanceof EntraIdError && error.message.length < 20_000, name)
      }
    }
  }
})

describe('instanceof', () => {
  for (const [name, args] of MADE) {
    test(`recognises @azure/identity's ${name} of ${JSON.stringify(args)}, and only as that`, () => {
      const error = new theirs[name](...args)
      for (const each of CLASSES) assert.equal(error instanceof byName[each], each === name, each)
      assert.ok(!(error instanceof EntraIdError))
    })
  }

  test('recognises an error of another realm by its name', () => {
    const error = runInNewContext(`Object.assign(new Error('no'), { name: 'CredentialUnavailableError' })`)
    assert.ok(error instanceof entra.CredentialUnavailableError)
    assert.ok(!(error instanceof entra.AuthenticationError))
  })

  test('recognises no object that is no error, and no error of another name', () => {
    for (const value of [
      undefined,
      null,
      'x',
      { name: 'AuthenticationError' },
      new Error('AuthenticationError'),
    ])
      assert.ok(!(value instanceof entra.AuthenticationError))
  })

  test("an app's subclass recognises only its own", () => {
    class Mine extends entra.CredentialUnavailableError {}
    assert.ok(new Mine('mine') instanceof Mine)
    assert.ok(new Mine('mine') instanceof entra.CredentialUnavailableError)
    assert.ok(!(new entra.CredentialUnavailableError('other') instanceof Mine))
  })
})

test('the names are constants, as in @azure/identity', () => {
  const constants = Object.keys(theirs).filter((name) => name.endsWith('ErrorName'))
  assert.equal(constants.length, 3)
  for (const name of constants) assert.equal(byName[name], theirs[name])
})

describe('a credential rejects', () => {
  test('with an AggregateAuthenticationError if no credential of the chain serves', () =>
    onSource({ start: startIdentity, variables: noDeveloperTools() }, async (source) => {
      source.always({
        status: 400,
        body: { error: 'invalid_request', error_description: 'Identity not found' },
      })
      const error = await rejectsWith(new DefaultAzureCredential().getToken(SCOPE), {
        name: 'AggregateAuthenticationError',
        code: 'ENTRA_ID_REJECTED',
      })
      assert.ok(error instanceof entra.AggregateAuthenticationError)
      assert.deepEqual(
        error.errors.map((each) => [each.name, each.attempts.length, each.credential]),
        error.attempts.map(({ credential }) => ['CredentialUnavailableError', 1, credential]),
      )
      assert.equal(error.errors.length, 8)
      for (const [index, each] of error.errors.entries()) {
        assert.ok(each instanceof entra.CredentialUnavailableError)
        assert.equal(each.code, error.attempts[index].code)
        assert.match(each.message, new RegExp(`^${each.credential} gave no token: `))
      }
    }))

  test('with an AuthenticationError if Entra ID refuses the service principal', () =>
    onSource({ start: startAuthority }, async (source) => {
      const { status, body } = aadsts(401, 7_000_215, 'invalid_client', 'Invalid client secret provided.')
      source.always({ status, body: { ...body, trace_id: 'trace', correlation_id: 'correlation' } })
      const error = await rejectsWith(new DefaultAzureCredential().getToken(SCOPE), {
        name: 'AuthenticationError',
        code: 'ENTRA_ID_REJECTED',
        statusCode: 400,
        status: 401,
      })
      assert.ok(error instanceof entra.AuthenticationError)
      assert.match(error.errorResponse.errorDescription, /^AADSTS7000215: /)
      const { error: code, errorCodes, traceId, correlationId } = error.errorResponse
      assert.deepEqual(
        [code, errorCodes, traceId, correlationId],
        ['invalid_client', [7_000_215], 'trace', 'correlation'],
      )
    }))

  test("with a service principal's class: refused or, if the authority does not answer, unavailable", () =>
    onSource({ start: startAuthority }, async (source) => {
      const options = { disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } }
      /** @param {object} [more] */
      const made = (more) =>
        new esModule.ClientSecretCredential(source.tenantId, source.clientId, secret('wrong'), {
          ...options,
          ...more,
        })
      const refused = await rejectsWith(made({}).getToken(SCOPE, { claims: '{}' }), {
        name: 'AuthenticationRequiredError',
        code: 'ENTRA_ID_REJECTED',
        scopes: [SCOPE],
      })
      assert.ok(refused instanceof entra.AuthenticationRequiredError)
      assert.equal(refused.getTokenOptions?.claims, '{}')
      await rejectsWith(made({ authorityHost: 'https://localhost:1' }).getToken(SCOPE), {
        name: 'CredentialUnavailableError',
        code: 'ENTRA_ID_NETWORK',
      })
    }))

  test('with a text that does not end with an address, of each class', () =>
    onSource({ start: startAuthority }, async (source) => {
      source.always({ status: 401, body: { error: 'invalid_client' } })
      const provide = entra.getBearerTokenProvider(new DefaultAzureCredential(), SCOPE)
      for (const ask of [() => new DefaultAzureCredential().getToken(SCOPE), provide]) {
        const error = /** @type {InstanceType<typeof entra.AuthenticationError>} */ (
          await rejectsWith(ask(), { name: 'AuthenticationError' })
        )
        assert.deepEqual(error.errorResponse, { error: 'unknown_error', errorDescription: error.message })
        assert.doesNotMatch(error.message, /Troubleshooting/)
      }
      const error = await rejectsWith(entra.getAzureOpenAIToken(), { name: 'EntraIdError' })
      assert.match(error.message, /Troubleshooting/)
    }))

  test('with an AbortError if the signal fires', async () => {
    const abortSignal = AbortSignal.abort(cause)
    await rejectsWith(new DefaultAzureCredential().getToken(SCOPE, { abortSignal }), {
      name: 'AbortError',
      code: 'ENTRA_ID_ABORTED',
      cause,
    })
  })

  test('with a plain EntraIdError if the call is wrong', async () => {
    await rejectsWith(new DefaultAzureCredential().getToken(SCOPE, { tenantId: '/' }), {
      name: 'EntraIdError',
      code: 'ENTRA_ID_CONFIGURATION',
    })
  })
})

test('what was asked for is no part of a log of the error', () => {
  const scope = secret('scope')
  const error = new entra.AuthenticationRequiredError({
    scopes: [scope],
    getTokenOptions: { tenantId: scope },
  })
  assert.deepEqual([error.scopes, error.getTokenOptions], [[scope], { tenantId: scope }])
  assert.ok(!`${inspect(error)}${JSON.stringify(error)}`.includes(scope))
})
