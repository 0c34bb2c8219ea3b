import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { writeNamespace, writeOtherOwner } from './support/other-owner.mjs'
import { run, start } from '../testkit/process.mjs'

const NAME = 'azure-openai-entra-proxy'
const LAUNCHER = fileURLToPath(new URL(`../proxy/npm/${NAME}.js`, import.meta.url))
/** What a user namespace shows for an owner that it does not know. */
const OVERFLOW = 65_534
const skip = process.platform === 'win32' && 'the stand-in of the program is a shell script'

describe("the npm package's launcher", { skip }, () => {
  /** @type {string} */
  let folder
  /** @type {string} */
  let launcher

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'entra-launcher-'))
    launcher = join(folder, NAME, `${NAME}.js`)
    cpSync(LAUNCHER, launcher)
  })
  after(() => rmSync(folder, { recursive: true }))

  /**
   * The command that starts a launcher whose platform's package holds this program.
   *
   * @param {string} script
   * @param {string[]} args
   */
  const launch = (script, ...args) => {
    const place = join(folder, 'node_modules', `${NAME}-${process.platform}-${process.arch}`)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), '{}')
    writeFileSync(join(place, NAME), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return [process.execPath, launcher, ...args]
  }

  test('arguments, output and the exit code are those of the program', async () => {
    const command = launch('echo "$@"; echo error >&2; exit 7', '--listen', '127.0.0.1:0', 'a b')
    assert.deepEqual(await run(command), {
      code: 7,
      signal: null,
      stdout: '--listen 127.0.0.1:0 a b\n',
      stderr: 'error\n',
    })
  })

  test('a program that NODE_PATH finds in the working directory is not run', async () => {
    const planted = join(folder, 'planted', `${NAME}-${process.platform}-${process.arch}`)
    mkdirSync(planted, { recursive: true })
    writeFileSync(join(planted, NAME), '#!/bin/sh\necho planted\n', { mode: 0o755 })
    const command = launch('echo own')
    for (const path of ['planted', './planted', `planted/../planted:/nowhere`]) {
      const variables = { NODE_PATH: path }
      assert.equal((await run(command, { cwd: folder, variables })).stdout, 'own\n', path)
    }
    rmSync(join(folder, 'node_modules'), { recursive: true })
    for (const path of ['planted', './planted', `planted/../planted:/nowhere`]) {
      const { code, stdout, stderr } = await run(command, { cwd: folder, variables: { NODE_PATH: path } })
      assert.deepEqual([code, stdout], [1, ''], path)
      assert.match(stderr, /is not installed/)
    }
  })

  test('a program of another user, in a folder above the package in which all may write, is not run', async () => {
    const command = launch('echo found')
    assert.equal((await run(command)).stdout, 'found\n')
    chmodSync(folder, 0o1777)
    const owners = join(folder, 'owners.cjs')
    writeOtherOwner(owners, /node_modules/)
    const { code, stdout, stderr } = await run([command[0], '--require', owners, ...command.slice(1)])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /is not installed/)
    assert.equal((await run(command)).stdout, 'found\n')
  })

  test('a program that another user can have put there is not run: by its file, by a link, or by a relative HOME', async () => {
    const command = launch('echo found')
    const folders = join(folder, 'node_modules')
    const name = `${NAME}-${process.platform}-${process.arch}`
    const owners = join(folder, 'owners.cjs')
    const ran = async (/** @type {RegExp} */ foreign) => {
      writeOtherOwner(owners, foreign)
      return (await run([command[0], '--require', owners, ...command.slice(1)])).stdout
    }
    chmodSync(folder, 0o755)
    assert.equal(await ran(/node_modules/), 'found\n', 'deployed by another user')
    chmodSync(join(folders, name), 0o1777)
    assert.equal(await ran(new RegExp(`${NAME}$`)), '', 'its file')
    assert.equal(await ran(/(?!)/), 'found\n')
    chmodSync(join(folders, name), 0o755)

    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o1777)
    renameSync(folders, join(open, 'packages'))
    symlinkSync(join(open, 'packages'), folders)
    assert.equal(await ran(/open.packages/), '', 'what a link leads to')
    assert.equal(await ran(/(?!)/), 'found\n')

    rmSync(folders)
    renameSync(join(open, 'packages'), join(open, '.node_modules'))
    for (const home of ['.', './', '../open', '.node_modules/..']) {
      const { code, stdout } = await run(command, { cwd: open, variables: { HOME: home } })
      assert.deepEqual([code, stdout], [1, ''], home)
    }
    assert.equal((await run(command, { variables: { HOME: open } })).stdout, 'found\n')
    rmSync(open, { recursive: true })
  })

  test('a program of an unknown owner is run only if all users can replace the launcher too', async () => {
    const command = launch('echo found')
    const owners = join(folder, 'owners.cjs')
    writeOtherOwner(owners, new RegExp(NAME), OVERFLOW)
    for (const [mode, found] of /** @type {const} */ ([
      [0o1777, ''],
      [0o777, 'found\n'],
    ])) {
      for (const open of [join(folder, NAME), join(folder, 'node_modules')]) chmodSync(open, mode)
      assert.equal((await run([command[0], '--require', owners, ...command.slice(1)])).stdout, found)
    }
  })

  test('a program of an unknown owner is not run by the user that stands for all of these', async () => {
    const command = launch('echo found')
    const [owners, namespace] = [join(folder, 'owners.cjs'), join(folder, 'namespace.cjs')]
    writeOtherOwner(owners, /node_modules/, OVERFLOW)
    writeNamespace(namespace)
    chmodSync(join(folder, 'node_modules'), 0o1777)
    const ran = async (/** @type {string[]} */ ...preloaded) =>
      (await run([command[0], ...preloaded.flatMap((file) => ['--require', file]), ...command.slice(1)]))
        .stdout
    assert.equal(await ran(owners, namespace), '')
    assert.equal(await ran(namespace), 'found\n')
  })

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    test(`${signal} reaches the program, which says how it ends`, async () => {
      const script = `trap 'echo got it; exit 3' ${signal.slice('SIG'.length)}; echo ready; while :; do sleep 0.05; done`
      const { child, ended, said } = start(launch(script))
      await said(/ready/)
      child.kill(signal)
      const { code, stdout } = await ended()
      assert.deepEqual({ code, stdout }, { code: 3, stdout: 'ready\ngot it\n' })
    })
  }

  test('a program that a signal ends ends the launcher by the same signal', async () => {
    const { code, signal } = await run(launch('kill -KILL $$'))
    assert.deepEqual({ code, signal }, { code: null, signal: 'SIGKILL' })
  })

  test('a platform without a package is named, and what to do', async () => {
    const elsewhere = join(folder, 'elsewhere', `${NAME}.js`)
    cpSync(LAUNCHER, elsewhere)
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
    const { code, stderr } = await run([process.execPath, elsewhere])
    assert.equal(code, 1)
    assert.equal(
      stderr,
      `The package ${NAME}-${process.platform}-${process.arch} is not installed. Install ${NAME} again, with its optional dependencies, on this machine.\n`,
    )
  })
})
