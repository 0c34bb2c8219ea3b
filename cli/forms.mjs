import { described, kindOf, quoted, shown } from '#shown'

import { inLine } from './foreign-text.mjs'

/**
 * Forms of values that only this tool shows, beside those of `lib/shown.js`.
 */

/** Words are shown only by themselves: a phrase may be a password. @param {string} text */
const isPhrase = (text) => /[\s,;]/.test(text.trim())

/** `text` in quotation marks if it is one word, as in a sentence. @param {string} text */
export const quotedWord = (text) => (isPhrase(text) ? described(text) : quoted('words', text))

/**
 * Whether no part of a name looks like a key: each must be as a label of a host's name.
 *
 * @param {string} text
 */
export function isKeyless(text) {
  const parts = text.split(/[^A-Za-z0-9-]+/).map((part) => part.replaceAll(/^-+|(?<!-)-+$/g, ''))
  return kindOf(text) === undefined && parts.every((part) => part === '' || shown('host', part) === part)
}

/**
 * A path as one word of a shell, to copy with its command. A placeholder stands for a path that no quotation marks make safe to
 * print, or to paste into either shell of Windows.
 *
 * @param {string} path
 * @param {NodeJS.Platform} [platform]
 */
export function pathInCommand(path, platform = process.platform) {
  // Not an option.
  const text = path.startsWith('-') ? `./${path}` : path
  const isWindows = platform === 'win32'
  if (inLine(text) !== text) return '<path>'
  if ((isWindows ? /^[\w./:\\-]+$/ : /^[\w./:@%+=,-]+$/).test(text)) return text
  if (!isWindows) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  return /[%!"`$\u201C-\u201E]/.test(text) || text.endsWith('\\') ? '<path>' : `"${text}"`
}

/** A variable's name: only a short part of it may have digits. @param {string} text */
export const isVariable = (text) =>
  text.length <= 80 && text.split('_').every((part) => /^(?:[A-Z]{0,24}|[A-Z\d]{1,8})$/.test(part))
