import { ENTRA_ID_PLACEHOLDER } from 'azure-openai-entra'

import { valuesOf } from '../../testkit/stand-in.mjs'
import { KEYS } from './situations.mjs'

/** @typedef {{ tokens: string[], placeholder: string }} Known */

/** What the value of a header is, without showing it. @param {string} value @param {Known} known */
const nameOf = (value, { tokens, placeholder }) => {
  if (tokens.includes(value)) return 'token'
  if (value === ENTRA_ID_PLACEHOLDER || value === placeholder) return 'the placeholder'
  const known = Object.entries(KEYS).find(([, key]) => key === value)
  if (known) return known[0]
  return /=>|function/.test(value) ? "a function's source text" : 'something else'
}

/**
 * What a request authenticated itself with, by the header: `Authorization: token`, `api-key: the operator's key`.
 *
 * @param {{ rawHeaders: string[] }} request
 * @param {Known} known
 */
export const credentialsOf = (request, known) => [
  ...valuesOf(request, 'authorization').map(
    (it) => `Authorization: ${nameOf(it.replace(/^Bearer /, ''), known)}`,
  ),
  ...valuesOf(request, 'api-key').map((it) => `api-key: ${nameOf(it, known)}`),
]

/**
 * Whether `credentials` are what is expected and nothing else: a key may be sent in both headers, as clients do.
 *
 * @param {string[]} credentials
 * @param {string} expected
 */
export const isAsExpected = (credentials, expected) =>
  credentials.length > 0 &&
  (expected === 'token'
    ? credentials.length === 1 && credentials[0] === 'Authorization: token'
    : credentials.every((it) => it.endsWith(`: ${expected}`)))

/** All of a request, for a comparison to the byte. @param {import('../../testkit/stand-in.mjs').Request} request */
export const bytesOf = ({ method, path, query, rawHeaders, body }) =>
  JSON.stringify([method, path, query, rawHeaders, body])
