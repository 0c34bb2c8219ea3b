/**
 * Builds the release addon of every platform that this machine can build for, into `npm/<platform>/`, and checks each.
 *
 *     node scripts/build-all.mjs [platform…]        all that can be built here, or these, such as linux-x64-musl
 *
 * On Linux every Linux target is built, for glibc from 2.17 on and for musl, and Windows' as a proof that the code is
 * portable (the package for Windows is built by MSVC on Windows). macOS and Windows build their own.
 */

import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { describeBinary, whyNotEverywhere, whyNotEveryWindows } from './platforms/binary.mjs'
import {
  GLIBC_FLOOR,
  crossTools,
  flagsForPaths,
  standardLibrary,
  whyNotAnyones,
  windowsStub,
} from './platforms/toolchain.mjs'
import { markdownTable } from './support/markdown-table.mjs'
import { root, run, runIfMain, StepFailed } from './support/run.mjs'

/**
 * @typedef {{ triple: string, platformArchABI: string, platform: string, arch: string, abi: string | null }} Target
 * @typedef {{
 *   platform: string, bytes: number, needs: string[], glibc?: string, std: string, faults: string[]
 * }} Built what was built, and what would keep it from being released
 */

/** Built on Linux for the tests under Wine; never packaged. */
const PORTABILITY_PROOF = 'x86_64-pc-windows-gnu'
/** The crate of the addon; its library has that name with underscores. */
const CRATE = 'azure-openai-entra'
/**
 * How the C library is linked where Rust's own way would not do: a second musl beside Node's would be one too many, and
 * Microsoft's is not on every Windows.
 *
 * @type {Partial<Record<string, string[]>>}
 */
const RUSTFLAGS = { musl: ['-C target-feature=-crt-static'], msvc: ['-C target-feature=+crt-static'] }
/** The most that one package may take on disk, bytes. */
export const LARGEST = 4.5e6

/** @param {string[]} wanted platform names. Default: all that this machine can build */
export async function buildAll(wanted = []) {
  const targets = buildableTargets()
  const unknown = wanted.find((name) => !targets.some((target) => target.platformArchABI === name))
  if (unknown !== undefined) {
    const known = targets.map((target) => target.platformArchABI).join(', ')
    throw new StepFailed(`${unknown} cannot be built on this machine; it builds ${known}`)
  }
  /** @type {Built[]} */
  const built = []
  for (const target of targets)
    if (wanted.length === 0 || wanted.includes(target.platformArchABI)) built.push(await build(target))
  return built
}

/** @param {string} triple @returns {Target} */
function targetOf(triple) {
  // Loaded here, because a fresh clone has it only after this file is loaded.
  const { parseTriple } = createRequire(import.meta.url)('@napi-rs/cli')
  return parseTriple(triple)
}

/** @returns {Target[]} */
export function packagedTargets() {
  const { napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return napi.targets.map(targetOf)
}

/** What this machine can build. */
export function buildableTargets() {
  const own = packagedTargets().filter(({ platform }) => platform === process.platform)
  const proof = process.platform === 'linux' ? [targetOf(PORTABILITY_PROOF)] : []
  return [...own, ...proof]
}

/** The path of a platform's addon after {@link buildAll}. @param {Target} target */
export function addonOf(target) {
  const folder =
    target.triple === PORTABILITY_PROOF ? 'target/platforms/win32-x64-gnu' : `npm/${target.platformArchABI}`
  return join(root, folder, `azure-openai-entra.${target.platformArchABI}.node`)
}

/** @param {Target} target @returns {Promise<Built>} */
async function build(target) {
  const { triple, platformArchABI: platform, abi } = target
  const library = await standardLibrary(triple)
  const cross = process.platform === 'linux' ? await crossTools() : { command: 'build', env: {} }
  const stub = triple === PORTABILITY_PROOF ? windowsStub() : {}
  const flags = [...(RUSTFLAGS[abi ?? ''] ?? []), ...(await flagsForPaths())]
  const floor = target.platform === 'linux' && abi === 'gnu' ? `.${GLIBC_FLOOR}` : ''
  const command = [
    'cargo',
    cross.command,
    '--release',
    '--locked',
    '--package',
    CRATE,
    '--target',
    `${triple}${floor}`,
  ]
  await run(`building ${platform}`, [...command, ...library.arguments], {
    env: { ...process.env, ...cross.env, ...library.env, ...stub, RUSTFLAGS: flags.join(' ') },
    minutes: 40,
  })

  const file = addonOf(target)
  mkdirSync(join(file, '..'), { recursive: true })
  copyFileSync(join(root, 'target', triple, 'release', libraryName(target.platform)), file)
  const bytes = statSync(file).size
  const faults = whyNotAnyones(file)
  if (bytes > LARGEST) faults.push(`has ${bytes} bytes, more than ${LARGEST}`)
  if (target.platform !== 'linux') {
    faults.push(...whyNotEveryWindows(readFileSync(file, 'latin1')))
    return { platform, bytes, needs: [], std: library.name, faults }
  }
  const binary = await describeBinary(file)
  faults.push(...whyNotEverywhere(abi === 'musl' ? 'musl' : 'gnu', binary))
  return { platform, bytes, std: library.name, ...binary, faults }
}

/** @param {string} platform */
function libraryName(platform) {
  const name = CRATE.replaceAll('-', '_')
  if (platform === 'win32') return `${name}.dll`
  return `lib${name}.${platform === 'darwin' ? 'dylib' : 'so'}`
}

/** @param {Built[]} built */
function table(built) {
  const rows = built.map(({ platform, bytes, glibc, needs, std }) => [
    platform,
    `${(bytes / 1e6).toFixed(2)} MB`,
    glibc ?? '–',
    needs.join(', ') || '–',
    std,
  ])
  return markdownTable(['platform', 'size', 'glibc', 'needs', 'standard library'], rows)
}

await runIfMain(import.meta.url, async () => {
  const built = await buildAll(process.argv.slice(2))
  process.stdout.write(`${table(built)}\n`)
  const names = new Set(built.map(({ platform }) => platform))
  const absent = packagedTargets().filter(({ platformArchABI }) => !names.has(platformArchABI))
  if (absent.length > 0 && process.argv.length === 2)
    process.stdout.write(
      `Not built here, only on hosted runners: ${absent.map((target) => target.platformArchABI).join(', ')}\n`,
    )
  const faults = built.flatMap(({ platform, faults: found }) => found.map((fault) => `${platform} ${fault}`))
  if (faults.length > 0) throw new StepFailed(faults.join('\n'))
})
