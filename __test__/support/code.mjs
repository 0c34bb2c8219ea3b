import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'

import { parse } from '@babel/parser'

/** What the language itself reads from plain objects: planted, it breaks any program. */
export const LANGUAGE = new Set([
  'get',
  'set',
  'value',
  'writable',
  'configurable',
  'enumerable',
  'done',
  'next',
  'return',
  'then',
])

const root = new URL('../../', import.meta.url)

/** A file of the repository. @param {string} path */
export const read = (path) => readFileSync(new URL(path, root), 'utf8')

/** The sources of Node's own modules by their names. @returns {Record<string, string>} */
export const sourcesOfNode = () => /** @type {any} not declared */ (process).binding('natives')

/** A program's words. @param {string} path */
export function tokensOf(path) {
  return parse(read(path), { sourceType: 'unambiguous', tokens: true }).tokens ?? assert.fail(path)
}

/** @param {string[]} names */
export const unique = (names) => [...new Set(names)].toSorted()

/**
 * Every name in the JavaScript of `lib` that `Object.prototype` can have without breaking any program.
 *
 * @param {(file: string) => boolean} [isMeant]
 */
export const namesOfCode = (isMeant = () => true) =>
  unique(
    readdirSync(new URL('lib', root), { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.js') && isMeant(file))
      .flatMap((file) => tokensOf(`lib/${file}`))
      .flatMap(({ type, value }) => (type.label === 'name' ? [value] : [])),
  ).filter((name) => !(name in Object.prototype) && !LANGUAGE.has(name))
