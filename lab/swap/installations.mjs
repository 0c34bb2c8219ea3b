import { createHash } from 'node:crypto'
import {
  cpSync,
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
import { fileURLToPath } from 'node:url'

import { npmPack } from '../../scripts/release/npm-pack.mjs'
import { npm, root, run } from '../../scripts/support/run.mjs'
import { PACKAGES, SWAPPED } from './packages.mjs'

/** Outside of the repository, so that no package is found that an app does not have. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'azure-openai-entra-lab', 'swap')

const LOADER = fileURLToPath(new URL('load.mjs', import.meta.url))

/**
 * The folders of two apps with the same packages: with Microsoft's `@azure/identity`, and with this package in its place.
 * Both are kept for the next run.
 */
export const installBoth = async () => {
  const real = join(CACHE, 'real')
  const swapped = join(CACHE, 'swapped')
  await installed(real, { dependencies: { ...SWAPPED, ...PACKAGES } })
  const archive = await packedWithAddon()
  await installed(swapped, { dependencies: PACKAGES, overrides: { '@azure/identity': `file:${archive}` } })
  for (const folder of [real, swapped]) cpSync(LOADER, join(folder, 'load.mjs'))
  return { real, swapped }
}

/** @param {string} folder @param {object} manifest */
const installed = async (folder, manifest) => {
  const file = join(folder, 'package.json')
  const text = JSON.stringify({ private: true, ...manifest }, undefined, 2)
  const isDone = existsSync(join(folder, 'node_modules/.package-lock.json'))
  if (isDone && readFileSync(file, 'utf8') === text) return
  mkdirSync(folder, { recursive: true })
  // With the lock file of another archive, npm would keep that one.
  rmSync(join(folder, 'package-lock.json'), { force: true })
  rmSync(join(folder, 'node_modules/.package-lock.json'), { force: true })
  writeFileSync(file, text)
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional']
  await run(`installing into ${folder}`, [...npm(), 'install', ...flags], { cwd: folder })
}

/** This package with the addon that was built here, under a name of its content: npm keeps what has the same name. */
const packedWithAddon = async () => {
  const staged = mkdtempSync(join(tmpdir(), 'entra-swap-'))
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const addons = readdirSync(root).filter((name) => name.endsWith('.node'))
    const entries = [...manifest.files, ...addons]
    for (const entry of entries) cpSync(join(root, entry), join(staged, entry), { recursive: true })
    writeFileSync(join(staged, 'package.json'), JSON.stringify({ ...manifest, files: entries }))
    const { file } = await npmPack(staged, staged)
    const content = readFileSync(file)
    const archive = join(
      CACHE,
      `azure-openai-entra-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.tgz`,
    )
    if (!existsSync(archive)) {
      mkdirSync(CACHE, { recursive: true })
      for (const old of readdirSync(CACHE).filter((name) => name.endsWith('.tgz'))) rmSync(join(CACHE, old))
      writeFileSync(archive, content)
    }
    return archive
  } finally {
    rmSync(staged, { recursive: true, force: true })
  }
}
