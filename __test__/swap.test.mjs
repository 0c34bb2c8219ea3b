import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { usesIn } from '../cli/swap/uses.mjs'
import { TOOL } from './support/doctor.mjs'
import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'

const WAYS = [
  [
    "import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'",
    ['DefaultAzureCredential'],
  ],
  ["import { A as B,\n  // why\n  C } from '@azure/identity'", ['A', 'C']],
  ["export { A } from '@azure/identity'", ['A']],
  ["const { A, B: own } = require('@azure/identity')", ['A', 'B']],
  ["const { A } = await import('@azure/identity')", ['A']],
  ["import('@azure/identity').then(({ A }) => new A())", ['A']],
  ["import('@azure/identity').then((all) => new all.A())", ['A']],
  ["import * as all from '@azure/identity'\nnew all.A(all.B)", ['A', 'B']],
  ["import all from '@azure/identity'\nnew all.A()", ['A']],
  ["import all = require('@azure/identity')\nnew all.A()", ['A']],
  ["const identity_1 = require('@azure/identity');\nnew identity_1.A(); (0, identity_1.b)()", ['A', 'b']],
  ["const all = __importStar(require('@azure/identity'))\nnew all.A()", ['A']],
  ["var $a=r(require('@azure/identity'));x=new $a.A", ['A']],
  ["new (require('@azure/identity').A)()", ['A']],
  ["const all = require('@azure/identity')\nmodule.exports = all", ['*']],
  ["import x from '@azure/identity/dist/esm/errors.js'", ['@azure/identity/dist/esm/errors.js']],
  ["import type { A } from '@azure/identity'", []],
  ["import { type A } from '@azure/identity'", []],
  ["/**\n * import { A } from '@azure/identity'\n */", []],
  ["// import { A } from '@azure/identity'", []],
  ["/** @type {Module} */ const { A } = require('@azure/identity')", ['A']],
  ["/**\n * { B }\n */ const { A } = require('@azure/identity')", ['A']],
  ["/** a */import{A}from'@azure/identity'", ['A']],
  ["/***/ /** { B } */\timport { A } from '@azure/identity'", ['A']],
  ["/** a */ // import { A } from '@azure/identity'", []],
  ["/** a */ /**\r\n import { A } from '@azure/identity'\r\n*/", []],
  ["/**\n import { A } from '@azure/identity'", []],
  ["throw new Error('Install @azure/identity')", []],
  ["import { A } from '@azure/identity-vscode'", []],
]

describe('what a file uses', () => {
  for (const [text, uses] of /** @type {[string, string[]][]} */ (WAYS)) {
    test(`${text} uses ${uses.join() || 'nothing'}`, () => assert.deepEqual(usesIn(text), uses))
  }

  test('is found at a cost that grows with the length of the text, whatever it looks like', () => {
    const code = "const { A } = require('@azure/identity')"
    for (const filler of [
      'a',
      'a(',
      '{',
      '{ a, ',
      'a.',
      ' = ',
      '\n',
      '/**\n',
      '/***/',
      ' /** */ ',
      '//',
      ' ',
      '\r',
      '"',
      'a=require("@azure/identity");',
      `require("@azure/identity").then(${' '.repeat(1000)}`,
      (/** @type {number} */ at) => `a${at}=require("@azure/identity");`,
    ]) {
      const pieceOf = typeof filler === 'string' ? () => filler : filler
      const text = Array.from({ length: 1_000_000 / pieceOf(0).length }, (_, at) => pieceOf(at)).join('')
      const before = process.cpuUsage()
      usesIn(`${text}\n${code}\n${text}`)
      const { user, system } = process.cpuUsage(before)
      // What is linear takes milliseconds, and what is quadratic takes minutes.
      assert.ok(user + system < 1_000_000, pieceOf(0))
    }
  })
})

describe('the swap command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-swap-'))
  /** @param {string} path @param {string} text */
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  /** @param {string} path @param {string} name @param {Record<string, string>} files */
  const install = (path, name, files) => {
    write(`${path}/package.json`, JSON.stringify({ name, version: '1.2.3' }))
    for (const [file, text] of Object.entries(files)) write(`${path}/${file}`, text)
  }
  before(() => {
    write('app/package.json', '{ "name": "app" }')
    write('app/src/index.ts', "import { DefaultAzureCredential } from '@azure/identity'")
    const modules = 'app/node_modules'
    install(`${modules}/@scope/sdk`, '@scope/sdk', {
      'lib/a.js': "require('@azure/identity').ClientSecretCredential",
    })
    install(`${modules}/plain`, 'plain', { 'index.js': 'module.exports = 1' })
    install(`${modules}/plain/node_modules/nested`, 'nested', {
      'a.cjs': "const { Gone } = require('@azure/identity')",
    })
    install(`${modules}/.pnpm/user@1/node_modules/user`, 'user', {
      'a.mjs': "import { DeviceCodeCredential } from '@azure/identity'",
    })
    symlinkSync(join(folder, modules, '.pnpm/user@1/node_modules/user'), join(folder, modules, 'user'))
    symlinkSync(join(folder, 'nowhere'), join(folder, modules, 'broken'))
    install(`${modules}/@azure/identity`, '@azure/identity', { 'index.js': "require('@azure/identity').Own" })
    install('served/node_modules/one', 'one', { 'a.js': "const { logger } = require('@azure/identity')" })
    install('served/node_modules/@azure/identity', 'azure-openai-entra', {})
    mkdirSync(join(folder, 'empty'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const swapIn = (/** @type {string} */ cwd, /** @type {string[]} */ ...args) =>
    run([process.execPath, join(root, TOOL), 'swap', ...args], { cwd })
  const swap = (/** @type {string[]} */ ...args) => swapIn(root, ...args)

  test('lists each package, what it uses, and whether that is served', async () => {
    const { code, stdout } = await swap(join(folder, 'app'), '--json')
    assert.equal(code, 1)
    const { installed, packages } = JSON.parse(stdout)
    assert.deepEqual(installed, { name: '@azure/identity', version: '1.2.3' })
    /** @typedef {{ name: string, state: string, uses: { name: string }[] }} Listed */
    assert.deepEqual(
      packages.map((/** @type {Listed} */ { name, state, uses }) => [
        name,
        state,
        uses.map((use) => use.name).join(),
      ]),
      [
        ['@scope/sdk', 'served', 'ClientSecretCredential'],
        ['nested', 'not served', 'Gone'],
        ['this app', 'served', 'DefaultAzureCredential'],
        ['user', 'handed over', 'DeviceCodeCredential'],
      ],
    )
  })

  test('knows the app by whatever path its folder is given', async () => {
    symlinkSync(join(folder, 'app'), join(folder, 'link'))
    const { stdout } = await swap(join(folder, 'app'))
    assert.match(stdout, /^served +this app$/m)
    for (const [cwd = '', ...args] of [
      ['app'],
      ['app', '.'],
      ['app/src', '..'],
      ['.', 'app/'],
      ['.', 'link'],
      ['link', '.'],
    ]) {
      const again = await swapIn(join(folder, cwd), ...args)
      assert.equal(again.stdout, stdout, `swap ${args} in ${cwd}`)
    }
  })

  test('takes a package.json that is no manifest, and writes nothing that moves a cursor', async () => {
    const use = "const { Gone } = require('@azure/identity')"
    const manifests = [
      'null',
      '[]',
      '{',
      '{"name":1}',
      '{"name":2,"version":[]}',
      '{"name":"a\\u001b]0;b\\u0007"}',
    ]
    for (const [index, text] of manifests.entries()) {
      write(`odd/node_modules/p${index}/index.js`, use)
      write(`odd/node_modules/p${index}/package.json`, text)
    }
    const { code, stdout, stderr } = await swap(join(folder, 'odd'))
    assert.deepEqual([code, stderr], [1, ''])
    assert.equal(stdout.match(/^not served/gm)?.length, manifests.length)
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  })

  test('says what to write into package.json, and what to install beside', async () => {
    const { stdout } = await swap(join(folder, 'app'))
    assert.match(stdout, /^Not served: nested\. Keep Microsoft's package/m)
    assert.match(stdout, /^user: .*npm install @azure\/identity-real@npm:@azure\/identity/m)
    for (const key of ['"overrides"', '"resolutions"', '"pnpm"']) assert.ok(stdout.includes(key), key)
    assert.match(stdout, /"@azure\/identity": "npm:azure-openai-entra@\^\d+\.\d+\.\d+"/)
  })

  test('ends with 0 if everything is served, and says that the packages are swapped', async () => {
    const served = await swap(join(folder, 'served'))
    assert.equal(served.code, 0)
    assert.match(served.stdout, /^@azure\/identity is this package, version 1\.2\.3\.$/m)
    const empty = await swap(join(folder, 'empty'))
    assert.deepEqual([empty.code, empty.stdout], [0, 'Nothing in this folder uses @azure/identity.\n'])
  })

  test('refuses what is no folder', async () => {
    for (const args of [[join(folder, 'none')], ['a', 'b'], ['--wrong']]) {
      const { code, stderr } = await swap(...args)
      assert.equal(code, 2)
      assert.match(stderr, /Run npx azure-openai-entra --help/)
    }
  })
})
