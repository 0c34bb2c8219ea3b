// Does what an app does while Object.prototype has an accessor for each name of the command line, a list as JSON, and prints which of
// them this package's own code asked for: what one function leaves out of an object, another must not inherit.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { RARE_STEPS, STEPS } from './app-steps.mjs'

const names = JSON.parse(process.argv[2]).filter((/** @type {string} */ name) => !(name in {}))
const LIBRARY = fileURLToPath(new URL('../../lib/', import.meta.url))
const shared = Object.getPrototypeOf({})
/** @type {Set<string>} */
const reads = new Set()
let isRecording = false

/** @param {string} name */
const record = (name) => {
  if (!isRecording) return
  isRecording = false
  // The caller of the accessor.
  const [, , , frame = ''] = String(new Error('here').stack).split('\n')
  const [, file, line] = /\(?(\/.*|[A-Z]:.*):(\d+):\d+\)?$/.exec(frame) ?? []
  if (file?.startsWith(LIBRARY)) {
    const text = readFileSync(file, 'utf8').split('\n')[Number(line) - 1].trim()
    reads.add(`${name}: ${file.slice(LIBRARY.length)}:${line}: ${text}`)
  }
  isRecording = true
}

const steps = Object.values({ ...STEPS, ...RARE_STEPS })
for (const name of names)
  Object.defineProperty(shared, name, {
    configurable: true,
    get: () => record(name),
    /** @this {object} @param {unknown} value */
    set(value) {
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    },
  })
// Twice: modules are loaded, and tokens fetched, at the first time only.
for (const step of [...steps, ...steps]) {
  isRecording = true
  try {
    await step()
  } catch {
    // What is read is told, whatever comes of it.
  }
  isRecording = false
}
for (const name of names) Reflect.deleteProperty(shared, name)
console.log([...reads, 'done'].join('\n'))
