import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { run } from '../testkit/process.mjs'
import { files, page, writePage } from './support/testing-page.mjs'

describe('the tests on docs/testing.md', () => {
  // Those for other packages are run with the clients.
  const tests = files.filter(({ name }) => name.endsWith('.test.mjs'))
  /** @type {ReturnType<typeof writePage>} */
  let written
  before(() => (written = writePage('testing-page')))
  after(() => written.remove())

  test('are files with a name, each', () => {
    assert.equal(files.length, [...page.matchAll(/^```js/gm)].length)
    assert.ok(tests.length > 0)
  })

  for (const { name } of tests) {
    test(`${name} passes`, async () => {
      // Without the variable, by which Node would have it report to this run in bytes.
      const command = [process.execPath, '--test-reporter=tap', join(written.folder, name)]
      const { code, stdout, stderr } = await run(command, { variables: { NODE_TEST_CONTEXT: '' } })
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /^# pass 1$/m)
    })
  }
})
