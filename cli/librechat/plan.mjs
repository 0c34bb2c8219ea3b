import { placeDependency } from './dependency.mjs'
import { insertAll, layoutAt, locate, removeAll } from './insertion.mjs'
import { Refusal } from './refusal.mjs'
import { isOfPullRequest } from './migrate.mjs'
import { expectBelow, isInPlace, isThere, putIn, takeOut } from './source.mjs'

/**
 * A file of LibreChat and what is different in it: lines in its source, an entry in its dependencies, all of it, or
 * lines in a file without code.
 * `since` is a name in the file: versions of LibreChat without it do not need the lines.
 *
 * @typedef {{ path: string, purpose: string } & (
 *   | { edits: import('./insertion.mjs').Edit[], since?: string }
 *   | { dependency: 'dependencies' | 'peerDependencies' }
 *   | { beside: string, content: string[] }
 *   | { line: string, insert: string[] }
 * )} Patch
 */

/**
 * What a file is like: `absent` if this version of LibreChat has no such file, `kept` if the checkout has an entry of
 * its own for this package. `source` is the file as it is and `wanted` as it should be; undefined means no file.
 *
 * @typedef {{ patch: Patch, state: 'absent' | 'kept' | 'original' | 'changed',
 *   source?: string, wanted?: string }} Finding
 */

/** @typedef {Pick<import('./checkout.mjs').Checkout, 'read' | 'has'>} Files */

/**
 * `apply` puts in what is missing, `check` is the same and nothing is written, `revert` takes out what is there, and
 * `update` takes out what is there, then puts all of it in.
 *
 * @typedef {'apply' | 'check' | 'revert' | 'update'} Mode
 */

/**
 * Looks at every patch, and changes nothing.
 *
 * @param {Patch[]} patches
 * @param {Files} checkout
 * @param {string} range of the dependency
 * @param {Mode} mode
 * @returns {Finding[]}
 * @throws {Refusal} with all that stands in the way
 */
export function inspect(patches, checkout, range, mode) {
  /** @type {import('./refusal.mjs').Problem[]} */
  const problems = []
  const findings = patches.flatMap((patch) => {
    try {
      return [inspectPatch(patch, checkout, range, mode)]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  if (problems.length === 0) return findings
  if (patches.some(({ path }) => holdsPullRequest(checkout, path))) problems.push(MIGRATE)
  throw new Refusal(problems)
}

/**
 * @param {Files} checkout
 * @param {string} path
 */
function holdsPullRequest(checkout, path) {
  try {
    return isOfPullRequest(checkout.read(path) ?? '')
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const MIGRATE = {
  path: '--migrate',
  message:
    "Removes the Entra ID code of LibreChat's pull requests 9640 and 11041, and adds this tool's. Commit first.",
}

/**
 * @param {Patch} it
 * @param {Files} checkout
 * @param {string} range
 * @param {Mode} mode
 * @returns {Finding}
 */
function inspectPatch(it, checkout, range, mode) {
  if ('content' in it) return inspectNewFile(it, checkout, mode)
  const source = checkout.read(it.path)
  if (source === undefined) return { patch: it, state: 'absent' }
  if ('line' in it) return inspectText(it, source, mode)
  if ('edits' in it && !source.includes(it.since ?? '')) return { patch: it, state: 'absent' }
  if ('edits' in it) return inspectSource(it, source, checkout, mode)
  const entry = placeDependency(source, it.path, it.dependency, range)
  if (entry === undefined) return { patch: it, state: 'kept' }
  const { isThere: state, without, with: changed } = entry
  return {
    patch: it,
    state: state ? 'changed' : 'original',
    source,
    wanted: mode === 'revert' ? without : changed,
  }
}

/**
 * @param {Patch & { edits: import('./insertion.mjs').Edit[] }} it
 * @param {string} source
 * @param {Files} checkout
 * @param {Mode} mode
 * @returns {Finding}
 */
function inspectSource(it, source, checkout, mode) {
  const { path } = it
  const { base, found } = takeOut(source, path, it.edits)
  const isNeeded = it.edits.map(({ needs }) => needs === undefined || checkout.has(needs))
  const needed = it.edits.filter((_, index) => isNeeded[index])
  const there = found.filter((_, index) => isNeeded[index])
  if (mode === 'update') {
    const state = found.some(isThere) ? 'changed' : 'original'
    return { patch: it, state, source, wanted: putIn(base, path, needed) }
  }
  if (!isInPlace(source, path, needed, there)) {
    // What a file without the change holds is of no interest to a revert.
    const wanted = mode === 'revert' ? base : putIn(base, path, needed)
    return { patch: it, state: 'original', source, wanted }
  }
  if (mode === 'revert') return { patch: it, state: 'changed', source, wanted: base }
  expectBelow(base, path, needed, there.filter(isThere))
  return { patch: it, state: 'changed', source, wanted: source }
}

/**
 * @param {Patch & { line: string, insert: string[] }} it
 * @param {string} source
 * @param {Mode} mode
 * @returns {Finding}
 */
function inspectText(it, source, mode) {
  const { path, line, insert } = it
  const own = locate(source, path, { after: line, insert })
  if (own !== undefined) {
    return {
      patch: it,
      state: 'changed',
      source,
      wanted: mode === 'revert' ? removeAll(source, [own]) : source,
    }
  }
  if (mode === 'revert') return { patch: it, state: 'original', source, wanted: source }
  const start = `\n${source}`.indexOf(`\n${line}`)
  if (start === -1)
    throw new Refusal([{ path, line: 1, message: `\`${line}\` is missing. Restore LibreChat's line.` }])
  const { lineBreak } = layoutAt(source, start)
  const at = start + line.length
  const text = insert.map((own) => lineBreak + own).join('')
  return { patch: it, state: 'original', source, wanted: insertAll(source, [{ at, text, line: 0 }]) }
}

/**
 * @param {Patch & { content: string[], beside: string }} it
 * @param {Files} checkout
 * @param {Mode} mode
 * @returns {Finding}
 */
function inspectNewFile(it, checkout, mode) {
  const neighbour = checkout.read(it.beside)
  if (neighbour === undefined) return { patch: it, state: 'absent' }
  const own = it.content.join(layoutAt(neighbour, 0).lineBreak)
  const source = checkout.read(it.path)
  const wanted = mode === 'revert' ? undefined : own
  if (source === undefined) return { patch: it, state: 'original', source, wanted }
  if (source === own) return { patch: it, state: 'changed', source, wanted }
  throw new Refusal([
    {
      path: it.path,
      line: 1,
      message: 'This file exists, and this tool did not write it. Rename or delete it.',
    },
  ])
}
