'use strict'

const { ENTRA_ID_PLACEHOLDER, SHORTEST_PLACEHOLDER, isPlaceholderIn, variable } = require('./environment')
const { define, isOf } = require('./own')

/**
 * Headers in any of the forms that fetch takes.
 *
 * @typedef {RequestInit['headers']} HeadersInit
 */

const AUTHORIZATION = 'authorization'
/** The headers of a key, in lower case: of Azure OpenAI, and of the Anthropic models of Microsoft Foundry. */
const KEYS = Object.freeze(['api-key', 'x-api-key'])
/** Where clients put the key that they are given. */
const CREDENTIALS = new Set([...KEYS, AUTHORIZATION])
/** @type {ReadonlySet<string>} */
const NONE = new Set()

/**
 * A copy of `headers`, in the same form, that authenticates only by `token`.
 *
 * @param {HeadersInit} headers
 * @param {string} token
 */
function withToken(headers, token) {
  const copy = withoutCredentials(headers)
  const value = `Bearer ${token}`
  if (Array.isArray(copy)) copy.push(['Authorization', value])
  else if (isList(copy)) copy.set(AUTHORIZATION, value)
  else define(copy, 'Authorization', value, true)
  return copy
}

/**
 * A copy of `headers`, in the same form, that authenticates by nothing.
 *
 * @param {HeadersInit} headers
 */
function withoutCredentials(headers) {
  return without(headers, CREDENTIALS)
}

/**
 * A copy of `headers`, in the same form if that is an array or a plain object, without those of `names`.
 *
 * @param {HeadersInit} headers
 * @param {ReadonlySet<string>} names in lower case
 * @param {(value: unknown) => unknown} [read] makes the values of a plain object, each of which is read once
 * @returns {[string, string][] | Headers | Record<string, any>} any, because values are passed on as they are
 */
function without(headers, names, read = (value) => value) {
  if (Array.isArray(headers)) return headers.filter(([name]) => !names.has(String(name).toLowerCase()))
  if (headers === undefined || headers === null || isList(headers)) {
    const copy = new Headers(/** @type {any} of any implementation */ (headers ?? undefined))
    for (const name of names) copy.delete(name)
    return copy
  }
  const kept = Object.keys(headers).filter((name) => !names.has(name.toLowerCase()))
  // Each is defined and not assigned: a header can be called `__proto__`.
  return Object.fromEntries(
    kept.map((name) => [name, read(/** @type {Record<string, unknown>} */ (headers)[name])]),
  )
}

/**
 * A copy of `headers`, in the same form if that is an array or a plain object: what the caller changes later is not in it. Each
 * value is read once, because an object can give another text the next time.
 *
 * @param {HeadersInit} headers
 * @returns {ReturnType<typeof without>}
 */
function copyOf(headers) {
  if (Array.isArray(headers)) {
    return /** @type {[string, string][]} */ (headers.map((pair) => [...pair].map(fixed)))
  }
  return without(headers, NONE, fixed)
}

/**
 * A value as text; a list of values, which some implementations take, as a list of texts.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
function fixed(value) {
  if (Array.isArray(value)) return value.map(textOf)
  return textOf(value)
}

/** @param {unknown} value */
function textOf(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? String(value) : value
}

/**
 * Whether it is a Headers object, of whatever implementation, rather than a plain one.
 *
 * @param {unknown} headers
 * @returns {headers is Headers}
 */
function isList(headers) {
  return isOf(Object(headers), Symbol.iterator)
}

/**
 * @param {HeadersInit} headers
 * @returns {[string, unknown][]}
 */
function entries(headers) {
  return isList(headers)
    ? [.../** @type {any} of any implementation */ (headers)]
    : Object.entries(headers ?? {})
}

/**
 * @param {HeadersInit} headers
 * @param {string} wanted in lower case
 * @returns {unknown[]}
 */
function valuesOf(headers, wanted) {
  if (headers instanceof Headers) return headers.has(wanted) ? [headers.get(wanted)] : []
  return entries(headers)
    .filter(([name]) => String(name).toLowerCase() === wanted)
    .map(([, value]) => value)
}

/**
 * Whether `text` holds a placeholder: the public one, or the operator's own of `azure-openai-entra/register`.
 *
 * @param {unknown} text
 */
function holdsPlaceholder(text) {
  const own = variable('AZURE_OPENAI_ENTRA_PLACEHOLDER') ?? ''
  const given = String(text)
  return (
    isPlaceholderIn(given, ENTRA_ID_PLACEHOLDER) ||
    (own.length >= SHORTEST_PLACEHOLDER && isPlaceholderIn(given, own))
  )
}

/**
 * Whether any header holds a placeholder.
 *
 * @param {HeadersInit} headers
 */
function carriesPlaceholder(headers) {
  return entries(headers).some(([, value]) => holdsPlaceholder(value))
}

/** What stands in place of a key: nothing, and LibreChat's `user_provided`, which openai reads from the environment. */
const NO_KEY = /^(?:Bearer)?\s*(?:user_provided|undefined|null)?$/i

/**
 * Whether the value of a header is a real key. A Headers object joins the values that headers with the same name have: they count as a key
 * only if each of them does.
 *
 * @param {unknown} value
 */
function isReal(value) {
  return (
    !holdsPlaceholder(value) &&
    !String(value)
      .split(',')
      .some((each) => NO_KEY.test(each.trim()))
  )
}

/**
 * A copy of `headers` with only the real API keys; undefined if there is no such key.
 *
 * @param {HeadersInit} headers
 */
function withRealKey(headers) {
  const isKey = (/** @type {readonly unknown[]} */ [name]) => CREDENTIALS.has(String(name).toLowerCase())
  const isWrong = (/** @type {readonly unknown[]} */ pair) => isKey(pair) && !isReal(pair[1])
  const given = entries(headers)
  if (!given.some((pair) => isKey(pair) && isReal(pair[1]))) return undefined
  // Each by itself: several can have one name.
  if (Array.isArray(headers)) return headers.filter((pair) => !isWrong(pair))
  if (isList(headers)) {
    return without(headers, new Set(given.filter(isWrong).map(([name]) => String(name).toLowerCase())))
  }
  return Object.fromEntries(given.filter((pair) => !isWrong(pair)))
}

module.exports = {
  KEYS,
  carriesPlaceholder,
  copyOf,
  entries,
  holdsPlaceholder,
  valuesOf,
  withRealKey,
  withToken,
  without,
  withoutCredentials,
}
