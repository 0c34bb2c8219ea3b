import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { root } from '../../scripts/support/run.mjs'
import { startCloud } from '../../testkit/client-table/cloud.mjs'
import { SECTIONS } from '../../testkit/client-table/index.mjs'
import { pageOf } from '../../testkit/client-table/page.mjs'
import { runWay } from '../../testkit/client-table/run-way.mjs'
import { clientsPath, versionOf } from '../support/clients.mjs'

const clients = SECTIONS.flatMap((section) => section.clients)
const page = readFileSync(join(root, 'docs/clients.md'), 'utf8')
const NODE = Number(process.versions.node.split('.')[0])

/** The code of a page. @param {string} text */
const codeOf = (text) => [...text.matchAll(/^```js\n(.*?)\n```$/gms)].map(([, code]) => code)

test('docs/clients.md has the lines of each client, in order, and no others', () =>
  assert.deepEqual(codeOf(page), codeOf(pageOf([], new Date()))))

test('docs/clients.md says of each way what it was tried with', () => {
  const ways = clients.flatMap(({ ways }) => ways)
  assert.equal([...page.matchAll(/tried with v?\d+\./gi)].length, ways.length)
})

/** Under which names a client is installed for the tests. @param {string} name */
const aliasesOf = (name) => {
  if (name === 'node') return [name]
  const { dependencies } = JSON.parse(readFileSync(join(clientsPath, 'package.json'), 'utf8'))
  return Object.entries(dependencies)
    .filter(([alias, version]) => alias === name || version.startsWith(`npm:${name}@`))
    .map(([alias]) => alias)
}

describe('the lines of docs/clients.md', () => {
  /** @type {Awaited<ReturnType<typeof startCloud>>} */
  let cloud
  before(async () => {
    cloud = await startCloud()
  })
  after(() => cloud.close())

  for (const { client, package: name, majors, beside = [], ways } of clients) {
    for (const alias of aliasesOf(name)) {
      const version = alias === 'node' ? process.version : versionOf(alias)
      const [major] = version.split('.')
      if (majors !== undefined && !majors.includes(major)) continue
      if (!beside.every((it) => aliasesOf(it).length > 0)) continue
      for (const [at, way] of ways.entries()) {
        const skip = NODE < (way.needs ?? 0) && `needs Node ${way.needs}`
        test(`${client} ${version}, way ${at + 1}: exactly a token for its audience`, { skip }, async () => {
          /** @param {string} imported */
          const resolve = (imported) => {
            if (imported.startsWith('azure-openai-entra')) return import.meta.resolve(imported)
            return imported === name || imported.startsWith(`${name}/`)
              ? imported.replace(name, alias)
              : imported
          }
          const register = import.meta.resolve('azure-openai-entra/register')
          assert.equal(await runWay(way, { cloud, folder: clientsPath, register, resolve }), undefined)
        })
      }
    }
  }
})
