/**
 * Fails if files name one another in a circle, or if a lower layer names a higher one.
 *
 *     node scripts/structure.mjs
 */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { arrowsUp, circles } from './structure/graph.mjs'
import { javaScriptGraph } from './structure/javascript.mjs'
import { rustGraph } from './structure/rust.mjs'
import { StepFailed, root, runIfMain, step } from './support/run.mjs'

/** The crates, by the names that code calls them. */
const CRATES = {
  azure_openai_entra: 'src',
  azure_openai_entra_core: 'core/src',
  azure_openai_entra_proxy: 'proxy/src',
}
const FOLDERS = ['index.js', 'index.mjs', 'register.js', 'lib', 'cli', 'testkit', 'lab', 'scripts']

/** From the top down. Files of one line may name one another, but in no circle. */
export const LAYERS = [
  // What is run.
  ['lab/', 'scripts/', 'cli/'],
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
  return [...inCircles, ...arrowsUp(graph, layers)]
}

/** @param {string} folder */
function filesOf(folder) {
  return [...FOLDERS, ...Object.values(CRATES)].flatMap((place) => {
    if (!existsSync(join(folder, place))) return []
    if (/\.m?js$/.test(place)) return [place]
    const names = /** @type {string[]} */ (readdirSync(join(folder, place), { recursive: true }))
    const own = names.filter((name) => !name.includes('node_modules'))
    return own.map((name) => `${place}/${name}`.replaceAll('\\', '/'))
  })
}

export async function structure() {
  const faults = await step('structure', () => faultsOf(root))
  if (faults.length > 0) throw new StepFailed(faults.join('\n'))
}

await runIfMain(import.meta.url, structure)
