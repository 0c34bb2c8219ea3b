'use strict'

/**
 * Replaces a key in variables and options. This is loaded at once, and the code that handles it on first use.
 *
 * @type {typeof import('..').ENTRA_ID_PLACEHOLDER}
 */
const ENTRA_ID_PLACEHOLDER = 'entra-id-placeholder-not-an-api-key'

/**
 * A variable of the environment. All of this package reads variables here or in {@link snapshot}, because `process.env`
 * inherits from `Object.prototype`: what a faulty dependency leaves there is not a setting.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
function variable(name) {
  const value = Object.hasOwn(process.env, name) ? process.env[name] : undefined
  // Jest's copy takes values of any type.
  return typeof value === 'string' ? value : undefined
}

/** A shorter one could be part of something else. */
const SHORTEST_PLACEHOLDER = 32
/** A repeated letter or word could be guessed; less than one of ten million random secrets has fewer different characters. */
const FEWEST_CHARACTERS = 8
/** What goes through a header and an address as it is. */
const OPERATORS_PLACEHOLDER = new RegExp(`^[\\w.~-]{${SHORTEST_PLACEHOLDER},}$`)

/**
 * The operator's secret placeholder of `azure-openai-entra/register`, which must differ from the public one.
 *
 * @returns {string | undefined}
 */
function operatorsPlaceholder() {
  const own = variable('AZURE_OPENAI_ENTRA_PLACEHOLDER')
  if (own === undefined || own === ENTRA_ID_PLACEHOLDER || !OPERATORS_PLACEHOLDER.test(own)) return undefined
  return new Set(own).size < FEWEST_CHARACTERS ? undefined : own
}

/**
 * Whether a placeholder is in a header's value, also as what clients make of the user name and password of an address.
 *
 * @param {string} text
 * @param {string} placeholder
 */
function isPlaceholderIn(text, placeholder) {
  if (text.includes(placeholder)) return true
  // Behind another scheme as well.
  const pairs = text.matchAll(/\bBasic\s+([\w+/=-]+)/gi)
  return [...pairs].some(([, pair]) => Buffer.from(pair, 'base64').includes(placeholder))
}

/** @type {typeof import('..').shouldUseEntraId} */
function shouldUseEntraId() {
  return isTrue(variable('AZURE_OPENAI_USE_ENTRA_ID'))
}

/**
 * Whether a variable says yes, as LibreChat reads its switches.
 *
 * @param {string | undefined} value
 */
function isTrue(value) {
  return typeof value === 'string' && value.trim().toLowerCase() === 'true'
}

/**
 * The environment as JavaScript sees it: in worker threads and in Jest `process.env` is a copy that native code
 * cannot read. It is whole because command-line tools inherit it. The core reads one text faster than an object of them.
 *
 * @returns {string} each name and its value, each with a null character behind it
 */
function snapshot() {
  let text = ''
  const { env } = process
  // Each look costs a call to the system: Object.entries would take two more for each variable.
  for (const name of Reflect.ownKeys(env)) {
    const value = typeof name === 'string' ? env[name] : undefined
    if (typeof value === 'string') text += terminated(/** @type {string} */ (name)) + terminated(value)
  }
  return text
}

/**
 * A part of a {@link snapshot}. What follows a null character is cut off, as the system does: only a copy of an environment can hold one.
 *
 * @param {string} text
 */
function terminated(text) {
  const end = text.indexOf('\0')
  return `${end === -1 ? text : text.slice(0, end)}\0`
}

module.exports = {
  ENTRA_ID_PLACEHOLDER,
  SHORTEST_PLACEHOLDER,
  isPlaceholderIn,
  isTrue,
  operatorsPlaceholder,
  shouldUseEntraId,
  snapshot,
  variable,
}
