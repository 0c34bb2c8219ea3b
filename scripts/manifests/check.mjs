/**
 * Compares the examples' manifests with the types of what takes them: names that do not exist, values of another type,
 * and what is required and missing.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parseAllDocuments } from 'yaml'

import { root, tool } from '../support/run.mjs'

const KUBERNETES = 'kubernetes-types'
const CONTAINER_APPS = '@azure/arm-appcontainers/dist/esm/models/models.js'

/**
 * @param {string} text of Kubernetes' manifests
 * @returns {string[]} what is wrong
 */
export function checkKubernetes(text) {
  return check(
    documentsIn(text).map((document) => {
      const { apiVersion = '', kind = '' } = document
      // The core group has no name, and the types no suffix of the others' domains.
      const [version, group = 'core'] = String(apiVersion).split('/').toReversed()
      const place = `${KUBERNETES}/${group.replace(/\.k8s\.io$/, '')}/${version}`
      return { type: `import(${quoted(place)}).${kind}`, document }
    }),
  )
}

/**
 * @param {string} text of a file that `az containerapp create --yaml` takes
 * @returns {string[]} what is wrong
 */
export function checkContainerApp(text) {
  const models = `import(${quoted(CONTAINER_APPS)})`
  const type = `Pick<${models}.ContainerApp, 'identity'> & { properties: ${models}.ContainerAppProperties }`
  return check(documentsIn(text).map((document) => ({ type, document })))
}

/** @param {string} text */
function documentsIn(text) {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS()
  })
}

/** @param {string} place of types below this folder's node_modules */
function quoted(place) {
  return JSON.stringify(fileURLToPath(new URL(`node_modules/${place}`, import.meta.url)))
}

/**
 * Has the compiler look at the documents as objects that are written down, of which it takes no unknown member.
 *
 * @param {{ type: string, document: object }[]} typed
 * @returns {string[]}
 */
function check(typed) {
  const parent = join(root, 'target')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'manifests-'))
  try {
    const lines = typed.flatMap(({ type, document }, nth) =>
      `export const document${nth}: ${type} = ${JSON.stringify(document, undefined, 1)}`.split('\n'),
    )
    const file = join(folder, 'manifests.ts')
    writeFileSync(file, lines.join('\n'))
    const flags = ['--strict', '--noEmit', '--ignoreConfig', '--skipLibCheck', '--pretty', 'false']
    const resolution = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler']
    const [program, ...args] = [...tool('tsc', 'typescript'), ...flags, ...resolution, '--types', '', file]
    const { stdout, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 })
    const faults = [...stdout.matchAll(/\((\d+),\d+\): error TS\d+: (.*)/g)]
    if (status !== 0 && faults.length === 0) throw new Error(`tsc ended with ${status}: ${stdout}`)
    return faults.map(([, line, what]) => `${lines[Number(line) - 1].trim()} … ${what}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
