/**
 * A profile of the proxy at work, by which the compiler optimises what a request runs for speed and all else for size. An
 * instrumented program writes it while it serves chats on loopback, so there is one only for programs that this machine can run.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { StepFailed, root, run, step } from '../support/run.mjs'
import { train } from './training.mjs'

/** @typedef {{ platform: string, os: string, cpu: string, triple: string }} Target */
/** @typedef {{ library: { name: string }, flags: string[], crate: string }} Build `flags` are rustc's for the program itself */

const TOOL = 'llvm-profdata'

/**
 * rustc's flags of both builds. With a profile, level z was as fast as s and smaller. The bound is for functions that are inlined before
 * calls are counted: with LLVM's own, 75, the program had 0.2 MB more.
 */
const SMALL = ['-Copt-level=z', '-Cllvm-args=-preinline-threshold=20']

/**
 * Builds a target's program by a profile of it. If it cannot be taken here or a step fails, says why on stderr and builds it without: it
 * does the same, only slower.
 *
 * @param {Target} target
 * @param {Build} build
 * @param {(flags: string[]) => Promise<unknown>} compile builds it with these flags of rustc's besides its own
 * @param {(target: Target, build: Build) => Promise<string[]>} [take] gives the flags for a profile
 */
export async function buildByProfile(target, build, compile, take = takeProfile) {
  try {
    await compile(await take(target, build))
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    process.stderr.write(`The proxy for ${target.platform} is built without a profile: ${message}\n`)
    await compile([])
  }
}

/** @param {Target} target @param {Build} build */
async function takeProfile(target, build) {
  const why = whyNotHere(target, build)
  if (why !== undefined) throw new StepFailed(why)
  const merge = await profileTool()
  const folder = join(root, 'target/profile', target.platform)
  const raw = join(folder, 'raw')
  rmSync(raw, { recursive: true, force: true })
  mkdirSync(raw, { recursive: true })
  const { command, env, program } = instrumented(target, build, folder)
  await run(`building the proxy for ${target.platform}, instrumented`, command, {
    env: { ...process.env, ...env },
  })
  // A program that waits for it to be ready writes one as well.
  const variables = { LLVM_PROFILE_FILE: join(raw, '%p.profraw') }
  await step('serving chats for a profile', () => train(program, variables))
  const profile = join(folder, 'merged.profdata')
  const files = readdirSync(raw).map((name) => join(raw, name))
  await run('merging the profile', [merge, 'merge', '--output', profile, ...files], { minutes: 5 })
  return [`-Cprofile-use=${profile}`, ...SMALL]
}

/**
 * Why a target gets no profile on this machine.
 *
 * @param {Target} target
 * @param {Pick<Build, 'library'>} build
 * @param {{ platform: string, arch: string }} [machine]
 */
export const whyNotHere = ({ os, cpu }, { library }, { platform, arch } = process) => {
  if (os !== 'linux') return 'only those for Linux have one'
  if (platform !== os || arch !== cpu) return 'this machine cannot run it'
  // Only that one comes with what counts calls, and with musl's start files, which the plain linker needs.
  if (library.name !== 'rustup') return "the standard library is not rustup's"
}

/**
 * The build of the instrumented program: without zig, which cannot link what writes the profile.
 *
 * @param {Target} target
 * @param {Pick<Build, 'flags' | 'crate'>} build
 * @param {string} folder
 */
export const instrumented = ({ triple }, { flags, crate }, folder) => {
  const name = triple.replaceAll('-', '_')
  return {
    command: [
      'cargo',
      'build',
      '--release',
      '--locked',
      '--package',
      crate,
      '--target',
      triple,
      '--target-dir',
      folder,
    ],
    env: {
      RUSTFLAGS: [...flags, '-Cprofile-generate', ...SMALL].join(' '),
      [`CC_${name}`]: 'cc',
      [`CARGO_TARGET_${name.toUpperCase()}_LINKER`]: 'cc',
    },
    program: join(folder, triple, 'release', crate),
  }
}

/** `llvm-profdata` of the compiler's own LLVM, which rustup installs if this machine allows it. */
async function profileTool() {
  const version = await run('asking for the version of LLVM', ['rustc', '-vV'])
  const sysroot = (await run('asking for the folder of the compiler', ['rustc', '--print', 'sysroot'])).trim()
  const places = placesOfTool(version, sysroot)
  const find = () => places.find((place) => existsSync(place))
  const found = find()
  if (found !== undefined) return found
  spawnSync('rustup', ['component', 'add', 'llvm-tools'], { cwd: root, timeout: 120_000 })
  const installed = find()
  if (installed === undefined)
    throw new StepFailed(`${TOOL} is missing. Run \`rustup component add llvm-tools\`.`)
  return installed
}

/**
 * The tool's possible paths. That of another major version of LLVM would not read the profile.
 *
 * @param {string} version as `rustc -vV` prints it
 * @param {string} sysroot
 */
export const placesOfTool = (version, sysroot) => {
  const [, host] = /^host: (\S+)$/m.exec(version) ?? []
  const [, major] = /^LLVM version: (\d+)/m.exec(version) ?? []
  if (host === undefined || major === undefined)
    throw new StepFailed(`rustc does not say its host and its LLVM: ${version}`)
  return [join(sysroot, 'lib/rustlib', host, 'bin', TOOL), `/usr/lib/llvm-${major}/bin/${TOOL}`]
}
