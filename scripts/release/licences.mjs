/** The licences of the crates in what is built for a platform, because they must accompany it. */

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root, run } from '../support/run.mjs'

const LICENCE_FILE = /^(?:licen[cs]e|copying|copyright|notice|unlicense)/i

/**
 * @typedef {{ id: string, name: string, version: string, license: string, source: string | null, manifest_path: string, targets: { kind: string[] }[] }} Crate
 * @typedef {{ id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }} Node
 */

/**
 * Our own licence, and each text that the crates come with, once, under the names of those that have it.
 *
 * @param {string} triple
 * @param {string} [crate] whose build holds them
 */
export async function licencesOf(triple, crate = 'azure-openai-entra') {
  /** @type {Map<string, string[]>} */
  const holders = new Map()
  for (const each of await cratesOf(triple, crate)) {
    const label = `${each.name} ${each.version} (${each.license})`
    for (const text of textsOf(each)) holders.set(text, [...(holders.get(text) ?? []), label])
  }
  const parts = [...holders].map(([text, names]) => `${names.join('\n')}\n\n${text}`)
  const own = readFileSync(join(root, 'LICENSE'), 'utf8').trim()
  return `${[own, 'It is built from these as well:', ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/**
 * The crates of others whose code is in the build of a crate: not those that only build or test it, nor macros.
 *
 * @param {string} triple
 * @param {string} crate
 */
async function cratesOf(triple, crate) {
  const command = ['cargo', 'metadata', '--locked', '--format-version', '1', '--filter-platform', triple]
  const output = await run(`listing the crates for ${triple}`, command)
  // cargo says on stderr what it fetches.
  const { packages, resolve } = JSON.parse(/^\{.*$/m.exec(output)?.[0] ?? '')
  const crates = /** @type {Map<string, Crate>} */ (byId(packages))
  const nodes = /** @type {Map<string, Node>} */ (byId(resolve.nodes))
  const isMacro = (/** @type {string} */ id) =>
    crates.get(id)?.targets.some(({ kind }) => kind.includes('proc-macro'))
  const found = new Set(packages.filter((/** @type {Crate} */ { name }) => name === crate).map(idOf))
  // A walk over a set comes to what is added meanwhile.
  for (const id of found)
    for (const { pkg, dep_kinds: kinds } of nodes.get(id)?.deps ?? [])
      if (kinds.some(({ kind }) => kind === null) && !isMacro(pkg)) found.add(pkg)
  return [...crates.values()].filter(({ id, source }) => found.has(id) && source !== null)
}

/** @param {{ id: string }} of */
const idOf = ({ id }) => id

/** @param {{ id: string }[]} entries */
const byId = (entries) => new Map(entries.map((entry) => [entry.id, entry]))

/** A crate without a licence file names its licence only in its manifest. @param {Crate} crate */
function textsOf({ manifest_path: manifest, license }) {
  const folder = dirname(manifest)
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
  return files.length > 0 ? files : [`Licensed under ${license}; the crate holds no text of it.`]
}
