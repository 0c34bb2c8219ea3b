/** What the files under version control hold, to see whether a run changed them. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root, run } from './run.mjs'

/**
 * A hash of every file that git knows or would take in, uncommitted work too. `git diff --exit-code` says the same in a
 * clean clone, and always fails in a tree with uncommitted work.
 *
 * @param {string} label
 */
export async function snapshot(label) {
  const listed = await run(label, ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  const paths = listed.split('\0').filter((path) => path && existsSync(join(root, path)))
  return new Map(paths.map((path) => [path, hash(readFileSync(join(root, path)))]))
}

/** @param {Buffer} bytes */
function hash(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * The files that are not the same in both.
 *
 * @param {Map<string, string>} before
 * @param {Map<string, string>} after
 */
export function changedFiles(before, after) {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path))
}
