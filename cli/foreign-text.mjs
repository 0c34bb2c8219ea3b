import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** No package.json, environment file or bundle of CA certificates comes near it. */
const MOST_BYTES = 16 * 1_048_576

/**
 * The text of a foreign file; none if it cannot be read, is larger than `most` bytes, or is a pipe or a device, which
 * might never end.
 *
 * @param {string} path
 * @param {number} [most]
 * @returns {string | undefined}
 */
export function textOfFile(path, most = MOST_BYTES) {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= most ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

/**
 * The `package.json` of a folder.
 *
 * @param {string} folder
 * @returns {Record<string, unknown> | undefined} none if it is not there, or holds no object
 */
export function manifestOf(folder) {
  try {
    const manifest = JSON.parse(textOfFile(join(folder, 'package.json')) ?? '')
    return manifest !== null && typeof manifest === 'object' ? manifest : undefined
  } catch {
    return undefined
  }
}

/**
 * In one line, each character in its place, without what moves a terminal's cursor or turns the direction of a text.
 *
 * @param {string} text
 */
export const inLine = (text) => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')

/**
 * The same of a text of several lines.
 *
 * @param {string} text
 */
export const inLines = (text) => text.split('\n').map(inLine).join('\n')

/**
 * The same of every text in a report.
 *
 * @template T
 * @param {T} value as JSON has it: what is undefined is left out
 * @returns {T}
 */
export const legible = (value) =>
  JSON.parse(JSON.stringify(value), (_, part) => (typeof part === 'string' ? inLines(part) : part))

/**
 * In one line of bounded length, without what moves a terminal's cursor.
 *
 * @param {string} text
 */
export function printable(text) {
  return text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}
