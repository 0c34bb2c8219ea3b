import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { addonFile } from '../../../scripts/setup.mjs'
import { npm, root } from '../../../scripts/support/run.mjs'

/** What an app gets that installs this package: it and the addon's package for this platform, as npm would pack them. */
export const ourPackages = () =>
  withPlatformPackage(async (folder) => ({
    packages: 2,
    bytes: unpackedSize(root) + unpackedSize(folder),
  }))

/**
 * Runs `use` with a folder of the package that brings the addon to this platform.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} use
 */
export const withPlatformPackage = async (use) => {
  const addon = addonFile()
  const [, platform] = addon.split('.')
  const folder = mkdtempSync(join(tmpdir(), 'entra-bench-'))
  try {
    cpSync(join(root, 'npm', platform), folder, { recursive: true })
    cpSync(join(root, addon), join(folder, addon))
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} folder @returns {number} */
const unpackedSize = (folder) => {
  const [file, ...args] = [...npm(), 'pack', '--dry-run', '--json', '--ignore-scripts']
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) throw new Error(`npm pack failed in ${folder}: ${stderr}`)
  const [{ unpackedSize: bytes }] = JSON.parse(stdout)
  return bytes
}

/** A package of npm's and all that it brings, as they lie in `node_modules`. @param {string} name */
export const installedPackages = (name) => {
  /** @type {Set<string>} */
  const found = new Set()
  /** @param {string} wanted @param {string} from */
  const visit = (wanted, from) => {
    const folder = resolve(wanted, from)
    if (folder === undefined || found.has(folder)) return
    found.add(folder)
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    )
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next, folder)
  }
  visit(name, root)
  const bytes = [...found].reduce((sum, folder) => sum + sizeOf(folder), 0)
  return { packages: found.size, bytes }
}

/**
 * As Node looks for it; an optional package may be missing.
 *
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined}
 */
const resolve = (name, from) => {
  const folder = join(from, 'node_modules', name)
  if (existsSync(folder)) return folder
  const at = from.lastIndexOf(join('/', 'node_modules'))
  if (from === root || at < 0) return undefined
  return resolve(name, from.slice(0, at))
}

/** @param {string} folder @returns {number} */
const sizeOf = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name)
      return sum + (entry.isDirectory() ? sizeOf(path) : statSync(path).size)
    }, 0)
