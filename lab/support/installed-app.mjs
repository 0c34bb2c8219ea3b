/** Apps with packages of npm, which labs install outside of the repository: no package is found that an app does not have. */

import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

import { npmPack } from '../../scripts/release/npm-pack.mjs'
import { npm, run } from '../../scripts/support/run.mjs'

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'azure-openai-entra-lab')

/** The folder of an app, which is kept for the next run. @param {string} name */
export const appFolder = (name) => join(CACHE, name)

/**
 * Installs what a manifest says, unless that has been done.
 *
 * @param {string} folder
 * @param {object} manifest
 * @param {string[]} [flags] npm's, beside those of every app
 */
export const installApp = async (folder, manifest, flags = []) => {
  const file = join(folder, 'package.json')
  const text = JSON.stringify({ private: true, ...manifest }, undefined, 2)
  const isDone = existsSync(join(folder, 'node_modules/.package-lock.json'))
  if (isDone && readFileSync(file, 'utf8') === text) return
  mkdirSync(folder, { recursive: true })
  // With the lock file of another archive, npm would keep that one.
  rmSync(join(folder, 'package-lock.json'), { force: true })
  rmSync(join(folder, 'node_modules/.package-lock.json'), { force: true })
  writeFileSync(file, text)
  const always = ['--ignore-scripts', '--no-audit', '--no-fund']
  await run(`installing into ${folder}`, [...npm(), 'install', ...always, ...flags], { cwd: folder })
}

/**
 * Packs a package under a name of its content, because npm keeps what has the same name.
 *
 * @param {string} source
 * @param {string} folder keeps the archive, and none of that package from before
 */
export const packInto = async (source, folder) => {
  const packed = mkdtempSync(join(tmpdir(), 'entra-pack-'))
  try {
    const { file, name } = await npmPack(source, packed)
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
    const archive = `${name}-${hash}.tgz`
    mkdirSync(folder, { recursive: true })
    const isOfPackage = (/** @type {string} */ it) => /^-[0-9a-f]+\.tgz$/.test(it.slice(name.length))
    for (const old of readdirSync(folder).filter((it) => it.startsWith(name) && isOfPackage(it)))
      if (old !== archive) rmSync(join(folder, old))
    copyFileSync(file, join(folder, archive))
    return join(folder, archive)
  } finally {
    rmSync(packed, { recursive: true, force: true })
  }
}
