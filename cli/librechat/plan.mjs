import { placeDependency } from './dependency.mjs'
import { insertAll, isInPlace, layoutAt, place, removeAll } from './insertion.mjs'
import { Refusal } from './refusal.mjs'

/**
 * A file of LibreChat and what is different in it: lines in its source, an entry in its dependencies, or all of it.
 *
 * @typedef {{ path: string, purpose: string } & (
 *   | { edits: import('./insertion.mjs').Edit[] }
 *   | { dependency: 'dependencies' | 'peerDependencies' }
 *   | { beside: string, content: string[] }
 * )} Patch
 */

/**
 * What a patch is like: `absent` where this version of LibreChat has no such file, `kept` where somebody else made
 * an entry for this package. `before` and `after` are the file without and with the change, of which it has one;
 * undefined is a file that is not there.
 *
 * @typedef {{ patch: Patch, state: 'absent' | 'kept' }
 *   | { patch: Patch, state: 'original' | 'changed', before: string | undefined, after: string }} Finding
 */

/** @typedef {Pick<import('./checkout.mjs').Checkout, 'read' | 'has'>} Files */

/**
 * Looks at every patch, and changes nothing.
 *
 * @param {Patch[]} patches
 * @param {Files} checkout
 * @param {string} range of the dependency
 * @returns {Finding[]}
 * @throws {Refusal} with all that stands in the way
 */
export function inspect(patches, checkout, range) {
  /** @type {import('./refusal.mjs').Problem[]} */
  const problems = []
  const findings = patches.flatMap((patch) => {
    try {
      return [inspectPatch(patch, checkout, range)]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  if (problems.length > 0) throw new Refusal(problems)
  return findings
}

/**
 * @param {Patch} it
 * @param {Files} checkout
 * @param {string} range
 * @returns {Finding}
 */
function inspectPatch(it, checkout, range) {
  if ('content' in it) return inspectNewFile(it, checkout)
  const source = checkout.read(it.path)
  if (source === undefined) return { patch: it, state: 'absent' }
  const insertions =
    'dependency' in it
      ? placeDependency(source, it.path, it.dependency, range)
      : place(
          source,
          it.path,
          it.edits.filter(({ needs }) => needs === undefined || checkout.has(needs)),
        )
  if (insertions === undefined) return { patch: it, state: 'kept' }
  if (!isInPlace(source, it.path, insertions)) {
    return { patch: it, state: 'original', before: source, after: insertAll(source, insertions) }
  }
  return { patch: it, state: 'changed', before: removeAll(source, insertions), after: source }
}

/**
 * @param {Patch & { content: string[], beside: string }} it
 * @param {Files} checkout
 * @returns {Finding}
 */
function inspectNewFile(it, checkout) {
  const neighbour = checkout.read(it.beside)
  if (neighbour === undefined) return { patch: it, state: 'absent' }
  const after = it.content.join(layoutAt(neighbour, 0).lineBreak)
  const source = checkout.read(it.path)
  if (source === undefined) return { patch: it, state: 'original', before: undefined, after }
  if (source === after) return { patch: it, state: 'changed', before: undefined, after }
  throw new Refusal([
    { path: it.path, line: 1, message: 'is there already, and is not what this tool writes' },
  ])
}
