// Does what an app does, once for each set of members planted on Object.prototype, and prints each call for which that made a
// difference. The sets come as JSON on the command line: a list of lists of names.
import { clearTokenCache } from 'azure-openai-entra'

import { STEPS, sent } from './app-steps.mjs'

const [sets, foreign, methods = []] = process.argv.slice(2).map((text) => JSON.parse(text))

/** Every step's outcome, and what was sent, without what differs from run to run. */
const outcome = async () => {
  clearTokenCache()
  sent.length = 0
  const told = []
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      told.push([name, await step()])
    } catch (thrown) {
      const error = /** @type {NodeJS.ErrnoException | undefined} */ (thrown)
      told.push([name, 'error', error?.code ?? null, error?.message ?? String(error)])
    }
  }
  return [...told, ...sent]
}

/** Only once nothing is planted: a `toJSON` would change this as well. @param {unknown[]} outcome */
const asTexts = (outcome) =>
  outcome.map((each) => JSON.stringify(each).replaceAll(/[0-9a-f]{64}-access-token/g, 'a-token'))

const shared = Object.getPrototypeOf({})
const expected = asTexts(await outcome())
if (expected.some((told) => told.includes('"error"'))) throw new Error(expected.join('\n'))

/**
 * Prints the first call that something planted makes differ.
 *
 * @param {string} what
 * @param {() => () => void} plant
 * @param {string} [except] the step that Node's own classes fail in
 */
const compare = async (what, plant, except) => {
  const remove = plant()
  let seen
  try {
    seen = await outcome()
  } finally {
    remove()
  }
  seen = asTexts(seen)
  const at = seen.findIndex((told, i) => told !== expected[i] && !told.startsWith(`["${except}"`))
  if (at >= 0 || seen.length !== expected.length) console.log(what, seen[at], expected[at])
}

for (const names of sets)
  for (const value of [foreign, 'true', 1, true, {}, []])
    await compare(`${names} ${value}`, () => {
      for (const name of names) shared[name] = value
      return () => {
        for (const name of names) Reflect.deleteProperty(shared, name)
      }
    })

/** The additions of old libraries to a built-in class: functions that loops see. @type {[string, { prototype: any }][]} any, because members are added */
const BUILT_IN = Object.entries({ Object, Array, String, Function, Promise, Map, Number, RegExp })
for (const names of methods)
  for (const [owner, { prototype }] of BUILT_IN) {
    const added = names.filter((/** @type {string} */ name) => !(name in prototype))
    for (const value of [
      () => {},
      /** @this {unknown} */
      function () {
        return this
      },
    ])
      await compare(`${owner}.prototype: ${added}`, () => {
        for (const name of added) prototype[name] = value
        return () => {
          for (const name of added) Reflect.deleteProperty(prototype, name)
        }
      })
  }

/** What old libraries and polyfills put in place of a built-in member. @type {[object, PropertyKey, Function][]} */
const REPLACED = [
  [shared, 'next', () => {}],
  [shared, 'get', (/** @type {unknown} */ key) => key],
  [shared, 'set', () => {}],
  [
    shared,
    Symbol.iterator,
    /** @this {object} */
    function* () {
      yield* Object.entries(this)
    },
  ],
  [
    Array.prototype,
    'entries',
    /** @this {unknown[]} */
    function () {
      return this.slice()
    },
  ],
  [
    Array.prototype,
    'toJSON',
    /** @this {unknown[]} */
    function () {
      return `[${this.join()}]`
    },
  ],
  [
    String.prototype,
    'trim',
    /** @this {string} */
    function () {
      return new String(this.replace(/^\s+|\s+$/g, ''))
    },
  ],
  [String.prototype, 'isWellFormed', () => {}],
]
if (methods.length > 0)
  for (const [prototype, name, value] of REPLACED)
    for (const enumerable of [true, false])
      await compare(
        `in place of ${String(name)}, ${enumerable}`,
        () => {
          const before = Object.getOwnPropertyDescriptor(prototype, name)
          Object.defineProperty(prototype, name, { value, enumerable, writable: true, configurable: true })
          return () => {
            Reflect.deleteProperty(prototype, name)
            if (before) Object.defineProperty(prototype, name, before)
          }
        },
        ['get', 'set'].includes(String(name)) ? 'a failure' : undefined,
      )
console.log('done')
