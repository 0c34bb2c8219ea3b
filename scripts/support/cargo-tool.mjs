/** Programs of the Rust project's registry that only some commands need. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { root, run } from './run.mjs'

/**
 * The path of such a program, installed below `target/` when it is first needed.
 *
 * @param {string} name of the crate, and of its program
 * @param {string} version
 */
export async function cargoTool(name, version) {
  const folder = join(root, 'target/tools', `${name}-${version}`)
  const program = join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  const install = ['cargo', 'install', '--locked', '--root', folder, '--version', version, name]
  if (!existsSync(program)) await run(`installing ${name} ${version}`, install)
  return program
}
