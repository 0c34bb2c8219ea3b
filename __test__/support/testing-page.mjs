import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../../scripts/support/run.mjs'

export const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')
/** The files that are blocks of the page. */
export const files = [...page.matchAll(/^```js (\S+)\n([^]*?)^```$/gm)].map(([, name, text]) => ({
  name,
  text,
}))

/**
 * Writes the files to a folder within this package, which finds itself there by its name.
 *
 * @param {string} name
 * @param {string} [packages] the folder whose packages they import, if not this one's
 */
export const writePage = (name, packages) => {
  const folder = join(root, 'target', name)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  remove()
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of files) writeFileSync(join(folder, name), text)
  if (packages) symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return { folder, remove }
}
