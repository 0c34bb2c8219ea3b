import { parse as parseModule, parseExpression } from '@babel/parser'

import { shown } from '#shown'

import { Refusal } from './refusal.mjs'

/** @typedef {import('@babel/types').Node} Node */
/** @typedef {any} AnyNode a node of some two hundred kinds: what its kind has not is undefined */
/** @typedef {{ program: Node, comments: { start: number, end: number }[] }} Syntax */

/**
 * Parses a file of JavaScript, TypeScript or JSON.
 *
 * @param {string} source
 * @param {string} path whose extension says which
 * @param {{ recovers?: boolean }} [options] whether names may be declared twice
 * @returns {Syntax}
 * @throws {SyntaxError} with `loc`
 */
export function parseFile(source, path, { recovers = false } = {}) {
  if (path.endsWith('.json')) return { program: parseExpression(source), comments: [] }
  const { program, comments } = parseModule(source, {
    sourceType: 'unambiguous',
    attachComment: false,
    errorRecovery: recovers,
    plugins: path.endsWith('.ts') ? ['typescript'] : [],
  })
  return { program, comments: /** @type {Syntax['comments']} */ (comments ?? []) }
}

/**
 * @param {string} source
 * @param {string} path
 * @param {string} [failure] the problem and the step if it does not parse
 * @throws {Refusal}
 */
export function parse(source, path, failure = 'This file does not parse. Correct its syntax.') {
  try {
    return parseFile(source, path)
  } catch (error) {
    const { message, loc } = /** @type {SyntaxError & { loc?: { line: number } }} */ (error)
    throw new Refusal([{ path, line: loc?.line ?? 1, message: `${failure} ${withoutNames(message)}` }])
  }
}

/** What Babel says, without identifiers that are no words: a source can hold a secret. @param {string} message */
const withoutNames = (message) =>
  message.replaceAll(/(['"`])(.{4,}?)\1/g, (whole, quote, name) =>
    shown('words', name) === name ? whole : `${quote}[redacted]${quote}`,
  )

/**
 * Parses one statement, or one expression if no semicolon ends it.
 *
 * A pattern is code that stands for all code like it: what it leaves out is not looked at. `strategy.call()` stands
 * for a call with any arguments, `if (ready) {}` for one with any body and with or without an `else`,
 * `const {} = require('axios')` for any names, `let value` for any type and any initial value, and `_` for any
 * expression.
 *
 * @param {string} pattern
 * @param {string} path of the file that it is looked for in
 * @returns {Node}
 */
function parsePattern(pattern, path) {
  const { program } = parseFile(pattern, path)
  const [statement] = /** @type {import('@babel/types').Program} */ (program).body
  return statement.type === 'ExpressionStatement' && !pattern.endsWith(';') ? statement.expression : statement
}

/**
 * The parts of a file that look like a pattern, in its order.
 *
 * @param {Node} within
 * @param {string} pattern
 * @param {string} path
 */
export function find(within, pattern, path) {
  const wanted = parsePattern(pattern, path)
  /** @type {Map<string, Node>} */
  const found = new Map()
  for (const node of descendants(within)) {
    // `{ name }` holds two identifiers in one place.
    if (looksLike(node, wanted)) found.set(`${node.start}-${node.end}`, node)
  }
  return [...found.values()]
}

/**
 * @param {Node} node
 * @returns {Generator<Node>}
 */
export function* descendants(node) {
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type !== 'string') continue
      yield child
      yield* descendants(child)
    }
  }
}

/** Where a node is and how it is written: nothing that decides what it means. */
const LAYOUT = new Set(['start', 'end', 'loc', 'extra'])

/**
 * @param {AnyNode} part
 * @param {AnyNode} wanted
 * @returns {boolean}
 */
function looksLike(part, wanted) {
  if (wanted === null || wanted === undefined) return true
  if (typeof wanted !== 'object') return part === wanted
  if (Array.isArray(wanted)) {
    if (wanted.length === 0) return true
    return wanted.length === part?.length && wanted.every((one, index) => looksLike(part[index], one))
  }
  if (wanted.name === '_') return part !== null
  return (
    part !== null &&
    typeof part === 'object' &&
    Object.keys(wanted).every((key) => LAYOUT.has(key) || looksLike(part[key], wanted[key]))
  )
}

/** What holds statements, entries or members. */
const CONTAINERS = new Set([
  'Program',
  'BlockStatement',
  'ClassBody',
  'ObjectExpression',
  'ObjectPattern',
  'SwitchCase',
  'TSInterfaceBody',
])

/**
 * The innermost container of a position.
 *
 * @param {Node} program
 * @param {number} position
 * @returns {Node}
 */
export function containerAt(program, position) {
  let innermost = program
  for (const node of descendants(program)) {
    if (CONTAINERS.has(node.type) && startOf(node) < position && position < endOf(node)) innermost = node
  }
  return innermost
}

/**
 * The names that a node itself declares in its scope or its interface.
 *
 * @param {AnyNode} node
 * @returns {string[]}
 */
export function declaredNames(node) {
  switch (node.type) {
    case 'ImportSpecifier':
      return [node.local.name]
    case 'ExportSpecifier':
      return [node.exported.name]
    case 'TSPropertySignature':
      return [node.key.name]
    case 'VariableDeclarator':
      return node.id.type === 'ObjectPattern'
        ? node.id.properties.map((/** @type {AnyNode} */ { value }) => value.name)
        : [node.id.name]
    default:
      return []
  }
}

/** @param {Node} node */
export const startOf = (node) => /** @type {number} */ (node.start)
/** @param {Node} node */
export const endOf = (node) => /** @type {number} */ (node.end)
/** @param {Node} node */
export const lineOf = (node) => node.loc?.start.line ?? 1
