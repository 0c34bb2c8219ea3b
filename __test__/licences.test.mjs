import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'

import { chosen, licencesOf } from '../scripts/release/licences.mjs'

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

  test('with the copyrights of each crate', () => {
    const holder = / \(.+\)\n  Copyright \(c\) 2018 Carl Lerche\n/
    assert.match(
      text,
      new RegExp(`^bytes ${versionOf('bytes')?.replaceAll('.', '\\.')}${holder.source}`, 'm'),
    )
  })

  test('each text stands there once', () => {
    const parts = text.split(`\n\n${'-'.repeat(80)}\n\n`).slice(2)
    const texts = parts.map((part) => part.slice(part.indexOf('\n\n')))
    assert.equal(new Set(texts).size, texts.length)
  })
})

test('of a crate that leaves the choice, the text of MIT goes along, and what is no alternative', () => {
  const files = ['COPYRIGHT', 'LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-THIRD-PARTY', 'UNLICENSE']
  for (const license of [
    'MIT OR Apache-2.0',
    'Apache-2.0 OR ISC OR MIT',
    'Apache-2.0/MIT',
    'Unlicense OR MIT',
  ])
    assert.deepEqual(
      chosen(files, license),
      files.filter((name) => name !== 'LICENSE-APACHE'),
      license,
    )
  for (const license of ['MIT', 'Apache-2.0', 'MIT AND Apache-2.0', '(MIT OR Apache-2.0) AND Unicode-3.0'])
    assert.deepEqual(chosen(files, license), files, license)
  const [apache] = files.slice(1)
  assert.deepEqual(chosen([apache], 'MIT OR Apache-2.0'), [apache])
})
