/** What a file takes from `@azure/identity`, as its text shows. */

const MODULE = String.raw`["'\`]@azure\/identity["'\`]`
const LOADED = String.raw`(?:require|import)\(\s*${MODULE}\s*\)`
/** A name of JavaScript, and the calls that compilers put around a module: `__importStar(require(…))`. */
const NAME = String.raw`[A-Za-z_$][\w$]*`
const WRAPPED = String.raw`(?:await\s+)?(?:[\w$.]{1,60}\(){0,3}`

/** Names between braces. */
const LISTS = [
  String.raw`\b(?:import|export)\s*(?:${NAME}\s*,\s*)?\{([^{}]*)\}\s*from\s*${MODULE}`,
  String.raw`\{([^{}]*)\}\s*=\s*${WRAPPED}${LOADED}`,
  String.raw`${LOADED}\s*\.then\(\s*(?:async\s*)?(?:\(\s*)?\{([^{}]*)\}`,
].map((source) => new RegExp(source, 'g'))

/** A name for the whole module. */
const BOUND = [
  String.raw`\bimport\s*\*\s*as\s+(${NAME})\s+from\s*${MODULE}`,
  String.raw`\bimport\s+(${NAME})\s*(?:,\s*\{[^{}]*\}\s*)?from\s*${MODULE}`,
  String.raw`\bimport\s+(${NAME})\s*=\s*${LOADED}`,
  String.raw`(?<![\w$])(${NAME})\s*=\s*${WRAPPED}${LOADED}`,
  String.raw`${LOADED}\s*\.then\(\s*(?:async\s*)?(?:\(\s*)?(${NAME})\b`,
].map((source) => new RegExp(source, 'g'))

const MEMBER = new RegExp(String.raw`${LOADED}\s*\)?\s*\.\s*(?!then\b)(${NAME})`, 'g')
const IS_LOADED = new RegExp(String.raw`${LOADED}|\bfrom\s*${MODULE}|\bimport\s*${MODULE}`)
/** What is taken of any name. */
const TAKEN = new RegExp(String.raw`(?<![\w$.])(${NAME})\.(${NAME})`, 'g')
const DEEP = /["'`](@azure\/identity\/[\w./-]{1,200})["'`]/g

/** Those that a line begins with: an example in the documentation of a function is no use. */
const COMMENTS = /^(?:[^\S\r\n\u2028\u2029]*(?:\/\/.*|\/\*(?=\*)[^]*?(?:\*\/|$(?![^]))))+/gm

/** An import and what it names are no further apart. The patterns need a bound: a file can be one word of 1 MB. */
const [BEFORE, BEHIND] = [2000, 400]

/** The whole module, of which the text does not show what it takes. */
export const WHOLE = '*'

/**
 * @param {string} text of a file
 * @returns {string[]} exports, paths inside of the package, and {@link WHOLE}
 */
export function usesIn(text) {
  if (!text.includes('@azure/identity')) return []
  const code = text.replaceAll(COMMENTS, '')
  const deep = matches(DEEP, code).filter((path) => path !== '@azure/identity/package.json')
  const near = partsNear([...code.matchAll(new RegExp(MODULE, 'g'))].map(({ index }) => index)).map(
    ([from, to]) => code.slice(from, to),
  )
  if (!near.some((part) => IS_LOADED.test(part))) return deep
  const found = (/** @type {RegExp} */ pattern) => near.flatMap((part) => matches(pattern, part))
  const bound = new Set(BOUND.flatMap(found))
  const members = [...code.matchAll(TAKEN)]
    .filter(([, name]) => bound.has(name))
    .map(([, , member]) => member)
  const listed = LISTS.flatMap(found).flatMap(namesOf)
  const named = [...listed, ...members, ...found(MEMBER)].filter((name) => name !== 'default')
  // An import of nothing but types says so by its braces.
  const all = named.length === 0 && bound.size > 0 ? [WHOLE] : named
  return [...new Set([...all, ...deep])].toSorted()
}

/**
 * The parts of a text that are near to these places: one for neighbours, since a file can name a module at every line.
 *
 * @param {number[]} places in order
 */
function partsNear(places) {
  /** @type {[from: number, to: number, first: number][]} */
  const parts = []
  for (const at of places) {
    const last = parts.at(-1)
    if (last !== undefined && at - last[2] < BEFORE) last[1] = at + BEHIND
    else parts.push([Math.max(0, at - BEFORE), at + BEHIND, at])
  }
  return parts
}

/** @param {RegExp} pattern @param {string} text */
function matches(pattern, text) {
  return [...text.matchAll(pattern)].map(([, group]) => group)
}

/**
 * The exports that a list names: `A`, `A as B`, `A: B` and `A = 1`, but no types.
 *
 * @param {string} list
 */
function namesOf(list) {
  return list
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => !entry.startsWith('type '))
    .map((entry) => /^[\w$]+/.exec(entry)?.[0] ?? '')
    .filter(Boolean)
}
