/**
 * Feeds every parser of foreign bytes with made-up ones.
 *
 *     npm run lab -- fuzz [--seconds N] [target …]
 *
 * Installs nightly Rust and cargo-fuzz if they are missing. Writes findings to `target/fuzz/artifacts`, and the corpus,
 * which the next run extends, to `target/fuzz/corpus`.
 */

import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { checkPrerequisites } from '../../scripts/support/prerequisites.mjs'
import { StepFailed, root, run } from '../../scripts/support/run.mjs'

const CARGO_FUZZ = '0.13.2'
const DEFAULT_SECONDS = '60'
/** No input that a parser is meant for takes a hundredth of this. */
const SLOWEST_INPUT_SECONDS = 10
/** Longer than any answer that is meant, short enough for many tries. */
const LONGEST_INPUT = 16 * 1024
/** For a small machine that builds everything. */
const BUILD_MINUTES = 60

const WORK = join(root, 'target/fuzz')
const CARGO = ['cargo', '+nightly', 'fuzz']
const PLACES = ['--fuzz-dir', join(root, 'lab/fuzz'), '--target-dir', WORK]

/** @param {string[]} args */
export async function fuzz(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { seconds: { type: 'string', default: DEFAULT_SECONDS } },
    allowPositionals: true,
  })
  const seconds = Number(values.seconds)
  if (!Number.isInteger(seconds) || seconds < 1) throw new StepFailed('--seconds must be a whole number.')
  const known = readdirSync(join(root, 'lab/fuzz/corpus')).toSorted()
  const unknown = positionals.filter((target) => !known.includes(target))
  if (unknown.length > 0)
    throw new StepFailed(`There is no target ${unknown.join(', ')}, only ${known.join(', ')}.`)

  await getTools()
  await run('building the targets', [...CARGO, 'build', ...PLACES], { minutes: BUILD_MINUTES })
  const rows = []
  for (const target of positionals.length > 0 ? positionals : known) rows.push(await feed(target, seconds))
  console.table(Object.fromEntries(rows.map(({ target, ...figures }) => [target, figures])))
  const found = rows.flatMap(({ target, findings }) => (findings === 0 ? [] : [target]))
  if (found.length > 0)
    throw new StepFailed(`Look at ${found.join(', ')}: inputs that found something are in ${artifacts('')}.`)
}

async function getTools() {
  checkPrerequisites()
  if (process.platform === 'win32') throw new StepFailed('cargo-fuzz needs Linux or macOS.')
  if (!works('rustc', '+nightly', '--version')) {
    if (!works('rustup', '--version'))
      throw new StepFailed('Fuzzing needs nightly Rust: first get rustup, from https://rustup.rs.')
    await run('installing nightly Rust', [
      'rustup',
      'toolchain',
      'install',
      'nightly',
      '--profile',
      'minimal',
    ])
  }
  if (!works('cargo', 'fuzz', '--version'))
    await run('installing cargo-fuzz', [
      'cargo',
      'install',
      'cargo-fuzz',
      '--version',
      CARGO_FUZZ,
      '--locked',
    ])
}

/** @param {string[]} command */
function works(...[program, ...args]) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 60_000 }).status === 0
}

/**
 * @param {string} target
 * @param {number} seconds
 */
async function feed(target, seconds) {
  const [learned, made] = [join(WORK, 'corpus', target), join(WORK, 'seeds', target)]
  for (const folder of [learned, made, artifacts(target)]) mkdirSync(folder, { recursive: true })
  if (target === 'certificate') makeKeys(made)
  const before = readdirSync(artifacts(target)).length
  const options = [
    `-max_total_time=${seconds}`,
    `-timeout=${SLOWEST_INPUT_SECONDS}`,
    `-max_len=${LONGEST_INPUT}`,
    `-dict=${join(root, 'lab/fuzz/words.dict')}`,
    `-artifact_prefix=${artifacts(target)}/`,
    '-print_final_stats=1',
  ]
  const seeds = join(root, 'lab/fuzz/corpus', target)
  const command = [...CARGO, 'run', ...PLACES, target, learned, seeds, made, '--', ...options]
  const output = await attempt(`fuzzing ${target}`, command, seconds / 60 + BUILD_MINUTES)
  const figure = (/** @type {RegExp} */ form) => {
    const shown = [...output.matchAll(form)].at(-1)
    return shown ? Number(shown[1]) : '-'
  }
  return {
    target,
    executions: figure(/number_of_executed_units:\s*(\d+)/g),
    coverage: figure(/ cov: (\d+)/g),
    findings: output === '' ? readdirSync(artifacts(target)).length - before || 'did not run' : 0,
  }
}

/** @param {string} target */
function artifacts(target) {
  return join(WORK, 'artifacts', target)
}

/**
 * The output of a command, or undefined if it failed; the failure has been shown by then.
 *
 * @param {string} label
 * @param {string[]} command
 * @param {number} minutes
 */
async function attempt(label, command, minutes) {
  try {
    return await run(label, command, { minutes })
  } catch (error) {
    if (error instanceof StepFailed) return ''
    throw error
  }
}

/**
 * Seeds that are keys, which are in no repository: in every form that is read, and in some that are not.
 *
 * @param {string} folder
 */
function makeKeys(folder) {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'password' }
  /** @type {[string, import('node:crypto').KeyObject, 'pkcs1' | 'pkcs8' | 'sec1', object, number][]} */
  const forms = [
    ['pkcs8-encrypted', rsa, 'pkcs8', encrypted, 0],
    ['pkcs8-3des', rsa, 'pkcs8', { ...encrypted, cipher: 'des-ede3-cbc' }, 0],
    ['pkcs8', rsa, 'pkcs8', {}, 1],
    ['pkcs1', rsa, 'pkcs1', {}, 2],
    ['elliptic', elliptic, 'pkcs8', {}, 1],
  ]
  const certificate = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
  for (const [name, key, type, more, label] of forms) {
    const pem = key.export({ type, format: 'pem', ...more })
    const der = key.export({ type, format: 'der', ...more })
    writeFileSync(join(folder, `${name}.pem`), certificate + pem)
    // The target wraps DER itself, by the label that the first byte says.
    writeFileSync(join(folder, `${name}.der`), Buffer.concat([Buffer.from([label]), der]))
  }
}
