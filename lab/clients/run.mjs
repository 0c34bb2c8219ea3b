/**
 * Runs every way of docs/clients.md with the newest version of its client.
 *
 *     npm run lab -- clients [NAME …] [--installed] [--page]
 *
 * `NAME` limits it to the clients whose name contains it; `--installed` installs nothing; `--page` writes the page.
 */

import { parseArgs } from 'node:util'

import { startCloud } from '../../testkit/client-table/cloud.mjs'
import { SECTIONS } from '../../testkit/client-table/index.mjs'
import { pageOf } from '../../testkit/client-table/page.mjs'
import { runWay } from '../../testkit/client-table/run-way.mjs'
import { saveResults, writePage } from '../support/report.mjs'
import { FOLDER, aliasOf, installClients, installed } from './install.mjs'

const NODE = Number(process.versions.node.split('.')[0])

/** @param {string[]} args */
export const clients = async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { installed: { type: 'boolean' }, page: { type: 'boolean' } },
  })
  if (!values.installed) await installClients()
  const cloud = await startCloud()
  /** @type {import('../../testkit/client-table/page.mjs').Result[]} */
  const results = []
  try {
    for (const client of SECTIONS.flatMap((section) => section.clients)) {
      if (positionals.length > 0 && !positionals.some((name) => client.client.includes(name))) continue
      results.push(...(await tried(client, cloud)))
    }
  } finally {
    await cloud.close()
  }
  saveResults('clients', { node: process.version, results })
  if (values.page) await writePage('docs/clients.md', pageOf(results, new Date()))
  return results.every(({ failure }) => failure === undefined)
}

/**
 * @param {import('../../testkit/client-table/index.mjs').Client} client
 * @param {Awaited<ReturnType<typeof startCloud>>} cloud
 */
const tried = async (client, cloud) => {
  const results = []
  for (const major of client.majors ?? [undefined]) {
    const alias = aliasOf(client.package, major)
    const { version, node } =
      client.package === 'node' ? { version: process.version, node: 0 } : installed(alias)
    /** @param {string} name */
    const resolve = (name) =>
      name === client.package || name.startsWith(`${client.package}/`)
        ? name.replace(client.package, alias)
        : name
    for (const [at, way] of client.ways.entries()) {
      if (NODE < Math.max(node, way.needs ?? 0)) continue
      const setting = { cloud, folder: FOLDER, register: 'azure-openai-entra/register', resolve }
      const failure = await runWay(way, setting)
      process.stdout.write(
        `${failure ? '✗' : '✓'} ${client.client} ${version}, way ${at + 1}${failure ? `: ${failure}` : ''}\n`,
      )
      results.push({ client: client.client, way: at, version, failure })
    }
  }
  return results
}
