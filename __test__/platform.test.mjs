import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'

const { platformName } = createRequire(import.meta.url)('../lib/platform')

const isLinux = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

describe('the C library of Linux', { skip: !isLinux && 'another system' }, () => {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  const actual = header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'

  /** @type {{ what: string, exists: (file: string) => boolean, name: string, reads: boolean }[]} */
  const systems = [
    {
      what: "only glibc's loader",
      exists: (file) => file.includes('/ld-linux'),
      name: 'gnu',
      reads: false,
    },
    { what: 'the loaders of both', exists: () => true, name: actual, reads: true },
    { what: "only musl's loader", exists: (file) => file.includes('/ld-musl'), name: actual, reads: true },
    { what: 'neither at its place', exists: () => false, name: actual, reads: true },
    {
      what: 'a mock of fs that throws',
      exists: () => {
        throw new Error('mocked')
      },
      name: actual,
      reads: true,
    },
  ]
  for (const { what, exists, name, reads } of systems)
    test(`with ${what}, ${reads ? "the head of Node's file names it" : 'no file is opened'}`, (context) => {
      context.mock.method(fs, 'existsSync', exists)
      const open = context.mock.method(fs, 'openSync')
      assert.equal(platformName(), `linux-${process.arch}-${name}`)
      assert.equal(open.mock.callCount(), reads ? 1 : 0)
    })

  test('without a file to read, the report names it', (context) => {
    for (const name of /** @type {const} */ (['existsSync', 'openSync']))
      context.mock.method(fs, name, () => {
        throw new Error('mocked')
      })
    assert.equal(platformName(), `linux-${process.arch}-${actual}`)
  })
})
