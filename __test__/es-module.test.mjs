import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as esModule from 'azure-openai-entra'

import { run } from '../testkit/process.mjs'

const commonJs = createRequire(import.meta.url)('azure-openai-entra')

/** The values, and not the types, that are declared. */
const declared = () => {
  const text = ['index.d.ts', 'lib/identity.d.ts', 'lib/credentials/types.d.ts']
    .map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
    .join('\n')
  return [...text.matchAll(/^export (?:declare )?(?:function|class|const|enum) (\w+)/gm)]
    .map(([, name]) => name)
    .toSorted()
}

test('the CommonJS module exports what is declared', () => {
  assert.ok(declared().length >= 8)
  assert.deepEqual(Object.keys(commonJs).toSorted(), declared())
})

test('the ES module exports the same values by name, and all of them by default', () => {
  const { default: all, ...named } = esModule
  assert.deepEqual({ ...named }, { ...commonJs })
  assert.equal(all, commonJs)
})

test('what looks at requests is loaded by its first use', async () => {
  const program = `
    const loaded = () => Object.keys(require.cache).filter((file) => /lib.(fetch|librechat)\\.js$/.test(file)).length
    const entra = require('azure-openai-entra')
    const before = loaded()
    entra.applyEntraIdAuth({})
    console.log(before, loaded())`
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const { stdout, stderr } = await run([process.execPath, '-e', program], { cwd })
  assert.equal(stdout, '0 2\n', stderr)
})
