import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, EntraIdError, getAzureOpenAIToken } from 'azure-openai-entra'

import { failing, throttled } from '../testkit/answers.mjs'
import { startAuthority } from '../testkit/authority.mjs'
import { CHAIN, DEV, PROD } from './support/chain.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource, startMachineWithoutIdentity } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'

/** @typedef {import('./support/fixture.mjs').Start} Start */

const SCOPE = 'https://cognitiveservices.azure.com/.default'

const MANAGED_IDENTITY_ONLY = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }

describe('total failure', () => {
  test('all credentials are named in order, each with its reason and the next step', () =>
    onSource({ start: startMachineWithoutIdentity }, async () => {
      const error = await rejectsWith(getAzureOpenAIToken(), {
        code: 'ENTRA_ID_REJECTED',
        credential: 'ManagedIdentityCredential',
        status: 400,
        retryAfterMs: undefined,
      })
      const seen = error.attempts.map(({ credential, outcome, code, status }) => [
        credential,
        outcome,
        code,
        status,
      ])
      const asExpected = CHAIN.map((credential) =>
        credential === 'ManagedIdentityCredential'
          ? [credential, 'unavailable', 'ENTRA_ID_REJECTED', 400]
          : [credential, 'unavailable', 'ENTRA_ID_UNAVAILABLE', undefined],
      )
      assert.deepEqual(seen, asExpected)
      const [heading, ...lines] = error.message.split('\n')
      assert.match(heading, /No credential gave a token/)
      for (const [i, { reason, nextStep }] of error.attempts.entries()) {
        const line = lines[i].toLowerCase()
        assert.ok(line.startsWith(`- ${CHAIN[i].toLowerCase()}: ${reason.toLowerCase()}`), lines[i])
        // What @azure/identity says holds the next step itself.
        if (nextStep === undefined) assert.match(reason, /install/)
        else assert.ok(nextStep.length > 0 && line.includes(nextStep.toLowerCase()), lines[i])
      }
      assert.match(lines.at(-1) ?? '', /^Troubleshooting: https:\S+#entra_id_rejected$/)
    }))

  test('if nothing is configured: ENTRA_ID_UNAVAILABLE, and no credential decided', () =>
    // With the variables of a workload identity the machine's own identity is not asked.
    onSource({ start: startMachineWithoutIdentity }, async (source) => {
      Object.assign(process.env, {
        AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1',
        AZURE_TENANT_ID: 'tenant',
        AZURE_CLIENT_ID: 'client',
        AZURE_FEDERATED_TOKEN_FILE: '/there/is/no/such/file',
      })
      const { attempts } = await rejectsWith(getAzureOpenAIToken(), {
        code: 'ENTRA_ID_UNAVAILABLE',
        credential: undefined,
        status: undefined,
      })
      assert.deepEqual(
        attempts.map(({ credential, code }) => [credential, code]),
        CHAIN.map((credential) => [credential, 'ENTRA_ID_UNAVAILABLE']),
      )
      /** @param {string} name */
      const reasonOf = (name) => attempts.find(({ credential }) => credential === name)?.reason ?? ''
      assert.match(reasonOf('EnvironmentCredential'), /AZURE_CLIENT_SECRET is not set/)
      assert.match(reasonOf('WorkloadIdentityCredential'), /\/no\/such\/file.+AZURE_FEDERATED_TOKEN_FILE/)
      assert.match(reasonOf('ManagedIdentityCredential'), /workload identity/)
      assert.match(reasonOf('AzureCliCredential'), /could not be found/)
      assert.equal(source.requests.length, 0)
    }))

  for (const { selection, asked } of [
    { selection: 'prod', asked: PROD },
    { selection: 'dev', asked: DEV },
    { selection: ' DEV ', asked: DEV },
    { selection: 'managedidentitycredential', asked: ['ManagedIdentityCredential'] },
  ]) {
    test(`AZURE_TOKEN_CREDENTIALS '${selection}': ${asked.join(', ')}`, () =>
      onSource(
        { start: startMachineWithoutIdentity, variables: { AZURE_TOKEN_CREDENTIALS: selection } },
        async () => {
          const { attempts, message } = await rejectsWith(getAzureOpenAIToken(), {})
          assert.deepEqual(
            attempts.map(({ credential }) => credential),
            asked,
          )
          for (const name of CHAIN) assert.equal(message.includes(name), asked.includes(name), name)
        },
      ))
  }
})

describe('Entra refuses the service principal', () => {
  const wrong = () => ({ AZURE_CLIENT_SECRET: secret('wrong-client-secret') })

  test('its words are in the error, and the chain ends', () =>
    onSource({ start: startAuthority, variables: wrong() }, async (source) => {
      const { attempts } = await rejectsWith(getAzureOpenAIToken(), {
        code: 'ENTRA_ID_REJECTED',
        credential: 'EnvironmentCredential',
        status: 401,
        message:
          /AADSTS7000215: Invalid client secret provided.+Set AZURE_CLIENT_SECRET to the secret's value/,
      })
      assert.equal(attempts.length, 1)
      const [{ credential, outcome, code, status, reason, nextStep }] = attempts
      assert.deepEqual(
        { credential, outcome, code, status },
        { credential: 'EnvironmentCredential', outcome: 'failed', code: 'ENTRA_ID_REJECTED', status: 401 },
      )
      assert.match(reason, /AADSTS7000215/)
      assert.match(nextStep ?? '', /AZURE_CLIENT_SECRET/)
      assert.equal(source.tokenRequests().length, 1)
    }))

  test('an authority that repeats the secret does not put it into the error', () =>
    onSource({ start: startAuthority }, async (source) => {
      source.always(({ body }) => ({
        status: 401,
        body: { error_description: `AADSTS1: ${body} is not right` },
      }))
      const error = await rejectsWith(getAzureOpenAIToken(), { message: /AADSTS1: / })
      assert.ok(
        !JSON.stringify({ ...error, message: error.message, stack: error.stack }).includes(
          source.clientSecret,
        ),
      )
    }))

  test('a corrected secret is tried at once', () =>
    onSource({ start: startAuthority, variables: wrong() }, async (source) => {
      await rejectsWith(getAzureOpenAIToken(), { status: 401 })
      process.env.AZURE_CLIENT_SECRET = source.clientSecret
      assert.equal(await getAzureOpenAIToken(), source.tokens.issued[0])
    }))
})

describe('the endpoint asks for a pause longer than a caller can wait', () => {
  for (const { start, credential, outcome, variables } of [
    { start: startAuthority, credential: 'EnvironmentCredential', outcome: 'failed' },
    {
      start: startIdentity,
      credential: 'ManagedIdentityCredential',
      outcome: 'unavailable',
      variables: MANAGED_IDENTITY_ONLY,
    },
  ]) {
    for (const { answer, code, pause } of [
      { answer: throttled(30), code: 'ENTRA_ID_THROTTLED', pause: 30 },
      {
        answer: { ...failing(503), headers: { 'retry-after': '3600' } },
        code: 'ENTRA_ID_NETWORK',
        pause: 300,
      },
    ]) {
      test(`${answer.status} to ${credential}: told at once, with the pause`, () =>
        onSource({ start: /** @type {Start} */ (start), variables }, async (source) => {
          source.always(answer)
          const { attempts } = await rejectsWith(getAzureOpenAIToken(), {
            code,
            credential,
            status: answer.status,
            retryAfterMs: pause * 1000,
          })
          assert.deepEqual(
            attempts.map(({ outcome, status }) => [outcome, status]),
            [[outcome, answer.status]],
          )
          assert.equal(source.tokenRequests().length, 1)
        }))
    }
  }
})

describe('an EntraIdError', () => {
  const ways = {
    getAzureOpenAIToken: () => getAzureOpenAIToken(),
    'getAzureOpenAIToken with options': () => getAzureOpenAIToken({ timeoutMs: 60_000 }),
    'getAzureOpenAIToken with forceRefresh': () => getAzureOpenAIToken({ forceRefresh: true }),
    getToken: () => new DefaultAzureCredential().getToken(SCOPE),
  }
  for (const [way, ask] of Object.entries(ways)) {
    test(`of ${way}: its stack shows the caller, both after a wait and at once`, () =>
      onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
        source.always({ status: 403, body: 'no' })
        const functionOfTheApp = async () => {
          await ask()
        }
        const waited = await rejectsWith(functionOfTheApp(), {})
        const told = await rejectsWith(functionOfTheApp(), {})
        assert.match(waited.stack ?? '', /functionOfTheApp.+errors\.test\.mjs/)
        assert.match(told.stack ?? '', /functionOfTheApp.+errors\.test\.mjs/)
      }))
  }

  test('100 callers at once get one each, of one request', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      source.always({ status: 403, body: 'no' })
      const release = source.hold()
      const calls = Array.from({ length: 100 }, () => rejectsWith(getAzureOpenAIToken(), { status: 403 }))
      await source.arrived(1)
      release()
      assert.equal(new Set(await Promise.all(calls)).size, 100)
      assert.equal(source.tokenRequests().length, 1)
    }))

  test('is an Error with a name, and its attempts cannot be changed', () =>
    onSource({ start: startIdentity, variables: MANAGED_IDENTITY_ONLY }, async (source) => {
      source.always({ status: 403, body: 'no' })
      const error = await rejectsWith(getAzureOpenAIToken(), { name: 'EntraIdError' })
      assert.ok(error instanceof Error && error instanceof EntraIdError)
      assert.match(String(error), /^EntraIdError: ManagedIdentityCredential gave no token/)
      assert.match(error.stack ?? '', /^EntraIdError: /)
      assert.ok(Object.isFrozen(error.attempts))
    }))
})
