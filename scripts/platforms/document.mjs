/** Figures of a run in a document that people write. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root, run, StepFailed, tool } from '../support/run.mjs'

/**
 * Puts `text` between the comments `<!-- name -->` and `<!-- /name -->`.
 *
 * @param {string} path from the root of the project
 * @param {string} name
 * @param {string} text
 */
export async function writeSection(path, name, text) {
  const file = join(root, path)
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const document = readFileSync(file, 'utf8')
  const [head, rest] = document.split(start)
  const tail = rest?.split(end)[1]
  if (tail === undefined) throw new StepFailed(`${path} has no ${start} … ${end}`)
  writeFileSync(file, `${head}${start}\n\n${text}\n\n${end}${tail}`)
  await run(`formatting ${path}`, [...tool('prettier'), '--write', file])
}
