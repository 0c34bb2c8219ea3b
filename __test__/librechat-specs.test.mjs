import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { transformSync } from 'esbuild'

import { patches } from '../cli/librechat/patches/index.mjs'
import { tests } from '../cli/librechat/patches/tests.mjs'
import { filesIn, original, tool, withCheckout } from './support/librechat-checkout.mjs'

const VARIABLES = '.env.example'
const specs = tests.filter((patch) => 'content' in patch).map(({ path }) => path)

describe('--with-tests', () => {
  test('adds the specs and the variables, which --check knows and --revert removes to the byte', () =>
    withCheckout(async (folder) => {
      assert.equal((await tool('librechat', folder, '--with-tests')).code, 0)
      const added = Object.keys(filesIn(folder)).filter((path) => !(path in original))
      assert.deepEqual(added.filter((path) => path.includes('.spec.')).sort(), specs.toSorted())
      const variables = filesIn(folder)[VARIABLES]
      const above = '# AZURE_OPENAI_API_EMBEDDINGS_DEPLOYMENT_NAME= # Deprecated\n\n# Microsoft Entra ID'
      assert.ok(variables.includes(above))
      assert.match(variables, /ALLOWED_HOSTS=\n\n# The next section\n/)

      const checked = await tool('librechat', folder, '--check')
      assert.equal(checked.code, 0)
      for (const { path } of tests) assert.ok(checked.stdout.includes(path), path)
      assert.equal((await tool('librechat', folder, '--revert')).code, 0)
      assert.deepEqual(filesIn(folder), original)
    }))

  test('can be added to a change that is there already', () =>
    withCheckout(async (folder) => {
      await tool('librechat', folder)
      for (const path of [...specs, VARIABLES]) assert.equal(filesIn(folder)[path], original[path])
      const { code, stdout } = await tool('librechat', folder, '--with-tests')
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^${tests.length} files changed`, 'm'))
    }))

  test('--update adds a spec that was deleted, while another is there', () =>
    withCheckout(async (folder) => {
      await tool('librechat', folder, '--with-tests')
      rmSync(join(folder, specs[0]))
      assert.equal((await tool('librechat', folder, '--check')).code, 1)
      assert.equal((await tool('librechat', folder, '--update')).code, 0)
      assert.ok(specs[0] in filesIn(folder))
    }))

  test('keeps CRLF, and the end of a file without a line break', () =>
    withCheckout(async (folder) => {
      const file = join(folder, VARIABLES)
      for (const text of [
        original[VARIABLES].replaceAll('\n', '\r\n'),
        original[VARIABLES].split('\n').slice(0, 2).join('\n'),
      ]) {
        writeFileSync(file, text)
        assert.equal((await tool('librechat', folder, '--with-tests')).code, 0)
        assert.equal(/[^\r]\n/.test(readFileSync(file, 'utf8')), !text.includes('\r'))
        assert.equal((await tool('librechat', folder, '--revert')).code, 0)
        assert.equal(readFileSync(file, 'utf8'), text)
      }
    }))

  test('refuses variables without the line, and changes nothing', () =>
    withCheckout(async (folder) => {
      writeFileSync(join(folder, VARIABLES), '# OTHER=\n')
      const before = filesIn(folder)
      const { code, stderr } = await tool('librechat', folder, '--with-tests')
      assert.equal(code, 2)
      assert.match(stderr, /^\.env\.example:1: .* is missing\. Restore LibreChat's line\.$/m)
      assert.deepEqual(filesIn(folder), before)
      rmSync(join(folder, VARIABLES))
      assert.equal((await tool('librechat', folder, '--with-tests')).code, 0)
    }))

  test('excludes --revert', () =>
    withCheckout(async (folder) => {
      const { code, stderr } = await tool('librechat', folder, '--with-tests', '--revert')
      assert.equal(code, 2)
      assert.match(stderr, /exclude each other/)
    }))

  test('each spec parses, stands beside what it tests, and ends with one line break', () => {
    for (const patch of tests) {
      if (!('content' in patch)) continue
      const text = patch.content.join('\n')
      assert.match(text, /[^\n]\n$/)
      transformSync(text, { loader: patch.path.endsWith('.ts') ? 'ts' : 'js' })
      assert.ok(patches.some(({ path }) => path === patch.beside))
    }
  })
})
