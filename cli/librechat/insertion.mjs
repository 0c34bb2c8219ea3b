import { Refusal } from './refusal.mjs'
import { endOf, find, lineOf, parse, startOf } from './syntax.mjs'

/**
 * Whole lines that go below a piece of LibreChat's source. The change consists of nothing else, so removing the lines
 * is its exact inverse, even if other lines of the file were edited.
 *
 * @typedef {object} Edit
 * @property {string | string[]} after patterns of {@link find}, each within what the one before it found
 * @property {string[]} insert lines, indented as the line they stand below; nothing in them looks like what is sought
 * @property {boolean} [inList] whether what is found is a part of its line, such as an entry of an object
 * @property {string} [needs] a file of the checkout without which the edit is pointless
 */

/**
 * An edit with its position and the line that it goes below.
 *
 * @typedef {{ at: number, text: string, line: number }} Insertion
 */

/**
 * @param {string} source
 * @param {string} path
 * @param {Edit[]} edits
 * @returns {Insertion[]} in the order of `edits`
 * @throws {Refusal} if one has no certain position
 */
export function place(source, path, edits) {
  const syntax = parse(source, path)
  /** @type {import('./refusal.mjs').Problem[]} */
  const problems = []
  const insertions = edits.flatMap(({ after, insert, inList = false }) => {
    let anchor = syntax.program
    for (const pattern of [after].flat()) {
      const found = find(anchor, pattern, path)
      if (found.length !== 1) {
        const lines = found.map(lineOf)
        const fault =
          lines.length === 0
            ? 'is missing. Restore it, or install a newer azure-openai-entra.'
            : `is here ${lines.length} times, in lines ${lines.join(', ')}. Keep only LibreChat's.`
        problems.push({ path, line: lines[0] ?? lineOf(anchor), message: `\`${pattern}\` ${fault}` })
        return []
      }
      anchor = found[0]
    }
    const { indent, lineBreak } = layoutAt(source, startOf(anchor))
    const end = endOf(anchor)
    const at = inList ? endOfLine(source, end) : endOfLineComment(source, syntax, anchor)
    if (endOfLine(source, at) !== at) {
      problems.push({
        path,
        line: lineOf(anchor),
        message: `\`${[after].flat().at(-1)}\` does not end its line. Put a line break after it.`,
      })
    }
    const lines = insert.map((line) => lineBreak + (line && indent + line))
    return [{ at, text: lines.join(''), line: lineOf(anchor) }]
  })
  if (problems.length > 0) throw new Refusal(problems)
  return insertions
}

/**
 * Finds lines that were inserted, even if they have moved.
 *
 * @param {string} source
 * @param {string} path
 * @param {Edit} edit
 * @returns {Insertion | undefined}
 * @throws {Refusal} if they are there more than once
 */
export function locate(source, path, { insert }) {
  let hasIndent = false
  const lines = insert.map((line) => {
    // A merge may have come between the blank line and ours.
    if (line === '') return '(?:\\r?\\n)?'
    const indent = hasIndent ? '\\1' : '([ \\t]*)'
    hasIndent = true
    return `\\r?\\n${indent}${line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`
  })
  const found = [...source.matchAll(new RegExp(`${lines.join('')}(?=\\r?\\n|$)`, 'g'))].map(
    ({ index, 0: text }) => ({ at: index, text, line: source.slice(0, index).split('\n').length }),
  )
  if (found.length > 1) {
    const at = found.map(({ line }) => line + 1).join(', ')
    const [first] = insert.filter((line) => line !== '')
    throw new Refusal([
      {
        path,
        line: found[0].line + 1,
        message: `\`${first}\` is here ${found.length} times, in lines ${at}. Keep only one.`,
      },
    ])
  }
  return found[0]
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
 * @param {Insertion[]} insertions that are there
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
 * The white space that begins a line, and how the line ends, or else the one before it.
 *
 * @param {string} source
 * @param {number} position
 */
export function layoutAt(source, position) {
  const lineStart = source.lastIndexOf('\n', position - 1) + 1
  const [indent] = /^[ \t]*/.exec(source.slice(lineStart, position)) ?? ['']
  const next = source.indexOf('\n', position)
  const breakAt = next === -1 ? lineStart - 1 : next
  return { indent, lineBreak: source[breakAt - 1] === '\r' ? '\r\n' : '\n' }
}

/**
 * The end of a position's line, without white space.
 *
 * @param {string} source
 * @param {number} position
 */
function endOfLine(source, position) {
  const next = source.indexOf('\n', position)
  const rest = source.slice(position, next === -1 ? undefined : next)
  return position + rest.trimEnd().length
}

/**
 * The end of a statement, with the comment that follows it in its last line.
 *
 * @param {string} source
 * @param {import('./syntax.mjs').Syntax} syntax
 * @param {import('./syntax.mjs').Node} node
 */
function endOfLineComment(source, { comments }, node) {
  const after = endOf(node)
  const comment = comments.find((one) => one.start >= after)
  const between = source.slice(after, comment?.start)
  return comment !== undefined && between.trim() === '' && !between.includes('\n') ? comment.end : after
}
