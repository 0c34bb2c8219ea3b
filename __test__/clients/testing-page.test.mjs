import assert from 'node:assert/strict'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { run } from '../../testkit/process.mjs'
import { clientsPath, versionOf } from '../support/clients.mjs'
import { files, writePage } from '../support/testing-page.mjs'

describe('the tests on docs/testing.md that mock HTTP', () => {
  const specs = files.filter(({ name }) => name.endsWith('.spec.mjs'))
  /** @type {ReturnType<typeof writePage>} */
  let written
  before(() => (written = writePage('mocking-page', clientsPath)))
  after(() => written.remove())

  /** How each is run, by the package that it imports. @type {Record<string, (path: string) => string[]>} */
  const runners = {
    msw: (path) => {
      const vitest = join(clientsPath, 'node_modules/vitest/vitest.mjs')
      return [vitest, 'run', '--root', dirname(path), '--reporter=tap-flat', basename(path)]
    },
    nock: (path) => ['--test-reporter=tap', path],
  }

  test('are those that are run here', () =>
    assert.deepEqual(
      specs.map(({ name }) => name),
      Object.keys(runners).map((name) => `${name}.spec.mjs`),
    ))

  for (const [name, command] of Object.entries(runners)) {
    test(`${name}.spec.mjs passes with ${name} ${versionOf(name)}`, async () => {
      const path = join(written.folder, `${name}.spec.mjs`)
      // Without the variable, by which Node would have it report to this run in bytes.
      const variables = { NODE_TEST_CONTEXT: '' }
      const { code, stdout, stderr } = await run([process.execPath, ...command(path)], { variables })
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /^ok 1 - /m)
    })
  }
})
