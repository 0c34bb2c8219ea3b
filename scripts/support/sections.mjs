/** Parts of a document that scripts write, between the comments `<!-- name -->` and `<!-- /name -->`. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root, run, StepFailed, tool } from './run.mjs'

/**
 * Writes the sections of a document, and formats it.
 *
 * @param {string} path from the root of the project
 * @param {Record<string, string>} sections text by name
 */
export async function writeSections(path, sections) {
  let document = readFileSync(join(root, path), 'utf8')
  for (const [name, text] of Object.entries(sections)) {
    const { before, after } = split(document, name, path)
    document = `${before}<!-- ${name} -->\n\n${text}\n\n<!-- /${name} -->${after}`
  }
  writeFileSync(join(root, path), document)
  await run(`formatting ${path}`, [...tool('prettier'), '--write', path])
}

/** What a section holds now. @param {string} path @param {string} name */
export function readSection(path, name) {
  return split(readFileSync(join(root, path), 'utf8'), name, path).inner
}

/**
 * @param {string} document
 * @param {string} name
 * @param {string} path
 */
function split(document, name, path) {
  const [before, inner, after] = document.split(new RegExp(`<!-- /?${name} -->`))
  if (after === undefined) throw new StepFailed(`${path} has no <!-- ${name} --> … <!-- /${name} -->`)
  return { before, inner, after }
}
