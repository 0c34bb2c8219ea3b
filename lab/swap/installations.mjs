import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { stageMain } from '../../scripts/release/stage.mjs'
import { addonFile } from '../../scripts/setup.mjs'
import { root } from '../../scripts/support/run.mjs'
import { appFolder, installApp, packInto } from '../support/installed-app.mjs'
import { PACKAGES, SWAPPED } from './packages.mjs'

const LOADER = fileURLToPath(new URL('load.mjs', import.meta.url))

/**
 * The folders of two apps with the same packages: with Microsoft's `@azure/identity`, and with this package in its place.
 * Both are kept for the next run.
 */
export const installBoth = async () => {
  const cache = appFolder('swap')
  const [real, swapped] = [join(cache, 'real'), join(cache, 'swapped')]
  await installApp(real, { dependencies: { ...SWAPPED, ...PACKAGES } }, ['--omit=optional'])
  const overrides = { '@azure/identity': `file:${await packWithAddon(cache)}` }
  await installApp(swapped, { dependencies: PACKAGES, overrides }, ['--omit=optional'])
  for (const folder of [real, swapped]) cpSync(LOADER, join(folder, 'load.mjs'))
  return { real, swapped }
}

/** This package with the addon that was built here. @param {string} folder gets the archive */
const packWithAddon = async (folder) => {
  const temporary = mkdtempSync(join(tmpdir(), 'entra-swap-'))
  const staged = join(temporary, 'staged')
  try {
    await stageMain(staged)
    const addon = addonFile()
    cpSync(join(root, addon), join(staged, addon))
    const file = join(staged, 'package.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...manifest, files: [...manifest.files, addon] }))
    return await packInto(staged, folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
