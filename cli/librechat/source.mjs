import { insertAll, locate, place, removeAll } from './insertion.mjs'
import { Refusal } from './refusal.mjs'
import { containerAt, declaredNames, descendants, endOf, parse, parseFile, startOf } from './syntax.mjs'

/**
 * @typedef {import('./insertion.mjs').Edit} Edit
 * @typedef {import('./insertion.mjs').Insertion} Insertion
 * @typedef {import('./refusal.mjs').Problem} Problem
 * @typedef {import('./syntax.mjs').Node} Node
 */

/** What every changed file imports. */
const OWN_MODULES = ['azure-openai-entra', './entraId']

/**
 * The lines of the change that a file has.
 *
 * @param {string} source
 * @param {string} path
 * @param {Edit[]} edits
 * @returns {{ base: string, found: (Insertion | undefined)[] }} the file without them
 */
export function takeOut(source, path, edits) {
  const found = edits.map((edit) => locate(source, path, edit))
  return { base: removeAll(source, found.filter(isThere)), found }
}

/**
 * Puts the change into a file that has nothing of it.
 *
 * @param {string} base
 * @param {string} path
 * @param {Edit[]} edits
 * @throws {Refusal} if there is no certain position, or the result would not be what it should
 */
export function putIn(base, path, edits) {
  const insertions = place(base, path, edits)
  const result = insertAll(base, insertions)
  const clashes = clashesOf(base, result, path, insertions)
  if (clashes.length > 0) throw new Refusal(clashes)
  parse(result, path, 'With the change, this file does not parse. Report this, with the file.')
  return result
}

/**
 * Whether a file has the whole of a change, or nothing of it.
 *
 * @param {string} source
 * @param {string} path
 * @param {Edit[]} edits
 * @param {(Insertion | undefined)[]} found
 * @throws {Refusal} if it has a part
 */
export function isInPlace(source, path, edits, found) {
  const missing = edits.filter((_, index) => found[index] === undefined)
  if (missing.length === 0) return true
  const own = [...descendants(parse(source, path).program)].find(
    (node) => node.type === 'StringLiteral' && OWN_MODULES.includes(node.value),
  )
  if (missing.length === edits.length && own === undefined) return false
  throw new Refusal(
    place(source, path, missing).map(({ line, text }) => ({
      path,
      line,
      message: `A part of the change is missing: \`${text.trim().split('\n', 1)[0].trimEnd()}\` below this line. Run with --update.`,
    })),
  )
}

/**
 * Lines of the change can be further below after an edit or a merge, but must be in the same block.
 *
 * @param {string} base
 * @param {string} path
 * @param {Edit[]} edits
 * @param {Insertion[]} found their positions in the file with the change
 * @throws {Refusal} if they are elsewhere
 */
export function expectBelow(base, path, edits, found) {
  const { program } = parse(base, path)
  const problems = place(base, path, edits).flatMap(({ at }, index) => {
    const own = found[index]
    const before = found.filter((other) => other.at < own.at)
    const position = before.reduce((sum, { text }) => sum - text.length, own.at)
    if (position >= at && containerAt(program, position) === containerAt(program, at)) return []
    const anchor = [edits[index].after].flat().at(-1)
    return [{ path, line: own.line + 1, message: `This line is not below \`${anchor}\`. Run with --update.` }]
  })
  if (problems.length > 0) throw new Refusal(problems)
}

/**
 * Uses of a name in the scope in which the change declares it: two declarations, or a declaration that hides another.
 *
 * @param {string} base
 * @param {string} result
 * @param {string} path
 * @param {Insertion[]} insertions into `base`
 * @returns {Problem[]}
 */
function clashesOf(base, result, path, insertions) {
  const { program } = parseFile(result, path, { recovers: true })
  let shift = 0
  const ranges = insertions
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, text }) => {
      const start = at + shift
      shift += text.length
      return { start, end: start + text.length, scope: containerAt(program, start), shift }
    })
  /** @param {Node} node */
  const rangeOf = (node) => ranges.find(({ start, end }) => startOf(node) >= start && startOf(node) < end)

  /** @type {Map<string, Node>} */
  const own = new Map()
  for (const node of descendants(program)) {
    const scope = rangeOf(node)?.scope
    if (scope !== undefined) for (const name of declaredNames(node)) own.set(name, scope)
  }

  const members = new Set()
  /** @type {Map<string, Problem>} */
  const clashes = new Map()
  for (const node of descendants(program)) {
    // A name after a dot is not of the scope.
    if (node.type === 'MemberExpression' && !node.computed) members.add(node.property)
    if (node.type !== 'Identifier' || members.has(node) || rangeOf(node) !== undefined) continue
    const scope = own.get(node.name)
    if (scope === undefined || startOf(node) < startOf(scope) || endOf(node) > endOf(scope)) continue
    const before = ranges.findLast(({ end }) => end <= startOf(node))
    const line = base.slice(0, startOf(node) - (before?.shift ?? 0)).split('\n').length
    const message = `\`${node.name}\` is a name of the change. Delete or rename this one.`
    clashes.set(`${line} ${node.name}`, { path, line, message })
  }
  return [...clashes.values()]
}

/**
 * @param {Insertion | undefined} insertion
 * @returns {insertion is Insertion}
 */
export const isThere = (insertion) => insertion !== undefined
