/**
 * Rehearses a release: packs all packages, publishes them to a registry on loopback, and installs from there as users
 * would. Each app gets a token and has a chat answered.
 *
 *     npm run lab -- rehearsal [--publish] [word…]     only the installers with these words in their name
 *
 * Nothing is left behind. `--publish` writes the tables into docs/platforms.md.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { addonOf, buildAll, packagedTargets } from '../../scripts/build-all.mjs'
import { pack } from '../../scripts/release/pack.mjs'
import { install, isBuilt } from '../../scripts/setup.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { costs } from './cost.mjs'
import { makeProject } from './project.mjs'
import { startRegistry } from './registry.mjs'
import { startTestbed } from './testbed.mjs'
import { INSTALLERS } from './installers.mjs'

/** @typedef {import('./project.mjs').Fixture & { testbed: Awaited<ReturnType<typeof startTestbed>> }} Fixture */
/** @typedef {{ name: string, result: string, passed: boolean }} Result */

const TOOLS = fileURLToPath(new URL('tools/', import.meta.url))
/** @param {string} path */
const tool = (path) => join(TOOLS, 'node_modules', path)

/** Packs everything; what the installers need is built if it is missing or old. */
const packAll = async () => {
  const needed = new Set(INSTALLERS.map(({ platform }) => platform))
  const unbuilt = packagedTargets().filter(
    (target) => needed.has(target.platformArchABI) && !isBuilt(addonOf(target)),
  )
  if (unbuilt.length > 0) await buildAll(unbuilt.map(({ platformArchABI }) => platformArchABI))
  return pack({ standIns: true })
}

/** @param {typeof INSTALLERS[number]} installer @param {Fixture} fixture @returns {Promise<Result>} */
const attempt = async (installer, fixture) => {
  const { name, platform, refusal } = installer
  try {
    const project = makeProject(installer, fixture)
    const command = await installer.install(project)
    const { chat, refuse } = fixture.testbed
    const setting = { cwd: project.folder, platform }
    const result = refusal
      ? await refuse(command, { ...setting, said: refusal })
      : await chat(command, setting)
    return { name, result, passed: true }
  } catch (error) {
    return { name, result: `failed: ${/** @type {Error} */ (error).message}`, passed: false }
  }
}

/** @param {string[]} head @param {(string | number)[][]} rows */
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** @param {Result[]} results */
const tableOfInstallers = (results) =>
  table(
    ['installed with', 'result'],
    results.map(({ name, result }) => [name, result]),
  )

/** @param {Awaited<ReturnType<typeof costs>>} all */
const tableOfCosts = (all) =>
  table(
    ['npm install', 'packages', 'on disk', 'time'],
    all.map(({ name, packages, bytes, seconds }) => [
      name,
      packages,
      `${(bytes / 1e6).toFixed(1)} MB`,
      `${seconds.toFixed(1)} s`,
    ]),
  )

/** @param {string[]} args */
export const rehearsal = async (args) => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed('A release can be rehearsed on Linux x64 only')
  const { values, positionals } = parseArgs({
    args,
    options: { publish: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.publish && positionals.length > 0)
    throw new StepFailed('--publish writes the whole table: name no installer with it')
  const installers = INSTALLERS.filter(({ name }) => positionals.every((word) => name.includes(word)))
  if (installers.length === 0)
    throw new StepFailed(`No installer is named so, only ${INSTALLERS.map(({ name }) => name).join(', ')}`)
  const { files, missing } = await packAll()
  await install('the registry and the package managers', TOOLS)
  const folder = mkdtempSync(join(tmpdir(), 'entra-rehearsal-'))
  const testbed = await startTestbed()
  const registry = await startRegistry(folder, createRequire(import.meta.url)(tool('verdaccio')))
  try {
    for (const file of files) await registry.publish(file)
    const fixture = { folder, origin: registry.origin, ca: testbed.ca, tool, testbed }
    const results = []
    for (const installer of installers) results.push(await attempt(installer, fixture))
    const tables = [tableOfInstallers(results)]
    if (installers.length === INSTALLERS.length) tables.push(tableOfCosts(await costs(fixture)))
    process.stdout.write(`${tables.join('\n\n')}\n`)
    if (missing.length > 0) process.stdout.write(`Published without an addon: ${missing.join(', ')}\n`)
    if (values.publish) await writeSections('docs/platforms.md', { rehearsal: tables.join('\n\n') })
    return results.every(({ passed }) => passed)
  } finally {
    await Promise.all([registry.close(), testbed.close()])
    rmSync(folder, { recursive: true, force: true })
  }
}
