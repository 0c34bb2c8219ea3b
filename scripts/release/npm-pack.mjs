import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { npm, root, run } from '../support/run.mjs'

/** Where what a release publishes is packed. */
export const PACKAGES = join(root, 'target/packages')

/**
 * Names the packages of the platforms in that of `folder`: npm installs the one that fits the machine.
 *
 * @param {string} folder
 * @param {string[]} platforms
 */
export function namePlatforms(folder, platforms) {
  const file = join(folder, 'package.json')
  const main = JSON.parse(readFileSync(file, 'utf8'))
  const names = platforms.map((platform) => [`${main.name}-${platform}`, main.version])
  const whole = { ...main, optionalDependencies: Object.fromEntries(names) }
  writeFileSync(file, `${JSON.stringify(whole, undefined, 2)}\n`)
}

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
