import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../../scripts/support/run.mjs'

/**
 * What a container runtime would run of an image's archive on this machine: its files, its user and its program.
 *
 * @param {string} archive
 * @param {string} folder with the `ca.pem` that the program is to trust
 */
export const unpackImage = async (archive, folder) => {
  const layout = join(folder, 'layout')
  const root = join(folder, 'root')
  for (const place of [layout, root]) mkdirSync(place)
  await run('unpacking the image', ['tar', '--extract', '--file', archive, '--directory', layout])
  const pathOf = (/** @type {{ digest: string }} */ { digest }) =>
    join(layout, 'blobs', digest.replace(':', '/'))
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'))
  const [named] = read(join(layout, 'index.json')).manifests
  const { digest } = read(pathOf(named)).manifests.find(
    (/** @type {{ platform: { architecture: string } }} */ { platform }) => platform.architecture === 'amd64',
  )
  const { layers, config: described } = read(pathOf({ digest }))
  for (const layer of layers)
    await run('unpacking a layer', [
      'tar',
      '--extract',
      '--gzip',
      '--file',
      pathOf(layer),
      '--directory',
      root,
    ])
  cpSync(join(folder, 'ca.pem'), join(root, 'ca.pem'))
  // Every container runtime adds it.
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  const { config } = read(pathOf(described))
  const [user, group] = config.User.split(':')
  return { root, user, group, entrypoint: /** @type {string[]} */ (config.Entrypoint) }
}
