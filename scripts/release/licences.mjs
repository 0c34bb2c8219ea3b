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
 * Our own licence, and each text that the crates come with, once, under the names of those that have it and the copyrights
 * that stand in theirs.
 *
 * @param {string} triple
 * @param {string} [crate] whose build holds them
 */
export async function licencesOf(triple, crate = 'azure-openai-entra') {
  /** @type {Map<string, { text: string, holders: string[] }>} */
  const parts = new Map()
  for (const each of await cratesOf(triple, crate)) {
    const label = `${each.name} ${each.version} (${each.license})`
    for (const whole of textsOf(each)) {
      const { copyrights, text } = withoutCopyrights(whole)
      const key = text.replaceAll(/\s+/g, ' ')
      const part = parts.get(key) ?? { text, holders: [] }
      part.holders.push([label, ...copyrights].join('\n'))
      parts.set(key, part)
    }
  }
  const told = [...parts.values()].map(({ text, holders }) => `${holders.join('\n')}\n\n${text}`)
  const own = readFileSync(join(root, 'LICENSE'), 'utf8').trim()
  return `${[own, 'It is built from these as well:', ...told].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** A longer one, such as Apache's, speaks of copyrights itself. */
const SHORT = 4096

/** The lines of a short text that differ from crate to crate, and the rest. @param {string} whole */
function withoutCopyrights(whole) {
  if (whole.length > SHORT) return { copyrights: [], text: whole }
  const isCopyright = (/** @type {string} */ line) =>
    /^\s*(?:copyright|©)\b.*\d{4}|^\s*copyright \(c\)/i.test(line)
  const lines = whole.split('\n')
  const copyrights = lines.filter(isCopyright).map((line) => `  ${line.trim()}`)
  const rest = lines.filter((line) => !isCopyright(line)).join('\n')
  return { copyrights, text: rest.replaceAll(/\n{3,}/g, '\n\n').trim() }
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
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => name)
  const texts = chosen(names, license).map((name) =>
    readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim(),
  )
  return texts.length > 0 ? texts : [`Licensed under ${license}; the crate holds no text of it.`]
}

/** An alternative that is offered beside MIT. */
const OTHER = /^licen[cs]e[-_.](?:apache|zlib|unlicen[cs]e|bsl|boost|0bsd|cc0)/i

/**
 * The files that accompany a crate. If it leaves the choice of a licence, these are MIT's, whose text is the shortest.
 *
 * @param {string[]} names
 * @param {string} license as an SPDX expression; older crates write a slash for OR
 */
export function chosen(names, license) {
  const isChoice = /^MIT(?: OR |\/)|(?: OR |\/)MIT(?:$| OR |\/)/.test(license) && !/ AND /.test(license)
  const holdsMit = names.some((name) => /^licen[cs]e[-_.]mit/i.test(name))
  return isChoice && holdsMit ? names.filter((name) => !OTHER.test(name)) : names
}
