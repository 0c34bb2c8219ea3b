/**
 * Rehearses a release: packs all packages, publishes them to a registry on loopback, and installs from there as users
 * would. Each app gets a token and has a chat answered, and so does a client of each proxy.
 *
 *     npm run lab -- rehearsal [--publish] [word…]     only the installers with these words in their name
 *
 * Nothing is left behind. `--publish` writes the tables into docs/platforms.md.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { addonOf, buildAll, packagedTargets } from '../../scripts/build-all.mjs'
import { PROXY_TARGETS, buildProxy, programOf } from '../../scripts/build-proxy.mjs'
import { PACKAGES } from '../../scripts/release/npm-pack.mjs'
import { VERSION, pack } from '../../scripts/release/pack.mjs'
import { PROXY_SOURCES, isBuilt } from '../../scripts/setup.mjs'
import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { makeProject } from '../support/project.mjs'
import { startRegistry } from '../support/registry.mjs'
import { costs } from './cost.mjs'
import { startTestbed } from './testbed.mjs'
import { INSTALLERS } from './installers.mjs'
import { PROGRAMS } from './programs.mjs'

/** @typedef {import('../support/project.mjs').Fixture & { testbed: Awaited<ReturnType<typeof startTestbed>> }} Fixture */
/** @typedef {{ name: string, result: string, passed: boolean }} Result */

const APPS = fileURLToPath(new URL('apps/', import.meta.url))

/**
 * Packs everything; what the ways to install it need is built if it is missing or old.
 *
 * @param {typeof INSTALLERS} installers
 * @param {typeof PROGRAMS} programs
 */
const packAll = async (installers, programs) => {
  const addons = packagedTargets()
    .filter((target) => !isBuilt(addonOf(target)))
    .map(({ platformArchABI }) => platformArchABI)
    .filter((name) => installers.some(({ platform }) => platform === name))
  if (addons.length > 0) await buildAll(addons)
  const proxies = PROXY_TARGETS.filter((target) => !isBuilt(programOf(target), PROXY_SOURCES))
    .map(({ platform }) => platform)
    .filter((name) => programs.some(({ platform }) => platform === name))
  if (proxies.length > 0) await buildProxy(proxies)
  return pack({ standIns: true })
}

/** @param {typeof PROGRAMS[number]} program @param {Fixture} fixture @returns {Promise<Result>} */
const attemptProgram = async ({ name, inTerminal, get }, fixture) => {
  try {
    const { folder, install, settings } = makeProject({ name }, fixture)
    const command = await get({ folder, install, packages: PACKAGES, version: VERSION })
    const result = await fixture.testbed.serve(command, { cwd: folder, variables: settings, inTerminal })
    return { name, result, passed: true }
  } catch (error) {
    return { name, result: `failed: ${/** @type {Error} */ (error).message}`, passed: false }
  }
}

/** @param {typeof INSTALLERS[number]} installer @param {Fixture} fixture @returns {Promise<Result>} */
const attempt = async (installer, fixture) => {
  const { name, platform, refusal } = installer
  try {
    const project = makeProject({ name, app: join(APPS, installer.app) }, fixture)
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

/** @param {string} what @param {Result[]} results */
const tableOfResults = (what, results) =>
  markdownTable(
    [what, 'result'],
    results.map(({ name, result }) => [name, result]),
  )

/** @param {Awaited<ReturnType<typeof costs>>} all */
const tableOfCosts = (all) =>
  markdownTable(
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
  const isWanted = (/** @type {{ name: string }} */ { name }) =>
    positionals.every((word) => name.includes(word))
  const installers = INSTALLERS.filter(isWanted)
  const programs = PROGRAMS.filter(isWanted)
  if (installers.length + programs.length === 0)
    throw new StepFailed(
      `No installer is named so, only ${[...INSTALLERS, ...PROGRAMS].map(({ name }) => name).join(', ')}`,
    )
  const { files, missing } = await packAll(installers, programs)
  const folder = mkdtempSync(join(tmpdir(), 'entra-rehearsal-'))
  const testbed = await startTestbed()
  const registry = await startRegistry(folder)
  try {
    for (const file of files.filter((name) => name.endsWith('.tgz'))) await registry.publish(file)
    const fixture = { folder, origin: registry.origin, ca: testbed.ca, testbed }
    const results = []
    for (const installer of installers) results.push(await attempt(installer, fixture))
    const got = []
    for (const program of programs) got.push(await attemptProgram(program, fixture))
    const tables = [tableOfResults('installed with', results), tableOfResults('the proxy by', got)]
    if (positionals.length === 0) tables.push(tableOfCosts(await costs(fixture)))
    process.stdout.write(`${tables.join('\n\n')}\n`)
    if (missing.length > 0) process.stdout.write(`Published without an addon: ${missing.join(', ')}\n`)
    if (values.publish) await writeSections('docs/platforms.md', { rehearsal: tables.join('\n\n') })
    return [...results, ...got].every(({ passed }) => passed)
  } finally {
    await Promise.all([registry.close(), testbed.close()])
    rmSync(folder, { recursive: true, force: true })
  }
}
