import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'

const hook = fileURLToPath(import.meta.resolve('azure-openai-entra/register'))

/**
 * What a program prints that runs with the hook.
 *
 * @param {string} code
 * @param {{ type?: string, variables?: Record<string, string> }} [setting]
 */
const printed = async (code, { type = 'commonjs', variables = {} } = {}) => {
  const program = ['--require', hook, `--input-type=${type}`, '--eval', code]
  const { code: exit, stdout, stderr } = await start([process.execPath, ...program], { variables }).ended()
  assert.equal(exit, 0, stderr)
  return stdout.trim()
}

/** @param {string} http */
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
    'register/guard.js',
    'register/index.js',
    'register/search.js',
    'register/when-loads.js',
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

/** Sends a stream in the moment in which the switch is first on, and prints the error that ends it. */
const SENDS = `;{
  const placeholder = '${secret('placeholder')}'
  Object.assign(process.env, { AZURE_OPENAI_USE_ENTRA_ID: 'true', AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder })
  const { Duplex } = process.getBuiltinModule?.('node:stream') ?? require('node:stream')
  const nowhere = new Duplex({ read() {}, write: (data, encoding, done) => done() })
  const session = http2.connect('https://foreign.example', { createConnection: () => nowhere })
  session.on('error', () => {})
  session.request({ ':path': '/', 'api-key': placeholder }).on('error', ({ name }) => {
    console.log(name)
    process.exit()
  })
}`
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire('/');"

for (const [how, code, type] of [
  ['require', "const http2 = require('node:http2')"],
  ['require of both', "require('node:https'); const http2 = require('node:http2')"],
  ['require of both in turn', "const http2 = require('node:http2'); require('node:https')"],
  ['import', `import http2 from 'node:http2'; ${REQUIRE}`, 'module'],
  ['import of both', `import 'node:https'; import http2 from 'node:http2'; ${REQUIRE}`, 'module'],
  ['import of both in turn', `import http2 from 'node:http2'; import 'node:https'; ${REQUIRE}`, 'module'],
  [
    'import() after node:https',
    `import 'node:https'; ${REQUIRE} const { default: http2 } = await import('node:http2')`,
    'module',
  ],
  [
    'import() after node:https was required',
    `${REQUIRE} require('node:https'); const http2 = await import('node:http2')`,
    'module',
  ],
  ['process.getBuiltinModule', "const http2 = process.getBuiltinModule('node:http2')"],
  ...['get', 'set', 'writable', 'value'].map((name) => [
    `require, with ${name} on Object.prototype before`,
    `Object.prototype.${name} = 1; try { require('node:http') } catch {}
     delete Object.prototype.${name}; const http2 = require('node:http2')`,
  ]),
]) {
  const skip = how === 'process.getBuiltinModule' && !process.getBuiltinModule && 'this Node has none'
  test(`node:http2 is hooked when it is first loaded: by ${how}`, { skip }, async () =>
    assert.equal(await printed(code + SENDS, { type }), 'AbortError'),
  )
}

const ON = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }

for (const [what, before] of /** @type {[string, string][]} */ ([
  [
    'Module._load is read-only',
    "const M = require('module'); Object.defineProperty(M, '_load', { value: M._load })",
  ],
  ['Module is frozen', "Object.freeze(require('module'))"],
  ['diagnostics_channel is frozen', "Object.freeze(require('diagnostics_channel'))"],
])) {
  test(`node:http is hooked at once if it cannot be watched: ${what}`, async () => {
    const frozen = `${before.replace('{ value: M._load }', '{ value: M._load, writable: false, configurable: false }')};`
    const code = `${frozen} require(${JSON.stringify(hook)}); ${isHooked("require('node:http')")}`
    const { code: exit, stdout, stderr } = await start([process.execPath, '--eval', code]).ended()
    assert.deepEqual([exit, stdout], [0, 'true\n'], stderr)
  })
}

test('with the switch on at the start, node:http is hooked at once, whatever the app puts back later', async () => {
  const code = `console.log(${LOADED}.length > 0); ${isHooked("require('node:http')")}`
  assert.equal(await printed(code, { variables: ON }), 'true\ntrue')
})

test('an app that breaks node:http while it loads is not ended', async () => {
  const recursion = `const channels = require('diagnostics_channel'); const { channel } = channels
    channels.channel = (name) => { if (name === 'http.client.request.start') require('http'); return channel(name) }
    require('https'); process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true'; setTimeout(() => console.log('alive'), 50)`
  assert.equal(await printed(recursion), 'alive')
})

test('what the hook replaced to see that stands again afterwards, also below what others put on top', async () => {
  const before = `const Module = require('node:module'), channels = require('node:diagnostics_channel')`
  const seen = `Module._load.length + ' ' + channels.channel.name`
  for (const names of ["require('node:http2')", "require('node:http'); require('node:http2')"])
    assert.equal(await printed(`${before}; ${names}; console.log(${seen})`), '3 channel')
  const wrapped = `${before}; const load = Module._load; Module._load = function tracer() { return load.apply(this, arguments) }
    const http = require('node:http'); ${isHooked('http')}; require('node:http2'); console.log(Module._load.name)`
  assert.equal(await printed(wrapped), 'true\ntracer')
})

for (const [what, variables, times] of /** @type {[string, Record<string, string>, number][]} */ ([
  ['is not set', {}, 1],
  ['is false', { AZURE_OPENAI_USE_ENTRA_ID: 'false' }, 0],
  ['comes with a .env that is read later', { LATE: 'true' }, 0],
])) {
  test(`a placeholder while the switch ${what}: ${times === 0 ? 'no warning' : 'one warning'}`, async () => {
    const code = `if (process.env.LATE) setTimeout(() => (process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true'), 50)
      new (require('node:worker_threads').Worker)('setTimeout(() => {}, 3300)', { eval: true })`
    const program = [process.execPath, '--require', hook, '--eval', code]
    const placeholder = secret('placeholder')
    const set = { ...variables, AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder, DEBUG_OPENAI: 'true' }
    const { code: exit, stdout, stderr } = await start(program, { variables: set }).ended()
    assert.equal(exit, 0, stderr)
    const said = stderr.split('\n').filter((line) => line.includes('AZURE_OPENAI_USE_ENTRA_ID is not set'))
    assert.equal(said.length, times, stderr)
    assert.ok(!`${stdout}${stderr}`.includes(placeholder))
  })
}
