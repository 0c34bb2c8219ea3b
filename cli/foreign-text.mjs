import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The text of a foreign file; none if it cannot be read, is larger than `most` bytes, or is a pipe or a device, which
 * might never end.
 *
 * @param {string} path
 * @param {number} [most]
 * @returns {string | undefined}
 */
export function textOfFile(path, most = Infinity) {
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
