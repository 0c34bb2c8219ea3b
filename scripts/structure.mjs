/**
 * Fails if files name one another in a circle, if a lower layer names a higher one, if tests, labs and examples name one
 * another, or if the root has too many entries.
 *
 *     node scripts/structure.mjs
 */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { arrows, arrowsUp, circles } from './structure/graph.mjs'
import { javaScriptGraph } from './structure/javascript.mjs'
import { rustGraph } from './structure/rust.mjs'
import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'

/** The crates, by the names that code calls them. */
const CRATES = {
  azure_openai_entra: 'src',
  azure_openai_entra_core: 'core/src',
  azure_openai_entra_proxy: 'proxy/src',
}
const FILES = ['index.js', 'index.mjs', 'register.js']
const FOLDERS = ['lib', 'cli', 'testkit', 'lab', 'scripts', '__test__', 'examples', ...Object.values(CRATES)]

/** Not ours: what is installed, and LibreChat's source, which tests edit. */
const FOREIGN = /^(?:node_modules|checkout)$/

/** From the top down. Files of one line may name one another, but in no circle. */
export const LAYERS = [
  // What is run.
  ['__test__/', 'lab/', 'examples/'],
  ['scripts/', 'cli/'],
  ['testkit/'],
  ['index.', 'register.js'],
  ['lib/register/'],
  ['lib/'],
  // The addon and the proxy, on the core.
  ['src/', 'proxy/'],
  ['core/src/cache/', 'core/src/health.rs'],
  ['core/src/credential/'],
  ['core/src/http/'],
  ['core/src/system/'],
  ['core/src/'],
]

/** What stands beside others of its kind: they share testkit, and labs `lab/support`. */
const ROOM = /^(?:__test__|examples|lab\/(?!support\/)[^/]+)\//

/** What uses the package as its users do: it names no file inside. */
const INSIDE = { from: /^(?:__test__|examples|lab)\//, to: /^lib\// }
/** It compares lists inside the package with those of the core. */
const MAY_LOOK_INSIDE = '__test__/both-languages.test.mjs'

/**
 * What is wrong with the files below `folder`, a sentence each.
 *
 * @param {string} folder
 * @param {string[][]} [layers]
 */
export function faultsOf(folder, layers = LAYERS) {
  const files = filesOf(folder)
  const scripts = files.filter((file) => /\.[cm]?js$/.test(file))
  const graph = new Map([...javaScriptGraph(folder, scripts), ...rustGraph(folder, files, CRATES)])
  const inCircles = circles(graph).map((files) => `These name one another in a circle: ${files.join(', ')}`)
  const isAcross = (/** @type {string} */ file, /** @type {string} */ other) =>
    roomOf(file) !== undefined && roomOf(other) !== undefined && roomOf(file) !== roomOf(other)
  const looksInside = (/** @type {string} */ file, /** @type {string} */ other) =>
    INSIDE.from.test(file) && INSIDE.to.test(other) && file !== MAY_LOOK_INSIDE
  return [
    ...inCircles,
    ...arrowsUp(graph, layers),
    ...arrows(graph, isAcross, 'which stands beside it: share through testkit'),
    ...arrows(graph, looksInside, 'which is inside the package: use what it exports'),
  ]
}

/** @param {string} file */
const roomOf = (file) => ROOM.exec(file)?.[0]

/** @param {string} folder @returns {string[]} */
function filesOf(folder) {
  /** @param {string} place @returns {string[]} */
  const below = (place) => {
    if (!existsSync(join(folder, place))) return []
    return readdirSync(join(folder, place), { withFileTypes: true })
      .filter(({ name }) => !FOREIGN.test(name))
      .flatMap((entry) =>
        entry.isDirectory() ? below(`${place}/${entry.name}`) : [`${place}/${entry.name}`],
      )
  }
  return [...FILES.filter((name) => existsSync(join(folder, name))), ...FOLDERS.flatMap(below)]
}

/** A reader sees the root first. */
const MOST_IN_ROOT = 40

/** @param {string[]} files that are tracked, by their paths */
export function faultsOfRoot(files) {
  const entries = new Set(files.map((file) => file.split('/', 1)[0]))
  return entries.size > MOST_IN_ROOT
    ? [`The root has ${entries.size} entries, more than ${MOST_IN_ROOT}. Move one into a folder.`]
    : []
}

export async function structure() {
  const tracked = (await run('files that are tracked', ['git', 'ls-files', '-z'])).split('\0').filter(Boolean)
  const faults = await step('structure', () => [...faultsOf(root), ...faultsOfRoot(tracked)])
  if (faults.length > 0) throw new StepFailed(faults.join('\n'))
}

await runIfMain(import.meta.url, structure)
