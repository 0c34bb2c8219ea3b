import assert from 'node:assert/strict'
import { realpathSync } from 'node:fs'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, clearTokenCache, getAzureOpenAIToken } from 'azure-openai-entra'

import { fakeAzureCli, noDeveloperTools } from '../testkit/azure-cli.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startMachineWithoutIdentity } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'

describe('Azure CLI', { skip: process.platform === 'win32' && 'the stand-in is a shell script' }, () => {
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
  const loggedIn = () => ({ accessToken: secret('cli-token'), expires_on: inAnHour(), tokenType: 'Bearer' })
  /** Not a folder of the app, which could contain an `az` by accident. */
  const DIRECTORY = realpathSync('/bin')
  const ARGUMENTS = [
    'account',
    'get-access-token',
    '--output',
    'json',
    '--resource',
    SCOPE.replace('/.default', ''),
  ]

  /**
   * Runs `act` where `az` behaves so, and nothing else is set up.
   *
   * @param {Parameters<typeof fakeAzureCli>[0]} behaviour
   * @param {(az: import('../testkit/azure-cli.mjs').FakeAzureCli) => unknown} act
   * @param {Record<string, string | undefined>} [variables]
   */
  const withAzureCli = async (behaviour, act, variables) => {
    const az = fakeAzureCli(behaviour)
    clearTokenCache()
    try {
      await withEnvironment({ ...az.environment, ...variables }, () => act(az))
    } finally {
      clearTokenCache()
      az.remove()
    }
  }

  test('a token, for which az is run once', () => {
    const answer = loggedIn()
    return withAzureCli({ stdout: answer, stderr: 'WARNING: an update is there\n' }, async (az) => {
      const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken(SCOPE)
      assert.deepEqual([token, expiresOnTimestamp], [answer.accessToken, answer.expires_on * 1000])
      assert.equal(await getAzureOpenAIToken(), token)
      assert.deepEqual(az.calls(), [DIRECTORY, ...ARGUMENTS])
    })
  })

  test('it is asked when those before it are unavailable', async () => {
    const answer = loggedIn()
    const machine = await startMachineWithoutIdentity()
    const variables = {
      AZURE_TOKEN_CREDENTIALS: undefined,
      AZURE_POD_IDENTITY_AUTHORITY_HOST: machine.origin,
    }
    await withAzureCli(
      { stdout: answer },
      async () => {
        assert.equal(await getAzureOpenAIToken(), answer.accessToken)
        assert.equal(machine.requests.length, 1)
      },
      variables,
    )
    await machine.close()
  })

  for (const { options, request, variables, tenant } of [
    { options: { tenantId: 'contoso.example' }, tenant: ['--tenant', 'contoso.example'] },
    { variables: { AZURE_TENANT_ID: 'contoso.example' }, tenant: [] },
    { request: { tenantId: 'fabrikam.example' }, tenant: ['--tenant', 'fabrikam.example'] },
    {
      options: { tenantId: 'contoso.example', additionallyAllowedTenants: ['fabrikam.example'] },
      request: { tenantId: 'fabrikam.example' },
      tenant: ['--tenant', 'fabrikam.example'],
    },
  ]) {
    test(`${JSON.stringify({ options, request, variables })}: az is told ${tenant.join(' ') || 'no tenant'}`, () =>
      withAzureCli(
        { stdout: loggedIn() },
        async (az) => {
          await new DefaultAzureCredential(options).getToken(SCOPE, request)
          assert.deepEqual(az.calls(), [DIRECTORY, ...ARGUMENTS, ...tenant])
        },
        variables,
      ))
  }

  for (const { named, behaviour, options, expected } of [
    {
      named: 'not logged in',
      behaviour: { stderr: "ERROR: Please run 'az login' to setup account.\n", code: 1 },
      expected: { code: 'ENTRA_ID_UNAVAILABLE', message: /Please run 'az login'/ },
    },
    {
      named: 'refused by Entra',
      behaviour: { stderr: 'ERROR: AADSTS50076: you must use multi-factor authentication\n', code: 1 },
      expected: {
        code: 'ENTRA_ID_REJECTED',
        credential: 'AzureCliCredential',
        message: /AADSTS50076: you must/,
      },
    },
    {
      named: 'ends with 3 and says nothing',
      behaviour: { code: 3 },
      expected: { code: 'ENTRA_ID_UNAVAILABLE', message: /exit code 3/ },
    },
    {
      named: 'hangs beyond processTimeoutInMs',
      behaviour: { hang: true },
      options: { processTimeoutInMs: 200 },
      expected: {
        code: 'ENTRA_ID_TIMEOUT',
        credential: 'AzureCliCredential',
        message: /0\.2 s.+processTimeoutInMs/,
      },
    },
    {
      named: 'prints no JSON',
      behaviour: { stdout: 'Hello' },
      expected: { code: 'ENTRA_ID_UNAVAILABLE', message: /not JSON/ },
    },
    {
      named: 'prints a token that has expired',
      behaviour: { stdout: { ...loggedIn(), expires_on: 1 } },
      expected: { code: 'ENTRA_ID_UNAVAILABLE', message: /expired.+log in again/ },
    },
  ]) {
    test(`${named}: ${expected.code}`, () =>
      withAzureCli(behaviour, async (az) => {
        const { attempts } = await rejectsWith(new DefaultAzureCredential(options).getToken(SCOPE), expected)
        assert.deepEqual(
          attempts.map(({ credential, outcome }) => [credential, outcome]),
          [['AzureCliCredential', 'unavailable']],
        )
        assert.deepEqual(az.calls(), [DIRECTORY, ...ARGUMENTS])
      }))
  }

  test('not installed: ENTRA_ID_UNAVAILABLE', () =>
    withAzureCli(
      {},
      () =>
        rejectsWith(getAzureOpenAIToken(), { code: 'ENTRA_ID_UNAVAILABLE', message: /could not be found/ }),
      noDeveloperTools(),
    ))

  test('claims: az is not run, and the login that satisfies them is the next step', () =>
    withAzureCli({ stdout: loggedIn() }, async (az) => {
      const message = /az login --claims-challenge e30=/
      await rejectsWith(getAzureOpenAIToken({ claims: '{}' }), { code: 'ENTRA_ID_UNAVAILABLE', message })
      assert.deepEqual(az.calls(), [])
    }))
})
