import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { npm } from '../../scripts/support/run.mjs'

/**
 * @typedef {import('./bundlers.mjs').Host} Host
 * @typedef {import('./bundlers.mjs').Way} Way
 * @typedef {ReturnType<typeof import('../support/project.mjs').makeProject>} Project
 * @typedef {Awaited<ReturnType<typeof import('./testbed.mjs').startTestbed>>} Testbed
 */

/** The client of the app, in the newest version that runs on Node 20. */
const CLIENT = 'openai@6'

/** Installs what a host needs; gives its version. @param {Host} host @param {Project} project */
export const installed = async ({ packages, version }, { folder, install }) => {
  const newest = packages.map((name) => `${name}@latest`)
  await install([...npm(), 'install', '--no-audit', '--no-fund', 'azure-openai-entra', CLIENT, ...newest])
  if (version !== undefined) return version
  const manifest = readFileSync(join(folder, 'node_modules', packages[0], 'package.json'), 'utf8')
  return /** @type {string} */ (JSON.parse(manifest).version)
}

/**
 * Builds and runs an app in one way, and does what its error says, if that is expected.
 *
 * @param {Way} way
 * @param {{ project: Project, testbed: Testbed, folder: string }} place
 * @returns {Promise<{ outcome: string, failure?: string }>}
 */
export const attempt = async (way, { project, testbed, folder }) => {
  const { files = {}, build = [], out, run, variables, serves, isCopied = false, refusal } = way
  const packages = join(project.folder, 'node_modules')
  const hidden = join(project.folder, 'hidden')
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(project.folder, name)), { recursive: true })
      writeFileSync(join(project.folder, name), text)
    }
    for (const [program, ...args] of build)
      await project.build([programOf(program, project), ...args], variables)
    const cwd = out === undefined ? project.folder : moved(join(project.folder, out), folder)
    if (out !== undefined) cpSync(join(project.folder, 'ca.pem'), join(cwd, 'ca.pem'))
    const [program, ...args] = run
    const command = [out === undefined ? programOf(program, project) : program, ...args]
    const app = { command, cwd, variables, serves }
    // Some bundles name the folder of the packages that they were made of.
    if (out !== undefined) renameSync(packages, hidden)
    const said = await failureOf(() => testbed.chat(app))
    if (refusal) {
      if (said === undefined || !refusal.test(said)) return { outcome: '', failure: said ?? 'it ran' }
      return { outcome: `an error that names \`${refusal.source}\`` }
    }
    if (said === undefined)
      return isCopied ? { outcome: '', failure: 'it needs no copy any more' } : { outcome: 'runs' }
    if (!isCopied) return { outcome: '', failure: said }
    // Not the code of it, which Node shows of a bundle on one line.
    const asked = /bundled in ([^$]+?), and neither (\S+) is beside that.* from node_modules\/(\S+?),/.exec(
      said,
    )
    if (!asked) return { outcome: '', failure: said }
    const [, bundle, addon, source] = asked
    cpSync(join(hidden, source, addon), join(dirname(bundle), addon))
    const again = await failureOf(() => testbed.chat(app))
    return again === undefined
      ? { outcome: 'runs with the addon beside it' }
      : { outcome: '', failure: again }
  } catch (error) {
    return { outcome: '', failure: /** @type {Error} */ (error).message }
  } finally {
    if (existsSync(hidden)) renameSync(hidden, packages)
  }
}

/** @param {() => Promise<unknown>} act */
const failureOf = (act) =>
  act().then(
    () => undefined,
    (error) => /** @type {Error} */ (error).message,
  )

/** Of the project's packages, if they have it. @param {string} name @param {Project} project */
const programOf = (name, { folder }) => {
  const installed = join(folder, 'node_modules/.bin', name)
  if (existsSync(installed)) return installed
  return name.startsWith('node_modules/') ? join(folder, name) : name
}

/** What a build made, in a folder without packages. @param {string} built @param {string} folder */
const moved = (built, folder) => {
  const place = mkdtempSync(join(folder, 'moved-'))
  cpSync(built, place, { recursive: true, verbatimSymlinks: true })
  return place
}
