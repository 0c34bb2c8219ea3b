import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { npm, run } from '../support/run.mjs'

/**
 * The archive of the package in `folder`, and how large it is on disk.
 *
 * @param {string} folder
 * @param {string} destination
 * @returns {Promise<{ file: string, name: string, bytes: number }>}
 */
export async function npmPack(folder, destination) {
  mkdirSync(destination, { recursive: true })
  const command = [...npm(), 'pack', '--ignore-scripts', '--json', '--pack-destination', destination]
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const output = await run(`packing ${name}`, command, { cwd: folder })
  // npm prints warnings before its JSON.
  const [{ filename, unpackedSize }] = JSON.parse(
    output.slice(output.indexOf('['), output.lastIndexOf(']') + 1),
  )
  return { file: join(destination, filename), name, bytes: unpackedSize }
}
