/** What a machine must have before anything can be built, and how to get it. */

import { spawnSync } from 'node:child_process'

import { StepFailed } from './run.mjs'

const OLDEST_NODE = [20, 0]
/** As `rust-version` in Cargo.toml. */
const OLDEST_RUST = [1, 88]

/** Fails with one sentence that names everything missing. */
export function checkPrerequisites() {
  const missing = [missingNode(), missingRust(), missingCompiler()].filter((need) => need !== undefined)
  if (missing.length > 0)
    throw new StepFailed(`To build azure-openai-entra, first get ${missing.join('; and ')}.`)
}

function missingNode() {
  if (atLeast(process.versions.node, OLDEST_NODE)) return undefined
  return `Node ${OLDEST_NODE[0]} or newer, from https://nodejs.org (this is ${process.versions.node})`
}

function missingRust() {
  const need = `Rust ${OLDEST_RUST.join('.')} or newer`
  const found = ['rustc', 'cargo'].map(version)
  if (found.includes(undefined)) return `${need}, from https://rustup.rs`
  const old = found.find((text) => !atLeast(text?.split(' ')[1] ?? '', OLDEST_RUST))
  return old && `${need}, with \`rustup update stable\` (this is ${old.trim()})`
}

/**
 * rustc links with `cc`, and the cryptography crate compiles C with it. On Windows both find Visual Studio by way of
 * the registry, and cargo itself says well what is missing.
 */
function missingCompiler() {
  if (process.platform === 'win32' || version('cc') !== undefined) return undefined
  if (process.platform === 'darwin') return 'a C compiler, with `xcode-select --install`'
  return 'a C compiler (`cc`), for instance with `apt-get install build-essential` or `apk add build-base`'
}

/** @param {string} program */
function version(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? stdout : undefined
}

/**
 * @param {string} found
 * @param {number[]} needed major and minor
 */
function atLeast(found, [neededMajor, neededMinor]) {
  const [major, minor] = found.split('.').map(Number)
  return major > neededMajor || (major === neededMajor && minor >= neededMinor)
}
