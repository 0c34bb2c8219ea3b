/** The tables of inputs and outputs of terraform/README.md, from the module's own files. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { markdownTable } from '../support/markdown-table.mjs'

const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json')

/** @param {string} folder of the module */
export async function tables(folder) {
  const { variable } = await blocksOf(folder, 'variables.tf')
  const { output } = await blocksOf(folder, 'outputs.tf')
  const isRequired = (/** @type {[string, { default?: unknown }[]]} */ [, [{ default: value }]]) =>
    value === undefined
  const byName = Object.entries(variable)
  const inFront = [...byName.filter(isRequired), ...byName.filter((each) => !isRequired(each))]
  const inputs = inFront.map(([name, [{ type, default: value, description }]]) => [
    `\`${name}\``,
    `\`${shortened(type)}\``,
    value === undefined ? 'required' : `\`${JSON.stringify(value)}\``,
    description,
  ])
  const outputs = Object.entries(output).map(([name, [{ description }]]) => [`\`${name}\``, description])
  return {
    inputs: table(['input', 'type', 'default', 'what it is'], inputs),
    outputs: table(['output', 'what it is'], outputs),
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
async function blocksOf(folder, file) {
  return parse(file, readFileSync(join(folder, file), 'utf8'))
}

/** @param {string} type as hcl2json gives it, which is an expression unless it is one word */
function shortened(type) {
  return type.replace(/^\$\{(.*)\}$/s, '$1').replace(/object\(.*\)(?=\)$)/s, 'object')
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  return markdownTable(
    head,
    rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|'))),
  )
}
