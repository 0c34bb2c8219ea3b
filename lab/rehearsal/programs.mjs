/** The ways in which users get azure-openai-entra-proxy. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { PROXY } from '../../scripts/build-proxy.mjs'
import { debianPackages } from '../../scripts/platforms/debian.mjs'
import { wheelNode } from '../../scripts/platforms/runtimes.mjs'
import { npm, root, run } from '../../scripts/support/run.mjs'
import { unpackImage } from './image-root.mjs'

/**
 * @typedef {Pick<ReturnType<typeof import('../support/project.mjs').makeProject>, 'folder' | 'install'> & {
 *   packages: string, version: string,
 * }} Place
 *   `packages` is the folder of what a release publishes
 *
 * @typedef {{ name: string, platform: string, inTerminal?: boolean, get: (place: Place) => Promise<string[]> }} Program
 *   `get` gives the command that starts it, and `inTerminal` says that it ends by Ctrl+C
 */

/** @type {Program[]} */
export const PROGRAMS = [
  {
    // On Node 20, which waits beside the program. npm passes SIGTERM on to a shell only, and the program stays.
    inTerminal: true,
    name: 'npx azure-openai-entra-proxy',
    platform: 'linux-x64',
    get: async () => [...npm(), 'exec', '--yes', '--', PROXY],
  },
  {
    name: 'npm install, on Node 24, which becomes the program',
    platform: 'linux-x64',
    get: async ({ folder, install }) => {
      await install([...npm(), 'install', PROXY])
      const node = await wheelNode('24', 'manylinux_2_28_x86_64')
      return [node, join(folder, 'node_modules', PROXY, `${PROXY}.js`)]
    },
  },
  {
    name: 'pip install',
    platform: 'linux-x64',
    get: async ({ folder, install, packages }) => {
      await install(['python3', '-m', 'venv', 'python'])
      await install(['python/bin/pip', 'install', '--quiet', '--no-index', '--find-links', packages, PROXY])
      return [join(folder, 'python/bin', PROXY)]
    },
  },
  {
    name: 'cargo install --path proxy',
    platform: 'linux-x64',
    get: async ({ folder }) => {
      // With the sources' own folder of builds, because what is compiled already need not be compiled again.
      const place = ['--root', join(folder, 'cargo'), '--target-dir', join(root, 'target')]
      await run('installing with cargo', ['cargo', 'install', '--path', 'proxy', '--locked', ...place])
      return [join(folder, 'cargo/bin', PROXY)]
    },
  },
  {
    name: 'the archive for linux-x64',
    platform: 'linux-x64',
    get: async (place) => [await fromArchive('linux-x64', place)],
  },
  {
    name: 'the archive for linux-arm64, emulated',
    platform: 'linux-arm64',
    get: async (place) => {
      await debianPackages(['qemu-user'])
      return ['qemu-aarch64', await fromArchive('linux-arm64', place)]
    },
  },
  {
    name: "the image's files, read-only and without a user of this system",
    platform: 'linux-x64',
    get: async ({ folder, packages, version }) => {
      const image = await unpackImage(join(packages, `${PROXY}-${version}-image.tar`), folder)
      const mounted = `mount --bind ${image.root} ${image.root} && mount -o remount,ro,bind ${image.root}`
      const enter = `exec unshare --map-user=${image.user} --map-group=${image.group} --root=${image.root} "$@"`
      return [
        'unshare',
        '--map-root-user',
        '--mount',
        'sh',
        '-c',
        `${mounted} && ${enter}`,
        'sh',
        ...image.entrypoint,
      ]
    },
  },
]

/** @param {string} platform @param {Place} place */
const fromArchive = async (platform, { folder, packages, version }) => {
  const into = join(folder, 'unpacked')
  mkdirSync(into)
  const archive = join(packages, `${PROXY}-${version}-${platform}.tar.gz`)
  await run('unpacking the archive', ['tar', '--extract', '--file', archive, '--directory', into])
  return join(into, PROXY)
}
