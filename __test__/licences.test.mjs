import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'

import { licencesOf } from '../scripts/release/licences.mjs'

const lockFile = readFileSync(new URL('../Cargo.lock', import.meta.url), 'utf8')
/** @param {string} name */
const versionOf = (name) => new RegExp(`name = "${name}"\nversion = "(.+)"`).exec(lockFile)?.[1]

describe('the licences that go with an addon', () => {
  /** @type {string} */
  let text
  before(async () => (text = await licencesOf('x86_64-unknown-linux-musl')))

  test('are those of the crates that it is made of, with their texts', () => {
    for (const name of ['ring', 'reqwest', 'webpki-roots', 'zeroize'])
      assert.match(text, new RegExp(`^${name} ${versionOf(name)?.replaceAll('.', '\\.')} \\(.+\\)$`, 'm'))
    assert.match(text, /Permission to use, copy, modify, and\/or distribute this software for any/)
    assert.match(text, /Apache License\n +Version 2\.0, January 2004/)
  })

  test('and not of those that build it, test it, write its code or are for other systems', () => {
    for (const name of ['cc', 'napi-build', 'proptest', 'rcgen', 'syn', 'napi-derive', 'schannel'])
      assert.ok(versionOf(name) && !text.includes(`\n${name} `), name)
  })

  test('each text stands there once', () => {
    const parts = text.split(`\n\n${'-'.repeat(80)}\n\n`).slice(2)
    const texts = parts.map((part) => part.slice(part.indexOf('\n\n')))
    assert.equal(new Set(texts).size, texts.length)
  })
})
