/**
 * Writes the container image of azure-openai-entra-proxy as an OCI archive: nothing but the program and its licences, for each
 * processor. The image holds the released programs, byte for byte, and the same sources give the same digest.
 */

import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { PROXY } from '../build-proxy.mjs'
import { root, run } from '../support/run.mjs'

/** No user of a system that the image might share with, and no name, since there is no file of names. */
const USER = '65532:65532'
const PROCESSORS = {
  x64: { architecture: 'amd64', os: 'linux' },
  arm64: { architecture: 'arm64', os: 'linux', variant: 'v8' },
}
const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

/** @typedef {import('../build-proxy.mjs').Target} Target */
/** @typedef {{ mediaType: string, digest: string, size: number }} Descriptor */

/**
 * @param {string} folder
 * @param {Target[]} targets
 * @param {string} version
 * @param {(target: Target) => string} filesOf the folder of a target's program and licences
 * @returns {Promise<string>} the archive
 */
export async function writeImage(folder, targets, version, filesOf) {
  const layout = join(folder, 'image')
  rmSync(layout, { recursive: true, force: true })
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  const created = new Date((await timeOfCommit()) * 1000).toISOString()
  const labels = {
    'org.opencontainers.image.title': PROXY,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'MIT',
    'org.opencontainers.image.source': 'https://github.com/azure-openai-entra/azure-openai-entra',
  }
  const manifests = []
  for (const target of targets) {
    const tar = await rootFileSystem(filesOf(target), folder)
    const platform = PROCESSORS[/** @type {keyof typeof PROCESSORS} */ (target.cpu)]
    const layer = blob(layout, TYPES.layer, gzipSync(tar, { level: 9 }))
    const config = blob(layout, TYPES.config, {
      created,
      ...platform,
      config: { User: USER, Entrypoint: [`/${PROXY}`], Labels: labels },
      rootfs: { type: 'layers', diff_ids: [digest(tar)] },
      history: [{ created, created_by: 'scripts/release/image.mjs' }],
    })
    const manifest = {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      config,
      layers: [layer],
      annotations: labels,
    }
    manifests.push({ ...blob(layout, TYPES.manifest, manifest), platform })
  }
  const index = blob(layout, TYPES.index, {
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests,
    annotations: labels,
  })
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': version } }
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }))
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  const archive = join(folder, `${PROXY}-${version}-image.tar`)
  await run('packing the image', [...tarOf(layout), '--file', archive])
  rmSync(layout, { recursive: true })
  return archive
}

/** The layer, as a tar. @param {string} files @param {string} folder */
async function rootFileSystem(files, folder) {
  const rootFolder = join(folder, 'image-root')
  const archive = join(folder, 'image-root.tar')
  mkdirSync(rootFolder)
  for (const [name, mode] of /** @type {[string, number][]} */ ([
    [PROXY, 0o755],
    ['LICENSES.txt', 0o644],
  ])) {
    cpSync(join(files, name), join(rootFolder, name))
    chmodSync(join(rootFolder, name), mode)
  }
  await run("packing the image's files", [...tarOf(rootFolder), '--file', archive])
  const tar = readFileSync(archive)
  rmSync(rootFolder, { recursive: true })
  rmSync(archive)
  return tar
}

/** GNU tar, told to write the same bytes for the same files. @param {string} folder */
const tarOf = (folder) => [
  'tar',
  '--create',
  '--format=ustar',
  '--sort=name',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--mtime=@0',
  `--directory=${folder}`,
  '.',
]

/** @param {string} layout @param {string} mediaType @param {Buffer | object} content @returns {Descriptor} */
function blob(layout, mediaType, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  const name = digest(bytes)
  writeFileSync(join(layout, 'blobs', name.replace(':', '/')), bytes)
  return { mediaType, digest: name, size: bytes.length }
}

/** @param {Buffer} bytes */
const digest = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function timeOfCommit() {
  const told = await run('reading the time of the commit', ['git', '-C', root, 'log', '-1', '--format=%ct'])
  return Number(told.trim())
}
