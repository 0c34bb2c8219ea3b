import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'
import { onSource } from './support/fixture.mjs'

const jest = createRequire(import.meta.url).resolve('jest/bin/jest')

const MANAGED_IDENTITY_ONLY = { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }

for (const { how, args } of [
  { how: 'one process for all test files, whose sandboxes can go', args: ['--runInBand', '--detectLeaks'] },
  { how: 'a worker thread for each test file', args: ['--maxWorkers=2', '--workerThreads'] },
  { how: 'one process that is searched for open handles', args: ['--detectOpenHandles'] },
]) {
  test(`in Jest's sandbox, ${how}`, () =>
    onSource({ start: startIdentity }, async (source) => {
      const command = [
        process.execPath,
        jest,
        '--config',
        fileURLToPath(new URL('jest/jest.config.json', import.meta.url)),
      ]
      const variables = { ...MANAGED_IDENTITY_ONLY, TEST_STAND_IN: JSON.stringify(source.environment) }
      const { code, stdout, stderr } = await run([...command, '--json', ...args], { variables })
      assert.equal(code, 0, stderr)
      const { numPassedTests, numTotalTests, numTotalTestSuites } = JSON.parse(stdout)
      assert.deepEqual([numPassedTests, numTotalTests, numTotalTestSuites], [9, 9, 4], stderr)
      assert.doesNotMatch(stderr, /did not exit|failed to exit|open handle/)
      assert.ok(source.requests.length > 0)
    }))
}
