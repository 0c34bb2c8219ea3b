import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'

describe('the tests on docs/testing.md', () => {
  // Within this package, which finds itself there by its name.
  const folder = join(root, 'target/testing-page')
  const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
  const files = [...page.matchAll(/^```js (\S+)\n([^]*?)^```$/gm)].map(([, name, text]) => ({ name, text }))
  const tests = files.filter(({ name }) => name.endsWith('.test.mjs'))

  before(() => {
    mkdirSync(folder, { recursive: true })
    for (const { name, text } of files) writeFileSync(join(folder, name), text)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('are files with a name, each', () => {
    assert.equal(files.length, [...page.matchAll(/^```js/gm)].length)
    assert.ok(tests.length > 0)
  })

  for (const { name } of tests) {
    test(`${name} passes`, async () => {
      // Without the variable, by which Node would have it report to this run in bytes.
      const command = [process.execPath, '--test-reporter=tap', join(folder, name)]
      const { code, stdout, stderr } = await run(command, { variables: { NODE_TEST_CONTEXT: '' } })
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /^# pass 1$/m)
    })
  }
})
