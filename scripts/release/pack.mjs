/**
 * Packs what a release publishes: the main package, one for each platform, the proxy in all its forms, and the checksums.
 *
 *     node scripts/release/pack.mjs [--tag v1.2.3]
 *
 * Writes to `target/packages/`. Put the addon of every platform into `npm/<platform>/` first, and its proxy into
 * `target/programs/`. With the tag of a release, fails if the package's version or the change log differs.
 */

import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

import { LARGEST, addonOf, packagedTargets } from '../build-all.mjs'
import { addonFile, setup } from '../setup.mjs'
import { root, runIfMain, StepFailed } from '../support/run.mjs'
import { licencesOf } from './licences.mjs'
import { PACKAGES, namePlatforms, npmPack } from './npm-pack.mjs'
import { packProxy } from './pack-proxy.mjs'
import { stageMain } from './stage.mjs'

/** Of everything that is packed. */
export const VERSION = /** @type {string} */ (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
)
/** As `sha256sum --check` reads it. */
const CHECKSUMS = 'SHA256SUMS'

/**
 * @param {{ standIns?: boolean, asBuilt?: boolean }} [options] `standIns`: packs a text file for each missing addon, for a
 *   rehearsal on a machine that cannot build all; a lock file names every platform. `asBuilt`: the addon of this platform is
 *   the one that `npm run build` made, and the proxy is left out
 * @returns {Promise<{ files: string[], missing: string[] }>} the packages, a main one after those that it needs; and the
 *   platforms without an addon
 */
export async function pack({ standIns = false, asBuilt = false } = {}) {
  await setup({ addon: asBuilt })
  const own = asBuilt ? addonFile() : ''
  const missing = packagedTargets().filter(
    (target) => !existsSync(addonOf(target)) && basename(addonOf(target)) !== own,
  )
  if (missing.length > 0 && !standIns)
    throw new StepFailed(
      `No addon in ${missing.map((target) => `npm/${target.platformArchABI}`).join(', ')}: build each on its platform`,
    )
  rmSync(PACKAGES, { recursive: true, force: true })
  const staged = await stage()
  for (const target of missing)
    writeFileSync(
      join(staged, addonOf(target).slice(root.length)),
      `No addon for ${target.platformArchABI}.\n`,
    )
  if (asBuilt) cpSync(join(root, own), join(staged, 'npm', own.split('.')[1], own))
  namePlatforms(
    staged,
    packagedTargets().map(({ platformArchABI }) => platformArchABI),
  )
  const files = []
  for (const { platformArchABI, triple } of packagedTargets()) {
    const folder = join(staged, 'npm', platformArchABI)
    writeFileSync(join(folder, 'LICENSE'), await licencesOf(triple))
    files.push(await packed(folder, PACKAGES, asBuilt))
  }
  files.push(await packed(staged, PACKAGES))
  rmSync(staged, { recursive: true })
  if (!asBuilt) files.push(...(await packProxy(PACKAGES, { standIns })))
  writeFileSync(join(PACKAGES, CHECKSUMS), files.map(checksum).join(''))
  return { files, missing: missing.map(({ platformArchABI }) => platformArchABI) }
}

/** A copy of what the main package holds, with the platforms' folders, so that nothing here is changed. */
async function stage() {
  const staged = join(PACKAGES, 'staged')
  await stageMain(staged)
  cpSync(join(root, 'npm'), join(staged, 'npm'), { recursive: true })
  return staged
}

/** @param {string} folder @param {string} destination @param {boolean} [isLarge] whether it may be larger than what is released */
async function packed(folder, destination, isLarge = false) {
  const { file, name, bytes } = await npmPack(folder, destination)
  if (bytes > LARGEST && !isLarge)
    throw new StepFailed(`${name} takes ${bytes} bytes unpacked, more than ${LARGEST}`)
  return file
}

/** @param {string} file */
function checksum(file) {
  return `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`
}

/** @param {string} tag */
function checkTag(tag) {
  if (tag !== `v${VERSION}`)
    throw new StepFailed(`The tag is ${tag}, and package.json has version ${VERSION}`)
  if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## [${VERSION}] - `))
    throw new StepFailed(`CHANGELOG.md has no section [${VERSION}] with a date`)
}

await runIfMain(import.meta.url, async () => {
  const { tag } = parseArgs({ options: { tag: { type: 'string' } } }).values
  if (tag !== undefined) checkTag(tag)
  const { files } = await pack()
  process.stdout.write(`${files.map((file) => basename(file)).join('\n')}\n`)
})
