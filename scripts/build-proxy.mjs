/**
 * Builds azure-openai-entra-proxy for every platform that this machine can build for, and its wheel, which holds the same
 * program for Python's installers.
 *
 *     node scripts/build-proxy.mjs [platform…]        all that can be built here, or these, such as linux-arm64
 *
 * On Linux both Linux programs are built. They are static and need no C library. macOS and Windows build their own.
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'

import { describeBinary, whyNotEveryWindows } from './platforms/binary.mjs'
import { buildByProfile } from './platforms/profile.mjs'
import {
  flagsForPaths,
  pythonEnvironment,
  pythonPrograms,
  standardLibrary,
  whyNotAnyones,
} from './platforms/toolchain.mjs'
import { licencesOf } from './release/licences.mjs'
import { setup } from './setup.mjs'
import { root, run, runIfMain, StepFailed } from './support/run.mjs'

/** The crate, and its program. */
export const PROXY = 'azure-openai-entra-proxy'
/** The most that the program may take, bytes: 2 % over what it takes with a profile, so that a dependency's growth is noticed. */
const LARGEST = 5.76e6

/**
 * rustc's flags to link for Linux with musl as rustup brings it; on x64 the system can then load the program at any address, which rustc
 * does not offer for arm64. zig only compiles what is in C. Packed relocations save 0.2 MB.
 */
const LINKED = ['-Clinker=rust-lld', '-Clink-self-contained=yes', '-Clink-arg=-zpack-relative-relocs']

/** @typedef {{ platform: string, os: string, cpu: string, triple: string }} Target */

/** @type {Target[]} */
export const PROXY_TARGETS = [
  { os: 'linux', cpu: 'x64', triple: 'x86_64-unknown-linux-musl' },
  { os: 'linux', cpu: 'arm64', triple: 'aarch64-unknown-linux-musl' },
  { os: 'darwin', cpu: 'x64', triple: 'x86_64-apple-darwin' },
  { os: 'darwin', cpu: 'arm64', triple: 'aarch64-apple-darwin' },
  { os: 'win32', cpu: 'x64', triple: 'x86_64-pc-windows-msvc' },
  { os: 'win32', cpu: 'arm64', triple: 'aarch64-pc-windows-msvc' },
].map((target) => ({ platform: `${target.os}-${target.cpu}`, ...target }))

/** @param {Target} target */
export const programFile = ({ os }) => (os === 'win32' ? `${PROXY}.exe` : PROXY)

/** The folder of a platform's program and wheel after {@link buildProxy}; a release's workflow brings them there. @param {Target} target */
export const builtFolder = ({ platform }) => join(root, 'target/programs', `proxy-${platform}`)

/** @param {Target} target */
export const programOf = (target) => join(builtFolder(target), programFile(target))

/** @param {Target} target */
export const wheelOf = (target) => {
  const folder = builtFolder(target)
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.whl'))
  return name ? join(folder, name) : undefined
}

/** @param {string[]} wanted platform names. Default: all that this machine can build */
export async function buildProxy(wanted = []) {
  const targets = PROXY_TARGETS.filter(({ os }) => os === process.platform)
  const unknown = wanted.find((name) => !targets.some(({ platform }) => platform === name))
  if (unknown !== undefined)
    throw new StepFailed(
      `${unknown} cannot be built on this machine; it builds ${targets.map(({ platform }) => platform).join(', ')}`,
    )
  for (const target of targets)
    if (wanted.length === 0 || wanted.includes(target.platform)) await build(target)
}

/** @param {Target} target */
async function build(target) {
  const { platform, os, cpu, triple } = target
  const folder = builtFolder(target)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const library = await standardLibrary(triple)
  const programs = pythonPrograms(await pythonEnvironment('maturin'))
  // maturin puts it into the wheel.
  const licences = join(root, 'proxy/LICENSES.txt')
  writeFileSync(licences, await licencesOf(triple, PROXY))
  const command = [
    join(programs, 'maturin'),
    'build',
    '--release',
    '--locked',
    '--manifest-path',
    'proxy/Cargo.toml',
    '--target',
    triple,
    '--out',
    folder,
    // It compiles what is in C for other processors, and links if rustup's musl is not at hand.
    ...(os === 'linux' ? ['--zig'] : []),
    ...library.arguments,
  ]
  const ofTarget = os === 'win32' ? ['-C target-feature=+crt-static'] : library.flags
  const flags = [...ofTarget, ...(await flagsForPaths())]
  const linked = os === 'linux' && library.name === 'rustup' ? LINKED : []
  const PATH = `${programs}${delimiter}${process.env.PATH}`
  const compile = async (/** @type {string[]} */ more) => {
    const RUSTFLAGS = [...flags, ...linked, ...more].join(' ')
    const env = { ...process.env, ...library.env, RUSTFLAGS, PATH }
    await run(`building the proxy for ${platform}`, command, { env, minutes: 40 })
  }
  try {
    await buildByProfile(target, { library, flags, crate: PROXY }, compile)
  } finally {
    rmSync(licences)
  }
  if (os === 'linux') {
    // maturin's tag is musl's only, but a static program runs beside any C library.
    const wheel = /** @type {string} */ (wheelOf(target))
    const name = cpu === 'x64' ? 'x86_64' : 'aarch64'
    const tags = `manylinux_2_17_${name}.musllinux_1_2_${name}`
    const retag = [join(programs, 'python'), '-m', 'wheel', 'tags', '--remove', '--platform-tag', tags, wheel]
    await run('naming the platforms of the wheel', retag)
  }
  const file = programOf(target)
  copyFileSync(join(root, 'target', triple, 'release', programFile(target)), file)
  const faults = await faultsOf(target, file)
  if (linked.length > 0 && cpu === 'x64' && !isRelocatable(file))
    faults.push('can be loaded at one address only')
  if (faults.length > 0) throw new StepFailed(`The proxy for ${platform} ${faults.join(', and ')}`)
}

/** Whether a program of Linux can be loaded at any address (`ET_DYN`, ELF 1.2). @param {string} file */
function isRelocatable(file) {
  return readFileSync(file).readUInt16LE(16) === 3
}

/** @param {Target} target @param {string} file */
async function faultsOf({ os }, file) {
  const { size } = statSync(file)
  const faults = whyNotAnyones(file)
  if (size > LARGEST) faults.push(`has ${size} bytes, more than ${LARGEST}`)
  if (os === 'win32') faults.push(...whyNotEveryWindows(readFileSync(file, 'latin1')))
  if (os === 'linux') {
    const { needs, symbols } = await describeBinary(file)
    if (needs.length + symbols.length > 0)
      faults.push(`is not static: it needs ${[...needs, ...symbols].join(', ')}`)
  }
  return faults
}

await runIfMain(import.meta.url, async () => {
  await setup({ addon: false })
  await buildProxy(process.argv.slice(2))
})
