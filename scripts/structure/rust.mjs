/** Which files of Rust name which, outside tests, read off their source. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { withoutTests } from '../support/rust-source.mjs'

/**
 * @typedef {{ file: string, code: string, names: Map<string, string[]> }} Module `names` are those that it brings into
 *   scope, with the path that each stands for
 */

/**
 * A file that names a module's item names the file that defines it: a module that only hands an item on is passed
 * through.
 *
 * @param {string} root
 * @param {string[]} files below it
 * @param {Record<string, string>} crates the `src` folder of each crate, by the name that code calls it
 * @returns {import('./graph.mjs').Graph}
 */
export function rustGraph(root, files, crates) {
  const modules = modulesOf(root, files, crates)
  return new Map(
    [...modules].map(([path, { file, code, names }]) => {
      const inline = [...code.matchAll(/\b(?:crate|super|self)(?:::\w+)+/g)].map(([text]) => text.split('::'))
      const children = [...code.matchAll(/(?<!::)\b([a-z]\w*)(?:::\w+)+/g)]
        .map(([text]) => text.split('::'))
        .filter(([first]) => modules.has(`${path}::${first}`))
        .map((parts) => ['self', ...parts])
      const named = [...inline, ...children, ...names.values()]
        .map((parts) => resolve(modules, path, parts))
        .filter((other) => other !== undefined && other !== file)
      return [file, new Set(/** @type {string[]} */ (named))]
    }),
  )
}

/**
 * The modules by their paths, those for tests left out.
 *
 * @param {string} root
 * @param {string[]} files
 * @param {Record<string, string>} crates
 */
function modulesOf(root, files, crates) {
  /** @type {Map<string, Module>} */
  const modules = new Map()
  const forTests = /** @type {string[]} */ ([])
  for (const [crate, folder] of Object.entries(crates))
    for (const file of files.filter((name) => name.startsWith(`${folder}/`) && name.endsWith('.rs'))) {
      const parts = file.slice(folder.length + 1, -'.rs'.length).split('/')
      if (['lib', 'main', 'mod'].includes(/** @type {string} */ (parts.at(-1)))) parts.pop()
      const path = [crate, ...parts].join('::')
      const { code, testModules } = withoutTests(readFileSync(join(root, file), 'utf8'))
      modules.set(path, { file, code: code.replace(/\buse\s[^;]+;/g, ''), names: importsOf(code) })
      forTests.push(...testModules.map((name) => `${path}::${name}`))
    }
  for (const path of modules.keys())
    if (forTests.some((start) => path === start || path.startsWith(`${start}::`))) modules.delete(path)
  return modules
}

/**
 * The file that defines what `parts`, as the module at `from` writes it, names; undefined if it is foreign.
 *
 * @param {Map<string, Module>} modules
 * @param {string} from
 * @param {string[]} parts
 * @returns {string | undefined}
 */
function resolve(modules, from, parts) {
  const [first, ...rest] = parts
  if (first === 'self') return walk(modules, from, rest)
  if (first === 'super') return resolve(modules, from.split('::').slice(0, -1).join('::'), ['self', ...rest])
  if (first === 'crate') return walk(modules, from.split('::')[0], rest)
  if (modules.has(`${from}::${first}`)) return walk(modules, from, parts)
  return modules.has(first) ? walk(modules, first, rest) : undefined
}

/**
 * @param {Map<string, Module>} modules
 * @param {string} path
 * @param {string[]} rest
 * @returns {string | undefined}
 */
function walk(modules, path, rest) {
  const [next, ...further] = rest
  // `super` after `super` goes on up.
  if (next === 'super') return resolve(modules, path, rest)
  if (next !== undefined && modules.has(`${path}::${next}`)) return walk(modules, `${path}::${next}`, further)
  const here = modules.get(path)
  const handedOn = here?.names.get(next)
  return handedOn ? resolve(modules, path, [...handedOn, ...further]) : here?.file
}

/** What `use` brings into scope. @param {string} code @returns {Map<string, string[]>} */
function importsOf(code) {
  const imports = [...code.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) =>
    branches(tree.replace(/\s+/g, ' ')),
  )
  return new Map(
    imports.map((path) => {
      const [whole, alias] = path.split(' as ').map((text) => text.trim())
      const parts = whole.split('::').filter((part) => part !== '*')
      if (parts.at(-1) === 'self' && parts.length > 1) parts.pop()
      // Two globs, and two that are only used for their traits, are two.
      const name = whole.endsWith('*') || alias === '_' ? whole : (alias ?? parts.at(-1) ?? whole)
      return [name, parts]
    }),
  )
}

/** `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`. @param {string} tree @returns {string[]} */
function branches(tree) {
  const open = tree.indexOf('{')
  if (open < 0) return [tree.trim()]
  const start = tree.slice(0, open).trim()
  const parts = ['']
  let depth = 0
  for (const letter of tree.slice(open + 1, tree.lastIndexOf('}'))) {
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
    if (letter === '{') depth++
    if (letter === '}') depth--
  }
  return parts.filter((part) => part.trim() !== '').flatMap((part) => branches(`${start}${part.trim()}`))
}
