import { T, C, OTHER, SCOPE } from '../cases/common.mjs'

/** Fields that identify the client and not its request. */
const TELEMETRY =
  /^(x-client-|x-ms-|x-app-|client-request-id|client_info|return-client-request-id|brk_|haschrome)/i
/** Headers that decide an answer. */
const TELLING = ['metadata', 'x-identity-header', 'secret', 'authorization']

const NAMES = [
  [T, 'T'],
  [C, 'C'],
  [OTHER, 'OTHER'],
  [encodeURIComponent(SCOPE), 'SCOPE'],
  [SCOPE, 'SCOPE'],
]

/**
 * One line for a request: method, address, sorted query, form, telling headers.
 *
 * @param {string} origin how the case calls the server, for instance `http://identity`
 * @param {import('../../../testkit/stand-in.mjs').Request} request
 */
export const describeRequest = (origin, { method, path, query, headers, body }) => {
  const parts = [`${method} ${origin}${path}`]
  const asked = fields(query)
  if (asked) parts[0] += `?${asked}`
  const form = body ? fields(Object.fromEntries(new URLSearchParams(body))) : ''
  if (form) parts.push(form)
  const told = TELLING.filter((name) => headers[name] !== undefined).map(
    (name) => `${name}: ${headers[name]}`,
  )
  if (told.length > 0) parts.push(told.join(', '))
  return withNames(parts.join(' | '))
}

/** @param {Record<string, string>} values */
const fields = (values) =>
  Object.entries(values)
    .filter(([name]) => !TELEMETRY.test(name))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${fieldValue(name, value)}`)
    .join('&')

/** @param {string} name @param {string} value */
const fieldValue = (name, value) =>
  name === 'client_assertion' && value.split('.').length === 3 ? jwt(value) : value

/** What an assertion says, without its times and its signature. @param {string} text */
const jwt = (text) => {
  const [header, payload] = text
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  const prints = ['x5t', 'x5t#S256'].filter((name) => header[name])
  const chain = header.x5c ? ` x5c×${[header.x5c].flat().length}` : ''
  const { aud, iss, sub } = payload
  return `jwt(${header.alg} ${prints}${chain} aud=${aud} iss=${iss} sub=${sub})`
}

/**
 * Text with the case's names for what differs from run to run.
 *
 * @param {string} text
 * @param {string[][]} [more] values and their names
 */
export const withNames = (text, more = []) => {
  let named = text
  for (const [value, name] of [...more, ...NAMES]) named = named.split(value).join(name)
  return named
}
