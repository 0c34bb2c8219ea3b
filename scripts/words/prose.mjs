/** Finds what a person reads in a file: text of Markdown; comments and strings of code. */

import { parse } from '@babel/parser'

/** @typedef {import('../structure/javascript.mjs').AnyNode} AnyNode */

/** Stands for what is no prose, so that no pattern reaches over it. */
const GAP = '\0'

const RUST =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<!\w)b?r(#*)"[\s\S]*?"\1|(?<!\w)b?"(?:\\[\s\S]|[^"\\])*"|'(?:\\[^\n']+|[^\\'\n])'/g
const HASH_COMMENTS = /#[^\n]*/g
const TERRAFORM = /#[^\n]*|"(?:\\[\s\S]|[^"\\])*"/g
/** Fenced blocks, code in the line, links' targets, and comments that mark generated parts. */
const NOT_MARKDOWN = /^ *```[\s\S]*?^ *```|`[^`\n]*`|\]\([^)\s]*\)|<!--[\s\S]*?-->/gm
/** Code in a comment or a message. */
const CODE = /`[^`\n]*`|\$\{[^}]*\}|\{[^}\n]*\}/g
/** The white space and signs at the start of a comment's lines. */
const LEADER = /^[ \t]*(?:\/\/[/!]?|\/\*\*?|\*(?!\/))/gm

/** @type {Record<string, (text: string) => string>} */
const BY_ENDING = {
  md: (text) => text.replace(NOT_MARKDOWN, blank),
  rs: (text) => keep(text, [...text.matchAll(RUST)].filter(([it]) => !it.startsWith("'")).map(span)),
  tf: (text) => keep(text, [...text.matchAll(TERRAFORM)].map(span)),
  hcl: (text) => keep(text, [...text.matchAll(TERRAFORM)].map(span)),
  toml: (text) => keep(text, [...text.matchAll(HASH_COMMENTS)].map(span)),
  yml: (text) => keep(text, [...text.matchAll(HASH_COMMENTS)].map(span)),
  yaml: (text) => keep(text, [...text.matchAll(HASH_COMMENTS)].map(span)),
  js: javascript,
  mjs: javascript,
  cjs: javascript,
  ts: javascript,
  mts: javascript,
}

/**
 * The prose of a file, with every character where it was and everything else blanked; undefined if it has none.
 *
 * @param {string} file
 * @param {string} text
 */
export function proseOf(file, text) {
  return BY_ENDING[file.split('.').at(-1) ?? '']?.(text)
}

/** @param {string} text */
function javascript(text) {
  const { tokens } = parse(text, {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowAwaitOutsideFunction: true,
    tokens: true,
    plugins: ['typescript'],
  })
  const isProse = (/** @type {AnyNode} */ { type }) =>
    type === 'CommentLine' || type === 'CommentBlock' || type.label === 'string' || type.label === 'template'
  return keep(
    text,
    (tokens ?? []).filter(isProse).map(({ start, end }) => [start, end]),
  )
}

/** @param {RegExpMatchArray} match @returns {[number, number]} */
function span(match) {
  const start = match.index ?? 0
  return [start, start + match[0].length]
}

/**
 * @param {string} text
 * @param {[number, number][]} spans in their order
 */
function keep(text, spans) {
  let result = ''
  let end = 0
  for (const [from, to] of spans) {
    const between = text.slice(end, from)
    // Two comments on neighbouring lines are one text.
    result += between.trim() === '' && text.slice(from).startsWith('//') ? between : blank(between)
    result += text.slice(from, to).replace(LEADER, spaces).replace(CODE, blank)
    end = to
  }
  return result + blank(text.slice(end))
}

/** @param {string} text */
function blank(text) {
  return text.replaceAll(/[^\n]/g, GAP)
}

/** @param {string} text */
function spaces(text) {
  return ' '.repeat(text.length)
}
