import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import { manifestOf, printable, textOfFile } from '../foreign-text.mjs'
import { usesIn } from './uses.mjs'

/** @typedef {{ name: string, version: string, uses: string[] }} User a package, or the app itself, that uses the module */

const SOURCE = /\.(?:[cm]?js|[cm]?tsx?|jsx)$/
/** Larger ones are bundles of data. */
const MOST_BYTES = 8 * 1024 * 1024
/** These use themselves. */
const OWN = /^(?:@azure\/identity(?:-real)?|azure-openai-entra(?:-.+)?)$/
const NOT_SOURCE = new Set(['node_modules', '.git'])

/**
 * Everything below `folder` that uses `@azure/identity`: the packages that are installed, and the app's own files.
 *
 * @param {string} folder
 * @returns {User[]}
 */
export function usersIn(folder) {
  /** @type {Map<string, User>} */
  const users = new Map()
  const app = realpathSync(folder)
  for (const root of packagesIn(app)) {
    const { name = '', version = '' } = root === app ? { name: 'this app' } : nameOf(root)
    if (OWN.test(name)) continue
    const uses = new Set(filesIn(root).flatMap((file) => usesIn(textOfFile(file, MOST_BYTES) ?? '')))
    if (uses.size > 0) users.set(root, { name, version, uses: [...uses].toSorted() })
  }
  return [...users.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version),
  )
}

/**
 * The folders of all packages, also nested ones and those of pnpm's store, each once.
 *
 * @param {string} app without links in its path
 * @returns {Set<string>}
 */
function packagesIn(app) {
  /** @type {Set<string>} */
  const found = new Set()
  const queue = [app]
  for (const root of queue) {
    if (found.has(root)) continue
    found.add(root)
    for (const name of namesIn(join(root, 'node_modules'))) {
      try {
        queue.push(realpathSync(join(root, 'node_modules', name)))
      } catch {
        // A link to nothing, as an optional package leaves behind.
      }
    }
  }
  return found
}

/**
 * The packages of a `node_modules`, with their scopes, and those that pnpm keeps beside them.
 *
 * @param {string} modules
 */
function namesIn(modules) {
  return entriesOf(modules).flatMap(({ name }) => {
    if (name.startsWith('@')) return entriesOf(join(modules, name)).map((entry) => `${name}/${entry.name}`)
    if (name === '.pnpm') return entriesOf(join(modules, name)).map((entry) => `${name}/${entry.name}`)
    return name.startsWith('.') ? [] : [name]
  })
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_SOURCE.has(entry.name) ? [] : filesIn(path)
    return entry.isFile() && SOURCE.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // No folder, or not for this user to read.
    return []
  }
}

/**
 * @param {string} folder
 * @returns {{ name?: string, version?: string }} without what is no text
 */
export function nameOf(folder) {
  const { name, version } = manifestOf(folder) ?? {}
  return { name: lineOf(name), version: lineOf(version) }
}

/** @param {unknown} value */
function lineOf(value) {
  return typeof value === 'string' ? printable(value) : undefined
}
