import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { run } from '../testkit/process.mjs'

/** @param {string} name */
const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const tsc = pathOf('../node_modules/typescript/bin/tsc')

/** Compiles a project and gives what tsc says. @param {string[]} args */
const compile = async (...args) => {
  const { code, stdout } = await run([process.execPath, tsc, '--pretty', 'false', ...args])
  return { code, said: stdout.trim() }
}

for (const { resolution, args, files } of [
  { resolution: 'of Node', args: ['--project', pathOf('types')], files: undefined },
  {
    resolution: 'of Node, beside @azure/identity',
    args: ['--project', pathOf('types/identity')],
    files: undefined,
  },
  {
    resolution: 'of Node, as @azure/identity',
    args: ['--project', pathOf('types/swapped')],
    files: undefined,
  },
  {
    resolution: 'of bundlers',
    args: ['--module', 'esnext', '--moduleResolution', 'bundler', '--moduleDetection', 'force'],
    files: ['types/consumer.mts'],
  },
]) {
  test(`a consumer compiles under strict, with module resolution ${resolution}`, async () => {
    const ofFiles = ['--strict', '--noEmit', '--ignoreConfig', '--target', 'es2023', '--types', 'node']
    const all = files ? [...ofFiles, ...args, ...files.map(pathOf)] : args
    assert.deepEqual(await compile(...all), { code: 0, said: '' })
  })
}

test('the consumer uses every name that is declared', () => {
  /** @param {string[]} files */
  const textOf = (...files) => files.map((file) => readFileSync(pathOf(file), 'utf8')).join('\n')
  const declarations = textOf('../index.d.ts', '../lib/identity.d.ts')
  const names = [
    ...declarations.matchAll(/^export (?:function|class|interface|type|const|enum) (\w+)/gm),
  ].map(([, name]) => name)
  const consumer = textOf('types/consumer.mts', 'types/identity/errors.mts', 'types/identity/values.mts')
  assert.ok(names.length >= 20)
  assert.deepEqual(
    names.filter((name) => [...consumer.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length < 2),
    [],
  )
})
