import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { packagedTargets } from '../build-all.mjs'
import { addonFile } from '../setup.mjs'
import { StepFailed, root, run } from '../support/run.mjs'
import { joinModules } from './join-modules.mjs'
import { licencesOf } from './licences.mjs'
import { npmPack } from './npm-pack.mjs'

/**
 * Puts into `folder`, which must not exist, what the main package of a release holds.
 *
 * @param {string} folder
 */
export async function stageMain(folder) {
  mkdirSync(dirname(folder), { recursive: true })
  const unpacked = mkdtempSync(`${folder}-`)
  const { file } = await npmPack(root, unpacked)
  const command = ['tar', '--extract', '--file', basename(file)]
  await run('unpacking the main package', command, { cwd: unpacked })
  await joinModules(join(unpacked, 'package'))
  renameSync(join(unpacked, 'package'), folder)
  rmSync(unpacked, { recursive: true })
}

/**
 * The same for the package of this platform, with the addon that was built here.
 *
 * @param {string} folder
 * @returns {Promise<string>} its name
 */
export async function stagePlatform(folder) {
  const addon = addonFile()
  const { triple, platformArchABI } = targetOf(addon)
  cpSync(join(root, 'npm', platformArchABI), folder, { recursive: true })
  cpSync(join(root, addon), join(folder, addon))
  writeFileSync(join(folder, 'LICENSE'), await licencesOf(triple))
  return `azure-openai-entra-${platformArchABI}`
}

/** @param {string} addon the name of its file, as napi makes it of that of the platform */
function targetOf(addon) {
  const found = packagedTargets().find(({ platformArchABI }) => addon.includes(`.${platformArchABI}.`))
  if (found === undefined) throw new StepFailed(`There is no package for ${addon}`)
  return found
}
