import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../../testkit/process.mjs'

const hook = fileURLToPath(import.meta.resolve('azure-openai-entra/register'))

/** What a program prints that runs with the hook. */
const printed = async (code, { type = 'commonjs', variables = {} } = {}) => {
  const program = ['--require', hook, `--input-type=${type}`, '--eval', code]
  const { code: exit, stdout, stderr } = await start([process.execPath, ...program], { variables }).ended()
  assert.equal(exit, 0, stderr)
  return stdout.trim()
}

const isHooked = (http) => `console.log(Object.hasOwn(${http}.ClientRequest.prototype, '_storeHeader'))`
const LOADED = 'process.moduleLoadList.filter((name) => /^NativeModule (_?http|worker_threads)/.test(name))'

test('with the switch off, the hook loads neither node:http nor what exchanges', async () => {
  const files =
    'Object.keys(require.cache).map((path) => path.replaceAll("\\\\", "/").split("/lib/")[1] ?? "")'
  const [modules, own] = JSON.parse(await printed(`console.log(JSON.stringify([${LOADED}, ${files}]))`))
  assert.deepEqual(modules, [])
  assert.deepEqual(own.filter(Boolean).toSorted(), [
    'environment.js',
    'load-context.js',
    'register/index.js',
    'register/when-http-loads.js',
  ])
})

for (const [how, code, type] of [
  ['require', `const http = require('node:http'); ${isHooked('http')}`],
  ['require without the scheme', `const http = require('http'); ${isHooked('http')}`],
  ['require of node:https', `require('node:https'); ${isHooked("require('node:http')")}`],
  [
    'require inside a required package',
    `const { createRequire } = require('node:module')
     const http = createRequire(${JSON.stringify(import.meta.filename)})('node:http'); ${isHooked('http')}`,
  ],
  ['import', `import http from 'node:http'; ${isHooked('http')}`, 'module'],
  ['import()', `import('node:http').then(({ default: http }) => ${isHooked('http')})`],
  ['process.getBuiltinModule', `const http = process.getBuiltinModule('node:http'); ${isHooked('http')}`],
]) {
  const skip = how === 'process.getBuiltinModule' && !process.getBuiltinModule && 'this Node has none'
  test(`node:http is hooked when it is first loaded: by ${how}`, { skip }, async () =>
    assert.equal(await printed(code, { type }), 'true'),
  )
}

test('what the hook replaced to see that stands again afterwards, also below what others put on top', async () => {
  const before = `const Module = require('node:module'), channels = require('node:diagnostics_channel')`
  const seen = `Module._load.length + ' ' + channels.channel.name`
  const own = await printed(`${before}; require('node:http'); console.log(${seen})`)
  assert.equal(own, '3 channel')
  const wrapped = `${before}; const load = Module._load; Module._load = function tracer() { return load.apply(this, arguments) }
    const http = require('node:http'); ${isHooked('http')}; console.log(Module._load.name)`
  assert.equal(await printed(wrapped), 'true\ntracer')
})
