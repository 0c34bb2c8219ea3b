/** Compares Terraform files with the provider's schema: every resource, block and attribute that they name. */

import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { readResource } from './schema.mjs'

const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json')

/** What Terraform itself knows in every resource. */
const META = new Set([
  'count',
  'for_each',
  'depends_on',
  'lifecycle',
  'provider',
  'provisioner',
  'connection',
])

/** `azurerm_x.name[0].block[0].attribute`, with what stands before it. */
const REFERENCE = /(data\.)?\b(azurerm_\w+)\.\w+((?:\[[^\]]*\])?(?:\.\w+(?:\[[^\]]*\])?)*)/g

/**
 * @param {string} folder
 * @returns {Promise<{ files: number, resources: number, faults: string[] }>}
 */
export async function checkFolder(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tf|tftest\.hcl)$/.test(file) && !file.includes('.terraform'))
    .toSorted()
  const results = await Promise.all(files.map((file) => checkFile(folder, file)))
  return {
    files: files.length,
    resources: results.reduce((sum, { resources }) => sum + resources, 0),
    faults: results.flatMap(({ faults }) => faults),
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
async function checkFile(folder, file) {
  const text = readFileSync(join(folder, file), 'utf8')
  const { resource = {}, data = {}, mock_provider = {} } = await parse(file, text)
  const declared = [...declarations(resource, ''), ...declarations(data, 'data.')]
  const faults = declared.flatMap(({ type, name, body }) => {
    const known = readResource(type)
    if (known === undefined) return [`${type}.${name}: the provider has no ${type}`]
    return faultsOf(body, known.block, `${type}.${name}`, META)
  })
  return {
    resources: declared.length,
    faults: [...faults, ...wrongMocks(mock_provider.azurerm ?? []), ...wrongReferences(text)].map(
      (fault) => `${file}: ${fault}`,
    ),
  }
}

/**
 * @param {Record<string, Record<string, object[]>>} byType
 * @param {string} prefix
 */
function declarations(byType, prefix) {
  return Object.entries(byType)
    .filter(([type]) => type.startsWith('azurerm_'))
    .flatMap(([type, byName]) =>
      Object.entries(byName).flatMap(([name, bodies]) =>
        bodies.map((body) => ({ type: `${prefix}${type}`, name, body })),
      ),
    )
}

/**
 * @param {Record<string, any>} body as hcl2json gives it: a block is an array of objects
 * @param {import('./schema.mjs').Block} schema
 * @param {string} place
 * @param {Set<string>} [allowed]
 * @returns {string[]}
 */
function faultsOf(body, schema, place, allowed = new Set()) {
  const { dynamic = {}, ...plain } = body
  const generated = Object.entries(dynamic).flatMap(([name, blocks]) =>
    /** @type {{ content: unknown }[]} */ (blocks).map(
      ({ content }) => /** @type {[string, unknown]} */ ([name, content]),
    ),
  )
  const given = [...Object.entries(plain), ...generated]
  const names = new Set(given.map(([name]) => name))
  const missing = [...schema]
    .filter(([name, { isRequired }]) => isRequired && !names.has(name))
    .map(([name]) => `${place} lacks ${name}, which is required`)
  const wrong = given.flatMap(([name, value]) => {
    if (allowed.has(name)) return []
    const known = schema.get(name)
    if (known === undefined) return [`${place} has no ${name}`]
    if (known.block === undefined || !isBlock(value)) return []
    const { block } = known
    return value.flatMap((each) => faultsOf(each, block, `${place}.${name}`))
  })
  return [...missing, ...wrong]
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>[]} any, because the schema knows what a block holds, and no type does
 */
function isBlock(value) {
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null)
}

/**
 * What a test lets the provider answer must be what the resource exports.
 *
 * @param {{ mock_resource?: Record<string, { defaults?: Record<string, unknown> }[]> }[]} providers
 */
function wrongMocks(providers) {
  const mocked = providers.flatMap(({ mock_resource = {} }) => Object.entries(mock_resource))
  return mocked.flatMap(([type, mocks]) => {
    const known = readResource(type)
    if (known === undefined) return [`mock_resource: the provider has no ${type}`]
    return mocks
      .flatMap(({ defaults = {} }) => Object.keys(defaults))
      .filter((name) => !known.exports([name]))
      .map((name) => `mock_resource ${type}: it exports no ${name}`)
  })
}

/** @param {string} text */
function wrongReferences(text) {
  return [...text.matchAll(REFERENCE)].flatMap(([whole, data = '', type, rest]) => {
    const path = [...rest.matchAll(/\.(\w+)/g)].map(([, name]) => name)
    const known = readResource(`${data}${type}`)
    if (known === undefined) return [`${whole}: the provider has no ${data}${type}`]
    return path.length === 0 || known.exports(path)
      ? []
      : [`${whole}: ${data}${type} exports no such attribute`]
  })
}
