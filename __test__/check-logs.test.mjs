import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'

import { checkLogs } from '../scripts/check-logs.mjs'
import { loggingModules } from '../scripts/support/logging-modules.mjs'
import { root } from '../scripts/support/run.mjs'

const SOURCE = join(root, 'core/src')

/** Some characters of each kind that an encoding changes. */
const AWKWARD = '/+ "\n&é'
const secret = () => `${AWKWARD}${randomBytes(24).toString('hex')}`

/** @type {string} */
let folder
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'entra-check-logs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A run that is all right: every module of this crate logged, nothing leaked. */
const capture = ({ modules = loggingModules(SOURCE), secrets = Array.from({ length: 5 }, secret) } = {}) => {
  const lines = modules.map((target) => `2026-01-02T03:04:05Z DEBUG ${target}: asking host="localhost"\n`)
  writeFileSync(join(folder, '1.log'), lines.join(''))
  writeFileSync(join(folder, '1.secrets'), secrets.map((value) => `${JSON.stringify(value)}\n`).join(''))
  return secrets
}
/** @param {string} text */
const plant = (text) => writeFileSync(join(folder, '2.log'), `DEBUG first line\nINFO header=${text}!\n`)

test('a run that logged from every module and leaked nothing passes', () => {
  capture()
  plant('nothing to see')
  const modules = loggingModules(SOURCE).length
  assert.ok(modules > 0)
  assert.deepEqual(checkLogs(folder), { lines: modules + 2, modules, secrets: 5 })
})

describe('a canary is found', () => {
  const base64 = (/** @type {string} */ before) => (/** @type {string} */ canary) =>
    Buffer.from(`${before}${canary}:after`).toString('base64')
  /** @type {Record<string, (canary: string) => string>} */
  const FORMS = {
    'as it is': (canary) => canary,
    'cut short': (canary) => canary.slice(0, 24),
    'in JSON': (canary) => JSON.stringify({ canary }),
    'in a query': (canary) => `?code=${encodeURIComponent(canary)}`,
    'in a query in lower case': (canary) =>
      encodeURIComponent(canary).replace(/%../g, (c) => c.toLowerCase()),
    'in a form': (canary) => new URLSearchParams({ canary, grant_type: 'x' }).toString(),
    'in base64': base64(''),
    'in base64, after one byte': base64('u'),
    'in base64, after two bytes': base64('id'),
    'in base64url': (canary) => Buffer.from(canary).toString('base64url'),
  }
  for (const [form, disguise] of Object.entries(FORMS)) {
    test(`${form}, and is not repeated`, () => {
      const [, , canary] = capture()
      plant(disguise(canary))
      assert.throws(
        () => checkLogs(folder),
        ({ message }) => {
          assert.match(message, /^2\.log:2 holds a secret \(.+; its SHA-256 begins with [0-9a-f]{8}\)$/m)
          assert.ok(!message.includes(canary.slice(AWKWARD.length)))
          return true
        },
      )
    })
  }
})

describe('a capture that cannot have seen everything fails', () => {
  test('if one module is missing', () => {
    const missing = 'azure_openai_entra::credential::chain'
    capture({ modules: loggingModules(SOURCE).filter((target) => target !== missing) })
    assert.throws(() => checkLogs(folder), {
      message: `nothing was captured from ${missing}: no test makes it log`,
    })
  })

  test('where only a module below it logged', () => {
    capture({ modules: loggingModules(SOURCE).map((target) => `${target}::below`) })
    assert.throws(() => checkLogs(folder), /nothing was captured from .*::chain/)
  })

  test('if nothing was captured', () => {
    capture({ modules: [] })
    assert.throws(() => checkLogs(folder), /no line of any module was captured/)
  })

  test('if the ledger is almost empty', () => {
    capture({ secrets: [secret()] })
    assert.throws(() => checkLogs(folder), { message: 'the ledger holds only 1 secrets' })
  })

  test('if the ledger holds a value that cannot be searched for', () => {
    capture({ secrets: [...Array.from({ length: 5 }, secret), 'short'] })
    writeFileSync(join(folder, '2.secrets'), '{"cut off')
    assert.throws(() => checkLogs(folder), {
      message:
        '1.secrets holds a secret too short to search for\n2.secrets holds a line that is not a JSON string',
    })
  })
})

describe('the modules that log', () => {
  /** @param {Record<string, string>} files */
  const modulesOf = (files) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return loggingModules(folder)
  }

  test('are named after their files', () => {
    const log = 'fn f() { tracing::info!("x") }'
    const files = { 'lib.rs': log, 'a.rs': log, 'b/mod.rs': log, 'b/c.rs': log }
    const crate = 'azure_openai_entra'
    assert.deepEqual(modulesOf(files), [crate, `${crate}::a`, `${crate}::b`, `${crate}::b::c`])
  })

  for (const [what, code, logs] of /** @type {[string, string, boolean][]} */ ([
    ['an imported macro', 'warn!(status, "refused")', true],
    ['an event', 'tracing::event!(Level::INFO, "x")', true],
    ['a macro after a lifetime and a quote', `fn f<'a>(x: &'a str) { if x == '"' { error!("x") } }`, true],
    ['a comment', '// debug!("x")\n/* warn!("x") */', false],
    ['a string', 'let a = "info!()"; let b = r#"a "quoted" error!()"#;', false],
    ["another crate's macro", 'compile_error!("x"); my_debug!("x")', false],
    ['a test module', '#[cfg(test)]\nmod tests {\n  fn f() { { info!("}") } }\n}', false],
    [
      'code after a test item',
      '#[cfg(test)]\nuse std::{fmt, mem};\n#[cfg(test)] fn t(a: [u8; 2]) {} fn f() { info!("x") }',
      true,
    ],
    [
      'a test module with a reason',
      '#[cfg(all(test, feature = "node"))]\n#[expect(lint)]\nmod tests { info!("x") }',
      false,
    ],
  ])) {
    test(`${what} ${logs ? 'counts' : 'does not count'}`, () => {
      assert.deepEqual(modulesOf({ 'a.rs': code }), logs ? ['azure_openai_entra::a'] : [])
    })
  }

  test('leave out the files of a test module', () => {
    const log = 'fn f() { tracing::info!("x") }'
    const files = { 'lib.rs': '#[cfg(test)]\nmod support;', 'support/mod.rs': log, 'support/clock.rs': log }
    assert.deepEqual(modulesOf(files), [])
  })
})
