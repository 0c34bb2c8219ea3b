/**
 * Bundles an app by every usual bundler, and runs what they make, and the app in other runtimes: with the packed archives,
 * installed from a registry on loopback, and the newest version of each tool. Each app gets a token and has a chat
 * answered.
 *
 *     npm run lab -- hosts [--publish] [word…]     only the hosts with these words in their name
 *
 * `--publish` writes the rows of these hosts into docs/bundlers.md.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { pack } from '../../scripts/release/pack.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { makeProject } from '../support/project.mjs'
import { startRegistry } from '../support/registry.mjs'
import { RESULTS, saveResults } from '../support/report.mjs'
import { attempt, installed } from './attempt.mjs'
import { BUNDLERS } from './bundlers.mjs'
import { FRAMEWORKS } from './frameworks.mjs'
import { readResults, tableOf } from './report.mjs'
import { RUNTIMES } from './runtimes.mjs'
import { startTestbed } from './testbed.mjs'

const APPS = fileURLToPath(new URL('apps/', import.meta.url))

const HOSTS = [...BUNDLERS, ...FRAMEWORKS, ...RUNTIMES]

/** @typedef {import('./report.mjs').Result} Result */

/** @param {string[]} args */
export const hosts = async (args) => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed('The hosts can be tried on Linux x64 only')
  const { values, positionals } = parseArgs({
    args,
    options: { publish: { type: 'boolean' } },
    allowPositionals: true,
  })
  const wanted = HOSTS.filter(({ name }) => positionals.every((word) => name.includes(word)))
  if (wanted.length === 0)
    throw new StepFailed(`No host is named so, only ${HOSTS.map(({ name }) => name).join(', ')}`)
  const { files } = await pack({ standIns: true, asBuilt: true })
  const folder = mkdtempSync(join(tmpdir(), 'entra-hosts-'))
  const testbed = await startTestbed()
  const registry = await startRegistry(folder)
  /** @type {Result[]} */
  const results = []
  try {
    for (const file of files) await registry.publish(file)
    const fixture = { folder, origin: registry.origin, ca: testbed.ca }
    for (const host of wanted) {
      const project = makeProject({ name: host.name, app: APPS }, fixture)
      const version = await installed(host, project)
      const date = new Date().toISOString().slice(0, 10)
      for (const way of host.ways) {
        const result = await attempt(way, { project, testbed, folder })
        process.stdout.write(
          `${result.failure ? '✗' : '✓'} ${host.name} ${version}, ${way.what}: ${result.failure ?? result.outcome}\n`,
        )
        results.push({
          host: host.name,
          version,
          date,
          what: way.what,
          lines: way.lines,
          limits: way.limits,
          ...result,
        })
      }
    }
  } finally {
    await Promise.all([registry.close(), testbed.close()])
    rmSync(folder, { recursive: true, force: true })
  }
  const all = merged(results)
  saveResults('hosts', { results: all })
  if (values.publish) await writeSections('docs/bundlers.md', { hosts: tableOf(all) })
  return results.every(({ failure }) => failure === undefined)
}

/** The latest results of all hosts, in the order of the lists. @param {Result[]} results */
const merged = (results) => {
  const before = readResults(RESULTS).filter((it) => !results.some(({ host }) => host === it.host))
  return HOSTS.flatMap(({ name }) => [...before, ...results].filter(({ host }) => host === name))
}
