import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { npm } from '../../scripts/support/run.mjs'
import { makeProject } from '../support/project.mjs'

const PACKAGES = ['azure-openai-entra', '@azure/identity']
const TIMES = 5

/**
 * What `npm install` of this package takes beside @azure/identity, each into a fresh project and with an empty cache, from
 * a registry on this machine: a network would add to both, and the more the more packages there are.
 *
 * @param {import('../support/project.mjs').Fixture} fixture
 */
export const costs = async (fixture) => {
  /** @param {string} name */
  const install = async (name) => {
    const { folder, install } = makeProject({ name }, fixture)
    const started = performance.now()
    await install([...npm(), 'install', name])
    return { seconds: (performance.now() - started) / 1000, ...installed(folder) }
  }
  // The registry fetches what it does not have yet.
  for (const name of PACKAGES) await install(name)
  const taken = PACKAGES.map((name) => ({
    name,
    all: /** @type {Awaited<ReturnType<typeof install>>[]} */ ([]),
  }))
  for (let time = 0; time < TIMES; time++) for (const { name, all } of taken) all.push(await install(name))
  return taken.map(({ name, all }) => {
    const [middle] = all.toSorted((a, b) => a.seconds - b.seconds).slice((TIMES - 1) / 2)
    return { name, ...middle }
  })
}

/** @param {string} folder */
const installed = (folder) => {
  const modules = join(folder, 'node_modules')
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(modules, name)))
    .filter((entry) => entry.isFile())
  return { packages: Object.keys(packages).length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}
