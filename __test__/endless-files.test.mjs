import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'

import { manifestOf } from '../cli/foreign-text.mjs'
import { root as repository } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'
import { writeOtherOwner } from './support/other-owner.mjs'

const folders = mkdtempSync(join(tmpdir(), 'entra-endless-'))
after(() => rmSync(folders, { recursive: true, force: true }))
// Without the packages that the repository has for its tests.
cpSync(join(repository, 'lib'), join(folders, 'own/lib'), { recursive: true })
const PEER = JSON.stringify(join(folders, 'own/lib/require-peer.js'))

const IDENTITY = 'node_modules/@azure/identity'
const RUNS = "console.log('runs')"
const DEPTH = 20_000
const deep = `${'{"a":'.repeat(DEPTH)}"./index.js"${'}'.repeat(DEPTH)}`

/** What another user may leave in place of a file. @type {Record<string, (file: string) => void>} */
const ENDLESS = {
  'a pipe': (file) => void execFileSync('mkfifo', [file]),
  'a device': (file) => symlinkSync('/dev/zero', file),
  'a huge file': (file) => {
    writeFileSync(file, '')
    truncateSync(file, 1_500_000_000)
  },
  'a deep file': (file) => writeFileSync(file, `{"name":"@azure/identity","exports":${deep}}`),
  'a loop of links': (file) => symlinkSync('package.json', file),
}

/**
 * @typedef {object} Place
 * @property {string} at the endless file, in the layout
 * @property {string[]} open a folder in which all users may make files
 * @property {string} says what the app says if the file is another user's
 * @property {Record<string, string>} [files]
 */
/** @type {Record<string, Place>} */
const PLACES = {
  'above an app that has a package.json': {
    at: 'package.json',
    open: ['.'],
    says: 'runs',
    files: { 'app/package.json': '{}', [`app/${IDENTITY}/index.js`]: RUNS },
  },
  'in a package': {
    at: `app/${IDENTITY}/package.json`,
    open: [`app/${IDENTITY}`],
    says: 'none',
    files: { 'app/package.json': '{}', [`app/${IDENTITY}/index.js`]: RUNS },
  },
  'in a package above the app': {
    at: `${IDENTITY}/package.json`,
    open: [IDENTITY],
    says: 'none',
    files: { 'app/package.json': '{}', [`${IDENTITY}/index.js`]: RUNS },
  },
  'in a package behind that of the app': {
    at: `${IDENTITY}/package.json`,
    open: [IDENTITY],
    says: 'runs',
    files: { 'app/package.json': '{}', [`app/${IDENTITY}/index.js`]: RUNS },
  },
  'in a package behind an empty one': {
    at: `${IDENTITY}/package.json`,
    open: [IDENTITY],
    says: 'none',
    files: { 'app/package.json': '{}', [`app/${IDENTITY}/none.txt`]: '' },
  },
  'in a folder of a package': {
    at: `app/${IDENTITY}/dist/package.json`,
    open: [`app/${IDENTITY}/dist`],
    says: 'none',
    files: {
      'app/package.json': '{}',
      [`app/${IDENTITY}/package.json`]: '{"main":"dist"}',
      [`app/${IDENTITY}/dist/index.js`]: RUNS,
    },
  },
}

/**
 * @param {Place} place
 * @param {(file: string) => void} make
 * @param {{ isForeign: boolean, code: string }} of
 */
const saidIn = async ({ at, open, files = {} }, make, { isForeign, code }) => {
  const folder = join(mkdtempSync(join(folders, 'case-')), 'layout')
  for (const [path, text] of Object.entries({ ...files, 'app/main.cjs': code })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  mkdirSync(dirname(join(folder, at)), { recursive: true })
  make(join(folder, at))
  for (const path of open) chmodSync(join(folder, path), 0o1777)
  const owners = join(dirname(folder), 'owners.cjs')
  writeOtherOwner(owners, isForeign ? new RegExp(`layout.${at}$`) : /(?!)/)
  const { stdout, stderr } = await run(
    [process.execPath, '--max-old-space-size=200', '--require', owners, join(folder, 'app/main.cjs')],
    // With --require, Node asks the package.json of the working directory.
    { cwd: dirname(folder), variables: { HOME: '/nowhere' }, limitMs: 15_000 },
  )
  return stdout.trim() || stderr
}

const skip = process.platform === 'win32' && 'it has no such files, and Node knows no owners there'

describe('in place of a package.json, what has no end', { skip }, () => {
  const FOUND = `console.log(require(${PEER}).requirePeer('@azure/identity') === undefined ? 'none' : '')`
  const PLANTED = `console.log(require(${PEER}).isPlanted('@azure/identity', __filename))`
  for (const [what, make] of Object.entries(ENDLESS)) {
    for (const [where, place] of Object.entries(PLACES)) {
      test(`is not read if it is another user's: ${what} ${where}`, async () => {
        assert.equal(await saidIn(place, make, { isForeign: true, code: FOUND }), place.says)
        assert.match(await saidIn(place, make, { isForeign: true, code: PLANTED }), /^(?:true|false)$/)
      })
    }
    const { at, ...rest } = PLACES['in a package']
    test(`is not read if it is of the user: ${what}`, async () =>
      assert.match(await saidIn({ at, ...rest }, make, { isForeign: false, code: FOUND }), /^(?:none|runs)$/))
  }
})

test('the command-line tool reads no huge package.json', { skip }, () => {
  for (const [what, make] of Object.entries(ENDLESS)) {
    const folder = mkdtempSync(join(folders, 'tool-'))
    make(join(folder, 'package.json'))
    assert.equal(manifestOf(folder)?.name, what === 'a deep file' ? '@azure/identity' : undefined, what)
  }
})
