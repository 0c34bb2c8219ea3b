import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { stageMain, stagePlatform } from '../../../scripts/release/stage.mjs'
import { root } from '../../../scripts/support/run.mjs'

const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url))
/** Beside `node_modules`, in which what this package is compared with is found. */
const APPS = join(root, 'target')

/** @type {Promise<string> | undefined} */
let app

/**
 * An app that has the benchmark's programs, and this package as a release packs it: what an app installs is what is
 * measured. It lasts as long as this process.
 *
 * @returns {Promise<string>} its folder
 */
export const installedApp = () => (app ??= installApp())

const installApp = async () => {
  mkdirSync(APPS, { recursive: true })
  const folder = mkdtempSync(join(APPS, 'bench-app-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // With a scope of its own, its programs do not find the package of the repository.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  cpSync(PROGRAMS, join(folder, 'programs'), { recursive: true })
  const modules = join(folder, 'node_modules')
  await stageMain(join(modules, 'azure-openai-entra'))
  const staged = join(modules, 'platform')
  renameSync(staged, join(modules, await stagePlatform(staged)))
  return folder
}

/** What of an app's `node_modules` is this package's: it, and that of this platform's addon. */
export const ourPackages = async () => {
  const modules = join(await installedApp(), 'node_modules')
  const folders = readdirSync(modules).map((name) => join(modules, name))
  return { packages: folders.length, bytes: folders.reduce((sum, folder) => sum + sizeOf(folder), 0) }
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
