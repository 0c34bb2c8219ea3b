import { readFileSync, statSync } from 'node:fs'

/**
 * The text of a foreign file; none if it cannot be read, or is a pipe or a device, which might never end.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
export function textOfFile(path) {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
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
