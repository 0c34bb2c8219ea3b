/**
 * Makes a fresh clone ready, and an old one up to date: npm packages, the command-line tool and the release addon.
 *
 *     node scripts/setup.mjs [--clients] [--no-addon]
 *
 * `--clients` also installs the SDKs that the client tests use; `--no-addon` leaves the addon as it is.
 */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { TOOL, bundle } from './bundle.mjs'
import { checkPrerequisites } from './support/prerequisites.mjs'
import { npm, root, run, runIfMain, step, tool } from './support/run.mjs'

/** The folders below `__test__/clients`: each holds the SDKs that run on one Node. */
export const CLIENTS = ['node20', 'node24']

/** What the addon and its generated types are made from. */
const ADDON_SOURCES = ['src', 'core/src', 'core/Cargo.toml', 'Cargo.toml', 'Cargo.lock', 'package.json']
const GENERATED = 'lib/native.d.ts'

/** What the proxy is made from. */
export const PROXY_SOURCES = [
  'proxy/src',
  'proxy/Cargo.toml',
  'core/src',
  'core/Cargo.toml',
  'Cargo.toml',
  'Cargo.lock',
]

/** What the command-line tool is made from. */
const TOOL_SOURCES = ['cli', 'package.json', 'package-lock.json', 'scripts/bundle.mjs']

/** @param {{ addon?: boolean, clients?: boolean }} [options] */
export async function setup({ addon = true, clients = false } = {}) {
  checkPrerequisites()
  await install('npm packages', root)
  for (const name of clients ? CLIENTS : []) await install(`client packages (${name})`, clientFolder(name))
  if (clients) {
    await setupTerraformSchema()
    await setupManifestTypes()
  }
  if (newest(TOOL_SOURCES) > modified(join(root, TOOL))) await step('bundling the command-line tool', bundle)
  if (addon) await buildAddon()
}

/** The schema that `scripts/terraform.mjs` checks against. */
export async function setupTerraformSchema() {
  await install("the schema of Terraform's provider", join(root, 'scripts/terraform'))
}

/** The types that `scripts/manifests.mjs` checks against. */
export async function setupManifestTypes() {
  await install('the types of the manifests', join(root, 'scripts/manifests'))
}

/** @param {string} name */
export function clientFolder(name) {
  return join(root, '__test__/clients', name)
}

/**
 * Installs what the lock file says, unless that has been done since the lock file last changed.
 *
 * @param {string} what
 * @param {string} folder
 */
export async function install(what, folder) {
  // npm writes this file last, so an interrupted installation does not count.
  const installed = modified(join(folder, 'node_modules/.package-lock.json'))
  if (installed >= modified(join(folder, 'package-lock.json'))) return
  // Nothing here needs the install scripts of its dependencies, and they could run anything.
  await run(`installing ${what}`, [...npm(), 'ci', '--ignore-scripts'], { cwd: folder })
}

/** Whether that has been built of the sources as they are now. @param {string} file @param {string[]} [sources] */
export function isBuilt(file, sources = ADDON_SOURCES) {
  return modified(file) >= newest(sources)
}

async function buildAddon() {
  if ([addonFile(), GENERATED].every((path) => isBuilt(join(root, path)))) return
  const napi = [
    ...tool('napi', '@napi-rs/cli'),
    'build',
    '--platform',
    '--release',
    '--package',
    'azure-openai-entra',
    '--output-dir',
    '.',
    '--no-js',
    '--dts',
    GENERATED,
    '--',
    '--locked',
  ]
  await run('building the release addon', napi)
}

/** The name that `napi build --platform` gives the addon of the machine it runs on. */
export function addonFile() {
  const libc = { linux: isMusl() ? '-musl' : '-gnu', win32: '-msvc' }
  const suffix = libc[/** @type {keyof typeof libc} */ (process.platform)] ?? ''
  return `azure-openai-entra.${process.platform}-${process.arch}${suffix}.node`
}

function isMusl() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return report.header.glibcVersionRuntime === undefined
}

/**
 * When any of these files and folders last changed, in ms.
 *
 * @param {string[]} paths
 */
function newest(paths) {
  return Math.max(...paths.flatMap((path) => filesUnder(join(root, path))).map(modified))
}

/** @param {string} path */
function filesUnder(path) {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
  const names = /** @type {string[]} */ (readdirSync(path, { recursive: true }))
  return names.map((name) => join(path, name))
}

/**
 * When a file last changed, in ms, or 0 if it does not exist: older than anything.
 *
 * @param {string} path
 */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

await runIfMain(import.meta.url, () =>
  setup({ addon: !process.argv.includes('--no-addon'), clients: process.argv.includes('--clients') }),
)
