/**
 * What CI does, in its order.
 *
 *     node scripts/ready.mjs [format | lint | words | types | docs | dependencies] [--write]
 *
 * With a name, only those checks; they need no build. `format --write` formats what does not pass.
 */

import { configuration } from './configuration.mjs'
import { reasons } from './any.mjs'
import { manifests } from './manifests.mjs'
import { setup } from './setup.mjs'
import { changedFiles, snapshot } from './support/snapshot.mjs'
import { StepFailed, run, runIfMain, taplo, tool } from './support/run.mjs'
import { spelling } from './support/spelling.mjs'
import { terraform } from './terraform.mjs'
import { test } from './test.mjs'

/**
 * Crates that would bring in a C library of the system's, or a second TLS or cryptography library. (openssl-probe is
 * a list of paths where systems keep their CA certificates; rustls-native-certs reads them.)
 */
const UNWANTED_CRATES = /^(?:openssl(?!-probe)|native-tls|aws-lc)/

const CHECKS = {
  async format({ write = false } = {}) {
    const check = write ? [] : ['--check']
    await run('format of Rust', ['cargo', 'fmt', '--all', ...check])
    await run('format of the fuzz targets', [
      'cargo',
      'fmt',
      '--manifest-path',
      'lab/fuzz/Cargo.toml',
      ...check,
    ])
    await run('format of TOML', [...taplo(), ...check])
    await run('format of the rest', [...tool('prettier'), write ? '--write' : '--check', '.'])
  },
  async lint() {
    const clippy = ['cargo', 'clippy', '--workspace', '--all-targets', '--locked', '--', '-D', 'warnings']
    await run('lint of Rust', clippy)
    await run('lint of JavaScript', [...tool('oxlint'), '--deny-warnings'])
    // In a fresh clone, the parser that this one needs is installed after this file is loaded.
    const { structure } = await import('./structure.mjs')
    await structure()
    await reasons()
  },
  async words() {
    await run('spelling', spelling())
    const { words } = await import('./words.mjs')
    await words()
  },
  async types() {
    for (const project of ['.', 'lab', '__test__'])
      await run(`types in ${project}`, [...tool('tsc', 'typescript'), '--project', project])
    await run('package exports', [...tool('publint'), '--strict'])
    await run('package types', [...tool('attw', '@arethetypeswrong/cli'), '--pack', '.'])
  },
  async docs() {
    const env = { ...process.env, RUSTDOCFLAGS: '-D warnings' }
    const doc = ['cargo', 'doc', '--workspace', '--no-deps', '--locked']
    await run('documentation of the crates', doc, { env })
  },
  async dependencies() {
    const tree = ['cargo', 'tree', '--locked', '--target', 'all', '-e', 'normal', '--prefix', 'none']
    const crates = new Set((await run('dependencies of the addon', tree)).split('\n'))
    const unwanted = [...crates].filter((crate) => UNWANTED_CRATES.test(crate))
    if (unwanted.length > 0) throw new StepFailed(`The addon must not depend on ${unwanted.join(', ')}.`)
    // A workspace of its own, so no other check notices a stale lock file.
    const fuzz = ['--manifest-path', 'lab/fuzz/Cargo.toml', '--format-version', '1']
    await run('lock file of the fuzz targets', ['cargo', 'metadata', '--locked', ...fuzz])
  },
}

async function ready() {
  const before = await snapshot('files before')
  await setup({ clients: true })
  for (const check of Object.values(CHECKS)) await check()
  await terraform()
  await manifests()
  await configuration()
  await run('messages in the documentation', [
    process.execPath,
    'lab/run.mjs',
    'conformance',
    '--troubleshooting',
  ])
  await test()
  const changed = changedFiles(before, await snapshot('files after'))
  if (changed.length === 0) return
  throw new StepFailed(`Commit what the build generated, which changed: ${changed.join(', ')}`)
}

await runIfMain(import.meta.url, async () => {
  const [name, write] = process.argv.slice(2)
  if (name === undefined) return ready()
  const check = CHECKS[/** @type {keyof typeof CHECKS} */ (name)]
  if (!check) throw new StepFailed(`There is no check '${name}', only ${Object.keys(CHECKS).join(', ')}.`)
  await setup({ addon: false })
  return check({ write: write === '--write' })
})
