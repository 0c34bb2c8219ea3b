import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { addonFile } from '../../scripts/setup.mjs'
import { npm, root, run } from '../../scripts/support/run.mjs'
import { SECTIONS } from '../../testkit/client-table/index.mjs'

/** Where the clients are installed: outside of what is committed. */
export const FOLDER = join(root, 'target/lab/clients')

/**
 * The name under which a major version of a client is installed.
 *
 * @param {string} name
 * @param {string} [major]
 */
export const aliasOf = (name, major) =>
  major === undefined ? name : `${name.replace('@', '').replace('/', '-')}-${major}`

const clients = SECTIONS.flatMap((section) => section.clients).filter((it) => it.package !== 'node')

/** Installs the newest of every client, and this package from its archives, as its users do. */
export const installClients = async () => {
  const versions = clients.flatMap(({ package: name, majors = [undefined], beside = [] }) => [
    ...majors.map((major) =>
      major === undefined ? `${name}@latest` : `${aliasOf(name, major)}@npm:${name}@${major}`,
    ),
    ...beside,
  ])
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--no-save']
  const archives = await packed()
  await run('installing the clients', [...npm(), 'install', ...options, ...new Set(versions), ...archives], {
    cwd: FOLDER,
    minutes: 15,
  })
}

/** The archives of this package and of its addon for this machine. */
const packed = async () => {
  const addon = addonFile()
  const platform = join(FOLDER, 'platform')
  rmSync(platform, { recursive: true, force: true })
  cpSync(join(root, 'npm', addon.split('.')[1]), platform, { recursive: true })
  cpSync(join(root, addon), join(platform, addon))
  const archives = []
  for (const cwd of [platform, root]) {
    const command = [...npm(), 'pack', '--ignore-scripts', '--silent', '--pack-destination', FOLDER]
    const said = await run('packing', command, { cwd })
    archives.push(join(FOLDER, String(said.trim().split('\n').at(-1))))
  }
  return archives
}

/**
 * The version that is installed under a name, and the first major version of Node that it says it runs on.
 *
 * @param {string} alias
 * @returns {{ version: string, node: number }}
 */
export const installed = (alias) => {
  const manifest = readFileSync(join(FOLDER, 'node_modules', alias, 'package.json'), 'utf8')
  const { version, engines } = JSON.parse(manifest)
  return { version, node: Number(/\d+/.exec(engines?.node ?? '')?.[0] ?? 0) }
}
