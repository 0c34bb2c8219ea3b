/** Which files of JavaScript load which, read off their source. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { parse } from '@babel/parser'

/** @typedef {any} AnyNode a node of some two hundred kinds: what its kind has not is undefined */

/**
 * @param {string} root
 * @param {string[]} files below it
 * @returns {import('./graph.mjs').Graph}
 */
export function javaScriptGraph(root, files) {
  return new Map(
    files.map((file) => {
      const loaded = specifiers(readFileSync(join(root, file), 'utf8'))
      const own = loaded
        .filter((name) => name.startsWith('.'))
        .map((name) => join(dirname(file), name).replaceAll('\\', '/'))
      return [file, new Set(own.map((path) => fileAt(root, path)).filter((path) => path !== undefined))]
    }),
  )
}

/** @param {string} root @param {string} path as it is written, without an extension where Node needs none */
function fileAt(root, path) {
  return [path, `${path}.js`, `${path}.cjs`, `${path}/index.js`, `${path}/index.mjs`].find(
    (candidate) => /\.[cm]?js$/.test(candidate) && existsSync(join(root, candidate)),
  )
}

/** What a file imports, exports from and requires, by literals. @param {string} source @returns {string[]} */
function specifiers(source) {
  const options = /** @type {const} */ ({ sourceType: 'unambiguous', allowReturnOutsideFunction: true })
  const found = /** @type {string[]} */ ([])
  visit(parse(source, options).program, (node) => {
    const isCall =
      node.type === 'CallExpression' && /^(?:Import|require)$/.test(node.callee.name ?? node.callee.type)
    const literal = isCall ? node.arguments[0] : node.source
    if (literal?.type === 'StringLiteral') found.push(literal.value)
  })
  return found
}

/**
 * @param {AnyNode} node
 * @param {(node: AnyNode) => void} look
 */
function visit(node, look) {
  if (Array.isArray(node)) for (const each of node) visit(each, look)
  else if (typeof node?.type === 'string') {
    look(node)
    for (const part of Object.values(node)) if (typeof part === 'object') visit(part, look)
  }
}
