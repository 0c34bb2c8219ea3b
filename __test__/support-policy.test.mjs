import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'

import { RUNTIMES } from '../scripts/platforms/runtimes.mjs'
import { GLIBC_FLOOR, MUSL_FLOOR } from '../scripts/platforms/toolchain.mjs'

/** @param {string} path */
const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const packageJson = JSON.parse(read('package.json'))
const cargo = ['Cargo.toml', 'core/Cargo.toml'].map(read)
const platforms = readdirSync(new URL('../npm/', import.meta.url))
const platformPackages = platforms.map((name) => JSON.parse(read(`npm/${name}/package.json`)))

/** The rows of the table of what is supported, by their first cell. */
const promised = new Map(
  [...read('docs/platforms.md').matchAll(/^\| ([\w, ]+?) +\| (.+?) +\|$/gm)].map(([, what, versions]) => [
    what,
    versions,
  ]),
)

/** @template Value @param {Value[]} values */
const only = (values) => {
  assert.equal(new Set(values).size, 1, [...values].join(', '))
  return values[0]
}

describe('what docs/platforms.md promises is what is built', () => {
  test('the oldest Node', () => {
    const [, oldest] = /^(\d+), .+ and newer: /.exec(promised.get('Node') ?? '') ?? []
    assert.equal(only([packageJson, ...platformPackages].map(({ engines }) => engines.node)), `>=${oldest}`)
    assert.match(packageJson.devDependencies['@types/node'], new RegExp(`^\\^${oldest}\\.`))
    assert.match(read('scripts/bundle.mjs'), new RegExp(`target: 'node${oldest}'`))
    assert.match(read('scripts/support/prerequisites.mjs'), new RegExp(`OLDEST_NODE = \\[${oldest}, 0\\]`))
    assert.match(read('.github/workflows/ci.yml'), new RegExp(`node: \\[${oldest}, `))
    assert.match(read('CONTRIBUTING.md'), new RegExp(`Install Node ${oldest} or newer`))
  })

  test('every Node that is named is tried, on glibc and on musl', () => {
    const [named] = /^[\d, ]+/.exec(promised.get('Node') ?? '') ?? []
    for (const major of (named ?? '').trim().split(', ')) {
      for (const platform of ['linux-x64-gnu', 'linux-x64-musl'])
        assert.ok(
          RUNTIMES.some((it) => it.platform === platform && it.runtime === `Node ${major}`),
          `${platform}, Node ${major}`,
        )
      assert.match(read('.github/workflows/ci.yml'), new RegExp(`for node in .*\\b${major}\\b`))
      assert.match(read('.github/workflows/ci.yml'), new RegExp(`node: (?:\\[.*)?\\b${major}\\b`))
    }
  })

  test('the level of Node-API', () => {
    const [, level] = /: Node-API (\d+)$/.exec(promised.get('Node') ?? '') ?? []
    const [, features] = /^napi = \{.*features = \[(.*)\] \}$/m.exec(cargo[0]) ?? []
    assert.equal(features, `"napi${level}"`)
  })

  test('the oldest Rust', () => {
    const [, oldest] = /^([\d.]+) or newer/.exec(promised.get('Rust') ?? '') ?? []
    assert.equal(only(cargo.map((text) => /^rust-version = "(.+)"$/m.exec(text)?.[1])), oldest)
    const numbers = oldest.replace('.', ', ')
    assert.match(read('scripts/support/prerequisites.mjs'), new RegExp(`OLDEST_RUST = \\[${numbers}\\]`))
    assert.match(read('CONTRIBUTING.md'), new RegExp(`Rust ${oldest} or newer`))
  })

  test('the oldest glibc', () => {
    const [, oldest] = /^x64 and arm64, glibc ([\d.]+) or newer/.exec(promised.get('Linux glibc') ?? '') ?? []
    assert.equal(GLIBC_FLOOR, oldest)
  })

  test('the oldest musl', () => {
    const [, oldest] = /^x64 and arm64, musl ([\d.]+) or newer/.exec(promised.get('Linux musl') ?? '') ?? []
    assert.equal(MUSL_FLOOR, oldest)
  })

  test('the platforms', () => {
    const systems = { 'Linux glibc': 'linux-*-gnu', 'Linux musl': 'linux-*-musl', macOS: 'darwin-*' }
    const named = Object.entries({ ...systems, Windows: 'win32-*-msvc' }).flatMap(([what, name]) =>
      /^[\w ]+/
        .exec(promised.get(what) ?? '')?.[0]
        .split(' and ')
        .map((arch) => name.replace('*', arch)),
    )
    assert.deepEqual(named.toSorted(), platforms.toSorted())
  })

  test('one version, in every package and crate', () => {
    const versions = cargo.map((text) => /^version = "(.+)"$/m.exec(text)?.[1])
    const packages = [packageJson, ...platformPackages].map(({ version }) => version)
    only([...versions, ...packages])
  })
})
