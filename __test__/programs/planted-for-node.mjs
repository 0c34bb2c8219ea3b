// Plants each name of the command line, a list as JSON, on Object.prototype in turn, with values that could lead Node's own search for
// packages to a folder, the second argument, and has this package, whose search is the third one, look for packages of the app. Prints
// what it found.
import { createRequire } from 'node:module'

const [names, folder, search] = process.argv.slice(2).map((text) => JSON.parse(text))
/** @type {typeof import('../../lib/require-peer.js')} */
const { requirePeer } = createRequire(import.meta.url)(search)

const NAME = '@azure/identity-vscode'
const file = `${folder}/main.cjs`
const values = [
  folder,
  [folder],
  { filename: file, path: folder, paths: [`${folder}/node_modules`], children: [] },
  { name: NAME, exports: { '.': './index.js' } },
]
const shared = Object.getPrototypeOf({})
/** @type {Set<string>} */
const found = new Set()

for (const name of names)
  for (const value of values) {
    Object.defineProperty(shared, name, { value, writable: true, enumerable: true, configurable: true })
    try {
      if (requirePeer(NAME) !== undefined) found.add(name)
    } catch {
      // Node itself can fail with it.
    }
    Reflect.deleteProperty(shared, name)
  }
console.log([...found, 'done'].join('\n'))
