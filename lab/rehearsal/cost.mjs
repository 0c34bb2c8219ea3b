import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { npm } from '../../scripts/support/run.mjs'
import { makeProject } from './project.mjs'

const PACKAGES = ['azure-openai-entra', '@azure/identity']
const TIMES = 5

/**
 * What `npm install` of this package takes beside @azure/identity, each into a fresh project and with an empty cache, from
 * a registry on this machine: a network would add to both, and the more the more packages there are.
 *
 * @param {Parameters<typeof makeProject>[1]} fixture
 */
export const costs = async (fixture) => {
  const install = async (name) => {
    const { folder, install } = makeProject({ name }, fixture)
    const started = performance.now()
    await install([...npm(), 'install', name])
    return { seconds: (performance.now() - started) / 1000, ...installed(folder) }
  }
  // The registry fetches what it does not have yet.
  for (const name of PACKAGES) await install(name)
  const taken = new Map(PACKAGES.map((name) => [name, []]))
  for (let time = 0; time < TIMES; time++)
    for (const name of PACKAGES) taken.get(name).push(await install(name))
  return PACKAGES.map((name) => {
    const all = taken.get(name).toSorted((a, b) => a.seconds - b.seconds)
    return { name, ...all[(TIMES - 1) / 2] }
  })
}

/** @param {string} folder */
const installed = (folder) => {
  const modules = join(folder, 'node_modules')
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
  const files = readdirSync(modules, { recursive: true })
    .map((name) => statSync(join(modules, name)))
    .filter((entry) => entry.isFile())
  return { packages: Object.keys(packages).length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}
