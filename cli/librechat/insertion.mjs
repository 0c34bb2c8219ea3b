import { Refusal } from './refusal.mjs'
import { descendants, find, parseFile } from './syntax.mjs'

/**
 * Lines that are put behind a piece of LibreChat's source. The change consists of nothing else, so taking the lines
 * out again is its exact inverse, whatever else was edited in the file.
 *
 * @typedef {object} Edit
 * @property {string | string[]} after patterns of {@link find}, each within what the one before it found
 * @property {string[]} insert lines, indented as the line they stand below; nothing in them looks like what is sought
 * @property {',' | ';'} [separator] ends what the lines are put behind, in a list
 * @property {string} [needs] a file of the checkout without which the edit is pointless
 */

/**
 * An edit, placed.
 *
 * @typedef {{ at: number, text: string, line: number }} Insertion
 */

/** What every changed file names. */
const OWN_MODULES = ['azure-openai-entra', './entraId']

/**
 * @param {string} source
 * @param {string} path
 * @param {Edit[]} edits
 * @returns {Insertion[]} in the order of `edits`
 * @throws {Refusal} where one cannot be placed for sure
 */
export function place(source, path, edits) {
  const syntax = parse(source, path)
  /** @type {import('./refusal.mjs').Problem[]} */
  const problems = []
  const insertions = edits.flatMap(({ after, insert, separator = '' }) => {
    let anchor = syntax.program
    for (const pattern of [after].flat()) {
      const found = find(anchor, pattern, path)
      if (found.length !== 1) {
        const lines = found.map(lineOf)
        const times =
          lines.length === 0 ? 'is not found' : `is found ${lines.length} times, in lines ${lines.join(', ')}`
        problems.push({ path, line: lines[0] ?? lineOf(anchor), message: `\`${pattern}\` ${times}` })
        return []
      }
      anchor = found[0]
    }
    const at = separator === '' ? endOfLineComment(source, syntax, anchor) : end(anchor)
    const { indent, lineBreak } = layoutAt(source, start(anchor))
    const lines = insert.map((line) => lineBreak + (line && indent + line))
    return [{ at, text: separator + lines.join(''), line: lineOf(anchor) }]
  })
  if (problems.length > 0) throw new Refusal(problems)
  return insertions
}

/**
 * Whether a file has the whole of a change, or nothing of it.
 *
 * @param {string} source
 * @param {string} path
 * @param {Insertion[]} insertions
 * @throws {Refusal} where it has a part
 */
export function isInPlace(source, path, insertions) {
  const missing = insertions.filter(({ at, text }) => !source.startsWith(text, at))
  if (missing.length === 0) return true
  const own = [...descendants(parse(source, path).program)].find(
    (node) => node.type === 'StringLiteral' && OWN_MODULES.includes(node.value),
  )
  if (missing.length === insertions.length && own === undefined) return false
  throw new Refusal(
    missing.map(({ line, text }) => ({
      path,
      line,
      message: `the change is here in part: below this line there should be \`${text.trim().split('\n', 1)[0].trimEnd()}\``,
    })),
  )
}

/**
 * @param {string} source
 * @param {Insertion[]} insertions
 */
export function insertAll(source, insertions) {
  return lastFirst(insertions).reduce(
    (text, { at, text: own }) => text.slice(0, at) + own + text.slice(at),
    source,
  )
}

/**
 * @param {string} source
 * @param {Insertion[]} insertions that are in place
 */
export function removeAll(source, insertions) {
  return lastFirst(insertions).reduce(
    (text, { at, text: own }) => text.slice(0, at) + text.slice(at + own.length),
    source,
  )
}

/** @param {Insertion[]} insertions */
function lastFirst(insertions) {
  return insertions.toSorted((one, other) => other.at - one.at)
}

/**
 * @param {string} source
 * @param {string} path
 */
export function parse(source, path) {
  try {
    return parseFile(source, path)
  } catch (error) {
    const { message, loc } = /** @type {SyntaxError & { loc?: { line: number } }} */ (error)
    throw new Refusal([{ path, line: loc?.line ?? 1, message: `cannot be read: ${message}` }])
  }
}

/**
 * The white space that begins a line, and how the line ends, or else the one before it.
 *
 * @param {string} source
 * @param {number} position
 */
export function layoutAt(source, position) {
  const lineStart = source.lastIndexOf('\n', position - 1) + 1
  const line = source.slice(lineStart, position)
  const indent = line.slice(0, line.length - line.trimStart().length)
  const next = source.indexOf('\n', position)
  const breakAt = next === -1 ? lineStart - 1 : next
  return { indent, lineBreak: source[breakAt - 1] === '\r' ? '\r\n' : '\n' }
}

/**
 * Where a statement ends, with the comment that follows it in its last line.
 *
 * @param {string} source
 * @param {import('./syntax.mjs').Syntax} syntax
 * @param {import('./syntax.mjs').Node} node
 */
function endOfLineComment(source, { comments }, node) {
  const after = end(node)
  const comment = comments.find((one) => one.start >= after)
  const between = source.slice(after, comment?.start)
  return comment !== undefined && between.trim() === '' && !between.includes('\n') ? comment.end : after
}

/** @param {import('./syntax.mjs').Node} node */
const start = (node) => /** @type {number} */ (node.start)
/** @param {import('./syntax.mjs').Node} node */
const end = (node) => /** @type {number} */ (node.end)
/** @param {import('./syntax.mjs').Node} node */
const lineOf = (node) => node.loc?.start.line ?? 1
