/** Packs azure-openai-entra-proxy: for npm, for Python, as an archive for each platform, and as a container image. */

import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { PROXY, PROXY_TARGETS, programFile, programOf, wheelOf } from '../build-proxy.mjs'
import { root, run, StepFailed } from '../support/run.mjs'
import { writeImage } from './image.mjs'
import { licencesOf } from './licences.mjs'
import { namePlatforms, npmPack } from './npm-pack.mjs'

/** What each platform's package and archive hold besides the program. */
const LICENCES = 'LICENSES.txt'

/** @typedef {import('../build-proxy.mjs').Target} Target */

/**
 * @param {string} folder for all that is packed
 * @param {{ standIns: boolean }} options `standIns`: packs a text file for each missing program, and no wheel, archive or
 *   image of it
 * @returns {Promise<string[]>} the files, the main npm package after those that it needs
 */
export async function packProxy(folder, { standIns }) {
  const built = PROXY_TARGETS.filter((target) => existsSync(programOf(target)) && wheelOf(target))
  const missing = PROXY_TARGETS.filter((target) => !built.includes(target))
  if (missing.length > 0 && !standIns)
    throw new StepFailed(
      `No proxy of ${missing.map(({ platform }) => platform).join(', ')}: build each there`,
    )
  const main = JSON.parse(readFileSync(join(root, 'proxy/npm/package.json'), 'utf8'))
  const staged = join(folder, 'proxy-staged')
  rmSync(staged, { recursive: true, force: true })
  const files = []
  for (const target of PROXY_TARGETS) {
    const package_ = await stagePackage(target, join(staged, target.platform), main)
    files.push((await npmPack(package_, folder)).file)
    if (!built.includes(target)) continue
    files.push(await archive(target, package_, folder, main.version))
    const wheel = /** @type {string} */ (wheelOf(target))
    cpSync(wheel, join(folder, basename(wheel)))
    files.push(join(folder, basename(wheel)))
  }
  const inImage = built.filter(({ os }) => os === 'linux')
  if (inImage.length > 0)
    files.push(await writeImage(folder, inImage, main.version, (target) => join(staged, target.platform)))
  files.push(await packMain(join(staged, 'main'), folder))
  rmSync(staged, { recursive: true })
  return files
}

/** @param {Target} target @param {string} folder @param {Record<string, unknown>} main */
async function stagePackage(target, folder, main) {
  const { platform, os, cpu, triple } = target
  const name = `${PROXY}-${platform}`
  const file = programFile(target)
  mkdirSync(folder, { recursive: true })
  if (existsSync(programOf(target))) cpSync(programOf(target), join(folder, file))
  else writeFileSync(join(folder, file), `No program for ${platform}.\n`)
  // What CI uploads and downloads has lost its mode.
  chmodSync(join(folder, file), 0o755)
  writeFileSync(join(folder, LICENCES), await licencesOf(triple, PROXY))
  writeFileSync(join(folder, 'README.md'), `# \`${name}\`\n\nThe program of \`${PROXY}\` for ${platform}.\n`)
  const { version, description, homepage, bugs, repository, license, publishConfig } = main
  const shared = { version, description, homepage, bugs, repository, license, publishConfig }
  const own = { name, ...shared, os: [os], cpu: [cpu], files: [file, LICENCES], preferUnplugged: true }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(own, undefined, 2)}\n`)
  return folder
}

/** @param {string} folder @param {string} destination */
async function packMain(folder, destination) {
  cpSync(join(root, 'proxy/npm'), folder, { recursive: true })
  for (const file of ['README.md', 'LICENSE']) cpSync(join(root, 'proxy', file), join(folder, file))
  namePlatforms(
    folder,
    PROXY_TARGETS.map(({ platform }) => platform),
  )
  return (await npmPack(folder, destination)).file
}

/** @param {Target} target @param {string} package_ @param {string} folder @param {string} version */
async function archive(target, package_, folder, version) {
  const file = join(folder, `${PROXY}-${version}-${target.platform}.tar.gz`)
  const names = [programFile(target), LICENCES]
  await run(`packing ${basename(file)}`, [
    'tar',
    '--create',
    '--gzip',
    '--file',
    file,
    '--directory',
    package_,
    ...names,
  ])
  return file
}
