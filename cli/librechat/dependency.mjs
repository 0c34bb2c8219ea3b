import { layoutAt, parse } from './insertion.mjs'
import { Refusal } from './refusal.mjs'

const NAME = 'azure-openai-entra'

/**
 * The entry of this package in a `package.json`, as an insertion like those in source.
 *
 * @param {string} source
 * @param {string} path
 * @param {string} section `dependencies` or `peerDependencies`
 * @param {string} range
 * @returns {import('./insertion.mjs').Insertion[] | undefined} undefined for an entry that somebody else made
 */
export function placeDependency(source, path, section, range) {
  const entries = entriesOf(source, path, section)
  const own = entries.findIndex(({ name }) => name === NAME)
  const others = entries.filter(({ name }) => name !== NAME)
  const next = others.findIndex(({ name }) => name > NAME)
  // Behind the last that comes before it in the alphabet, or else behind the first.
  const before = others[Math.max((next === -1 ? others.length : next) - 1, 0)]
  if (before === undefined) return undefined
  const { indent, lineBreak } = layoutAt(source, before.start)
  // A range that was raised since is as good as the one that was written.
  const text = `,${lineBreak}${indent}"${NAME}": "${own === -1 ? range : entries[own].value}"`
  if (own !== -1 && !source.startsWith(text, before.end)) return undefined
  return [{ at: before.end, text, line: before.line }]
}

/**
 * @param {string} source
 * @param {string} path
 * @param {string} section
 * @returns {{ name: string, value: string, line: number, start: number, end: number }[]}
 */
function entriesOf(source, path, section) {
  const program = /** @type {any} */ (parse(source, path).program)
  const found = program.properties?.find((/** @type {any} */ { key }) => key.value === section)
  const entries = found?.value.properties ?? []
  if (entries.length === 0) throw new Refusal([{ path, line: 1, message: `there are no ${section}` }])
  return entries.map((/** @type {any} */ { key, value, start, end, loc }) => ({
    name: key.value,
    value: value.value,
    line: loc.start.line,
    start,
    end,
  }))
}
