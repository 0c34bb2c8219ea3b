// What both languages know is written once in each, and must stay the same.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { CHAIN } from '../cli/doctor/chain.mjs'
import { isOfProxy } from '../cli/doctor/surroundings.mjs'
import entra from '../index.js'
import { withEnvironment } from '../testkit/environment.mjs'
import { collectingLogger, tee } from './support/tee.mjs'

const require = createRequire(import.meta.url)
const { audienceOf, shownOrigin } = require('../lib/allowed-hosts.js')
const { EntraIdError } = require('../lib/error.js')
const { failureResponse } = require('../lib/failure-response.js')
const { shown } = require('../lib/shown.js')

const read = (/** @type {string} */ path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
/** The groups of each match, of which there must be one or more. @param {string} text @param {RegExp} pattern */
const all = (text, pattern) => {
  const found = [...text.matchAll(pattern)].map(([, ...groups]) => groups)
  assert.notEqual(found.length, 0, `${pattern} finds nothing`)
  return found
}
/** What stands between `from` and the next `to`. @param {string} text @param {string} from @param {string} to */
const between = (text, from, to) => {
  const start = text.indexOf(from)
  assert.notEqual(start, -1, `${from} is not there`)
  return text.slice(start, text.indexOf(to, start))
}

const errors = read('core/src/error.rs')
/** The core's codes, by their names in Rust. */
const CODES = new Map(/** @type {[string, string][]} */ (all(errors, /Self::(\w+) => "(ENTRA_ID_\w+)"/g)))

test('the doctor asks the credentials of the chain in its order', () => {
  const kinds = read('core/src/settings/kind.rs')
  const names = new Map(/** @type {[string, string][]} */ (all(kinds, /Self::(\w+) => "(\w+Credential)"/g)))
  const order = all(between(kinds, 'pub const CHAIN', '];'), /Credential::(\w+)/g)
  assert.deepEqual(
    CHAIN,
    order.map(([kind]) => names.get(kind)),
  )
})

test('the declared codes are those of the core, and that of an abort', () => {
  const declared = all(between(read('index.d.ts'), 'export type EntraIdErrorCode =', '\n\n'), /'(\w+)'/g)
  assert.deepEqual(declared.flat().sort(), [...CODES.values(), 'ENTRA_ID_ABORTED'].sort())
})

test('a synthetic answer asks for a retry if the core calls the failure transient', () => {
  const transient = all(between(errors, 'fn is_transient', '}'), /Self::(\w+)/g).flat()
  for (const [name, code] of CODES) {
    const { status } = failureResponse(
      new EntraIdError({ code: /** @type {any} out of Rust's source */ (code), message: 'no' }),
    )
    assert.equal(status, transient.includes(name) ? 503 : 401, code)
  }
})

test('the scope of each cloud is that of its hosts', () => {
  const scopes = all(
    read('core/src/settings/values.rs'),
    /"(https:\/\/cognitiveservices\.[\w.]+\/\.default)"/g,
  )
  const clouds = ['com', 'us', 'cn'].map((zone) => `https://my-resource.openai.azure.${zone}/`)
  const ofHosts = clouds.map((url) => audienceOf(new URL(url))?.scope)
  assert.deepEqual(new Set(ofHosts), new Set(scopes.flat()))
})

test('the variable of the scope has one name', () => {
  const names = ['core/src/settings/entra.rs', 'lib/allowed-hosts.js', 'docs/configuration.md'].map((path) =>
    all(read(path), /\b(AZURE_OPENAI_ENTRA_SCOPE)\b/g).flat(),
  )
  assert.deepEqual(new Set(names.flat()), new Set(['AZURE_OPENAI_ENTRA_SCOPE']))
})

test('a message shows the same values', () => {
  /** @typedef {{ form: import('../lib/shown.js').Form, text: (string | [text: string, times: number])[], shown: string }} Row */
  const rows = /** @type {Row[]} */ (JSON.parse(read('core/src/shown/values.json')))
  assert.ok(rows.length > 50)
  for (const { form, text, shown: expected } of rows) {
    const whole = text
      .map((piece) => (typeof piece === 'string' ? piece : piece[0].repeat(piece[1])))
      .join('')
    assert.equal(shown(form, whole), expected, `${JSON.stringify(whole)} as ${form}`)
  }
})

test('the same characters part the entries of a list of hosts', async () => {
  const expected = JSON.parse(read('core/src/allowed_hosts/separators.json'))
  // Half of a surrogate pair is in no variable.
  const codes = Array.from({ length: 0xffff }, (_, at) => at + 1).filter((c) => c < 0xd800 || c >= 0xe000)
  /** @type {number[]} */
  const found = []
  for (let at = 0; at < codes.length; at += 100) {
    const some = codes.slice(at, at + 100)
    const hosts = some.map((code) => `a.example${String.fromCharCode(code)}n${code}.example`).join()
    const isApart = (/** @type {number} */ code) =>
      audienceOf(new URL(`https://n${code}.example/`)) !== undefined
    const apart = await withEnvironment({ AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: hosts }, () =>
      some.filter(isApart),
    )
    found.push(...apart)
  }
  assert.deepEqual(
    found.map((code) => code.toString(16).toUpperCase().padStart(4, '0')),
    expected,
  )
})

test('an entry is the same host, and none with letters beyond ASCII', async () => {
  const rows = /** @type {[string, string | null][]} */ (
    JSON.parse(read('core/src/allowed_hosts/entries.json'))
  )
  assert.ok(rows.length > 20)
  for (const [entry, name] of rows) {
    const host = name ?? /^(?:https:[\\/]*)?([^/:?@]+)/.exec(entry)?.[1]
    await withEnvironment({ AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: entry }, () => {
      assert.equal(audienceOf(new URL(`https://${host}/`)) !== undefined, name !== null, entry)
    })
  }
})

test('a message shows the same of an address', () => {
  const rows = /** @type {[string, string][]} */ (JSON.parse(read('core/src/allowed_hosts/origins.json')))
  assert.ok(rows.length > 10)
  for (const [url, told] of rows) assert.equal(shownOrigin(new URL(url)), told, url)
})

test('no piece of a secret in a list of hosts is told', async () => {
  const rows = /** @type {[string, string[]][]} */ (JSON.parse(read('core/src/allowed_hosts/secrets.json')))
  assert.ok(rows.length > 5)
  /** @type {string[]} */
  const warnings = []
  entra.setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
  try {
    for (const [text, parts] of rows) {
      await withEnvironment({ AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: text }, () =>
        audienceOf(new URL('https://other.example/')),
      )
      const told = warnings.splice(0).join('\n')
      assert.match(told, / characters/, text)
      for (const part of parts) assert.ok(!told.includes(part), `${text}: ${told}`)
    }
  } finally {
    entra.setLogger(collectingLogger)
  }
})

test('the same is the address of a proxy', () => {
  const rows = /** @type {[string, boolean][]} */ (JSON.parse(read('core/src/settings/network/proxies.json')))
  assert.ok(rows.length > 10)
  for (const [address, isOne] of rows) assert.equal(isOfProxy(address), isOne, address)
})

test('a pattern of hosts has a * only in front, or behind the beginning of an address', () => {
  const patterns = ['*', '*.corp.example', 'https://*.corp.example', '.corp.example', '10.0.0.0/8', '10.*']
  for (const entry of patterns) assert.equal(shown('hosts', entry), entry)
  const others = [
    'three*horses',
    '*three',
    'three*',
    '**',
    '*/three',
    'a.*.example',
    '*.*.example',
    '*.7horses',
  ]
  for (const entry of others) {
    assert.equal(shown('hosts', `b.example,${entry}`), `a text of ${10 + entry.length} characters`, entry)
  }
})
