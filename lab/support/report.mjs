/** How every lab reports: a counter on the terminal, all results in `target/lab`, and pages of the documentation. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { root, run, tool } from '../../scripts/support/run.mjs'

/** Where the labs write what they saw. */
export const RESULTS = join(root, 'target/lab')

/**
 * The implementation that this package is compared with.
 *
 * @param {string} [from] a path whose `node_modules` has it
 */
export const baselineName = (from = import.meta.url) =>
  `@azure/identity ${createRequire(from)('@azure/identity/package.json').version}`

/**
 * All that a lab saw, as `<name>.json`.
 *
 * @param {string} name
 * @param {object} results
 * @param {string} [folder]
 */
export const saveResults = (name, results, folder = RESULTS) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 2)}\n`)
}

/** Shows how far a lab is, on a terminal. @param {string} text */
export const progress = (text) => {
  const { stderr } = process
  if (stderr.isTTY) stderr.write(`\r\x1b[2K${text.slice(0, stderr.columns - 1)}`)
}

/**
 * Writes a whole page of the documentation; `writeSections` writes parts of one.
 *
 * @param {string} path from the root of the project
 * @param {string} text
 */
export const writePage = async (path, text) => {
  writeFileSync(join(root, path), text)
  await run(`formatting ${path}`, [...tool('prettier'), '--write', path])
}
