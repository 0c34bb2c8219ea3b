/**
 * The schema of Terraform's azurerm provider, as the types of `@cdktn/provider-azurerm` declare it: only Terraform's
 * own registry has the provider itself.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { parse } from '@babel/parser'

/** @typedef {import('../structure/javascript.mjs').AnyNode} AnyNode */

/**
 * What stands in one block.
 *
 * @typedef {Map<string, { isRequired: boolean, block?: Block }>} Block by Terraform's names
 * @typedef {{ block: Block, exports: (path: string[]) => boolean }} Resource
 *   `exports`: whether `path`, such as `['identity', 'principal_id']`, can be read
 */

const require = createRequire(import.meta.url)

/**
 * @param {string} type such as `azurerm_cognitive_account`, or `data.azurerm_client_config`
 * @returns {Resource | undefined} undefined if the provider has no such resource
 */
export function readResource(type) {
  const isData = type.startsWith('data.')
  const name = type.replace(/^data\./, '').replace(/^azurerm_/, '')
  const folder = `${isData ? 'data-azurerm-' : ''}${name.replaceAll('_', '-')}`
  const source = read(folder)
  if (source === undefined) return undefined

  const declared = source.flatMap((it) => (it.type === 'ExportNamedDeclaration' ? [it.declaration] : []))
  const interfaces = byName(declared.filter((it) => it?.type === 'TSInterfaceDeclaration'))
  const classes = byName(declared.filter((it) => it?.type === 'ClassDeclaration'))
  const own = [...classes.keys()].find((each) => interfaces.has(`${each}Config`))
  const config = own === undefined ? undefined : interfaces.get(`${own}Config`)
  if (own === undefined || config === undefined) return undefined
  return {
    block: blockOf(config, interfaces),
    exports: ([first, second]) => {
      const outputs = gettersOf(classes.get(own))
      if (!outputs.has(camelCase(first))) return false
      const inner = classes.get(`${own}${pascalCase(first)}OutputReference`)
      return second === undefined || inner === undefined || gettersOf(inner).has(camelCase(second))
    },
  }
}

/** @param {string} folder */
function read(folder) {
  const provider = dirname(require.resolve('@cdktn/provider-azurerm/package.json'))
  const file = join(provider, 'lib', folder, 'index.d.ts')
  try {
    const text = readFileSync(file, 'utf8')
    return parse(text, { sourceType: 'module', plugins: [['typescript', { dts: true }]] }).program.body
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * @template {{ id?: { name?: string } | null }} Declaration
 * @param {Declaration[]} declarations
 */
function byName(declarations) {
  return new Map(declarations.flatMap((it) => (it.id?.name ? [[it.id.name, it]] : [])))
}

/**
 * @param {AnyNode} declaration of an interface
 * @param {Map<string, AnyNode>} interfaces
 * @returns {Block}
 */
function blockOf(declaration, interfaces) {
  /** @type {Block} */
  const block = new Map()
  for (const { type, optional, typeAnnotation, leadingComments = [] } of declaration.body.body) {
    // Terraform's own name stands in the link to its documentation.
    const name = /#(\w+) \w+#\1\}/.exec(leadingComments.at(-1)?.value ?? '')?.[1]
    if (type !== 'TSPropertySignature' || name === undefined) continue
    const inner = namesIn(typeAnnotation)
      .map((each) => interfaces.get(each))
      .find(Boolean)
    block.set(name, { isRequired: !optional, block: inner && blockOf(inner, interfaces) })
  }
  return block
}

/**
 * The names of types that a type is made of.
 *
 * @param {AnyNode} node
 * @returns {string[]}
 */
function namesIn(node) {
  if (node === null || typeof node !== 'object') return []
  const own =
    node.type === 'TSTypeReference' && node.typeName.type === 'Identifier' ? [node.typeName.name] : []
  return [...own, ...Object.values(node).flatMap((child) => namesIn(child))]
}

/** @param {AnyNode} declaration of a class */
function gettersOf(declaration) {
  const members = declaration?.body.body ?? []
  return new Set(members.flatMap((/** @type {AnyNode} */ it) => (it.kind === 'get' ? [it.key.name] : [])))
}

/** @param {string} name */
function camelCase(name) {
  return name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
}

/** @param {string} name */
function pascalCase(name) {
  return camelCase(`_${name}`)
}
