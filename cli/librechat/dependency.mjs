import { layoutAt } from './insertion.mjs'
import { Refusal } from './refusal.mjs'
import { parse } from './syntax.mjs'

const NAME = 'azure-openai-entra'

/** Entries whose lines and neighbours LibreChat has not touched for years, so that merges leave ours alone. */
const QUIET_NEIGHBOURS = ['keyv-file', 'keyv']

/** A range as npm and this tool write it: the entry was made by hand if it is a path, a tag or an address. */
const RANGE = /^[~^]?\d+\.\d+\.\d+(-[\w.]+)?$/

/**
 * The entry of this package in a `package.json`, at any position in its section.
 *
 * @param {string} source
 * @param {string} path
 * @param {string} section `dependencies` or `peerDependencies`
 * @param {string} range
 * @returns {{ isThere: boolean, without: string, with: string } | undefined} undefined for an entry of the
 *   checkout's own
 */
export function placeDependency(source, path, section, range) {
  const entries = entriesOf(source, path, section)
  const index = entries.findIndex(({ name }) => name === NAME)
  if (index === -1) {
    const { end, start } = neighbourIn(entries)
    const { indent, lineBreak } = layoutAt(source, start)
    const text = `,${lineBreak}${indent}"${NAME}": "${range}"`
    return { isThere: false, without: source, with: source.slice(0, end) + text + source.slice(end) }
  }
  const { value, start, end } = entries[index]
  if (!RANGE.test(value)) return undefined
  const before = entries[index - 1]
  const after = entries[index + 1]
  const without = before
    ? source.slice(0, before.end) + source.slice(end)
    : source.slice(0, start) + source.slice(after?.start ?? end)
  return { isThere: true, without, with: source }
}

/**
 * @typedef {import('./syntax.mjs').AnyNode} AnyNode
 * @typedef {{ name: string, value: string, start: number, end: number }} Entry
 * @param {Entry[]} entries
 * @returns {Entry} the entry that this package's goes behind
 */
function neighbourIn(entries) {
  for (const name of QUIET_NEIGHBOURS) {
    const quiet = entries.find((entry) => entry.name === name)
    if (quiet !== undefined) return quiet
  }
  // Behind the last that comes before it in the alphabet, or else behind the first.
  const next = entries.findIndex(({ name }) => name > NAME)
  return entries[Math.max((next === -1 ? entries.length : next) - 1, 0)]
}

/**
 * @param {string} source
 * @param {string} path
 * @param {string} section
 * @returns {Entry[]}
 */
function entriesOf(source, path, section) {
  const program = /** @type {AnyNode} */ (parse(source, path).program)
  const found = program.properties?.find((/** @type {AnyNode} */ { key }) => key.value === section)
  const entries = found?.value.properties ?? []
  if (entries.length === 0)
    throw new Refusal([{ path, line: 1, message: `There are no ${section}. Restore LibreChat's.` }])
  return entries.map((/** @type {AnyNode} */ { key, value, start, end }) => ({
    name: key.value,
    value: value.value,
    start,
    end,
  }))
}
