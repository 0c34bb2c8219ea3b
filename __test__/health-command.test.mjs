import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { TOOL, withDoctor } from './support/doctor.mjs'
import { run } from '../testkit/process.mjs'

describe('health', () => {
  test('names the credential of the token, with exit code 0', () =>
    withDoctor(async ({ identity, doctor }) => {
      const { code, stdout } = await doctor(['health'], identity.environment)
      assert.deepEqual(
        [code, stdout],
        [0, 'ok: a token of ManagedIdentityCredential, good for 60 more min\n'],
      )
      const json = await doctor(['health', '--json'], identity.environment)
      assert.equal(JSON.parse(json.stdout).status, 'ok')
    }))

  test('says why there is no token, with exit code 1', () =>
    withDoctor(async ({ identity, doctor }) => {
      identity.always({ status: 400, body: { error_description: 'no such identity' } })
      const { code, stdout } = await doctor(['health'], {
        ...identity.environment,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      })
      assert.equal(code, 1)
      assert.match(stdout, /^failing: .*no such identity/s)
    }))

  test('names the variable that is wrong, though no request for a token was made', () =>
    withDoctor(async ({ doctor }) => {
      const { code, stdout } = await doctor(['health'], { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentity' })
      assert.equal(code, 1)
      assert.match(stdout, /^failing: AZURE_TOKEN_CREDENTIALS is 'ManagedIdentity'/)
    }))

  test('accepts a timeout only in milliseconds', async () => {
    const { code, stderr } = await run([process.execPath, TOOL, 'health', '--timeout', '5s'])
    assert.equal(code, 2)
    assert.match(stderr, /--timeout must be a number of milliseconds, not 5s/)
  })
})
