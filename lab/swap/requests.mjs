/** @typedef {import('../../testkit/stand-in.mjs').Request} Request */

/** What `@azure/identity` asks for a user besides the scopes of the call. */
const OPENID = new Set(['openid', 'profile', 'offline_access'])
/** What decides which token it is. */
const FORM = ['grant_type', 'requested_token_use', 'scope', 'claims']
const PROOFS = ['client_secret', 'client_assertion', 'assertion']

/**
 * A request for a token in one line, without what differs from run to run.
 *
 * @param {Request} request
 */
export const identityRequest = ({ method, path, query, body }) => {
  if (method === 'GET') return `${method} ${path} ${pairs(query, Object.keys(query))}`
  const form = Object.fromEntries(new URLSearchParams(body))
  const scope = form.scope
    ?.split(' ')
    .filter((name) => !OPENID.has(name))
    .join(' ')
  const proofs = PROOFS.filter((name) => form[name] !== undefined)
  const claims = claimsOf(form.claims)
  const parts = [
    pairs({ ...form, scope, claims }, FORM),
    `with ${proofs.map((name) => shape(name, form[name])).join(', ')}`,
  ]
  return `${method} ${path.replace(/^\/[^/]+/, '/{tenant}')} ${parts.join(' ')}`
}

/** Those of an access token: a service gets no other. @param {string} [claims] */
const claimsOf = (claims) => claims && JSON.stringify(JSON.parse(claims).access_token)

/** @param {Record<string, string | undefined>} values @param {string[]} names */
const pairs = (values, names) =>
  names
    .filter((name) => values[name] !== undefined)
    .toSorted()
    .map((name) => `${name}=${values[name]}`)
    .join(' ')

/** An assertion by what signs it. @param {string} name @param {string} value */
const shape = (name, value) => {
  const [head, , signature] = value.split('.')
  if (signature === undefined) return name
  const { alg, typ } = JSON.parse(Buffer.from(head, 'base64url').toString())
  return `${name} (${typ}, ${alg})`
}

/**
 * A request to a service in one line, and whether its token is good.
 *
 * @param {Request} request
 * @param {(token: string) => boolean} knows
 */
export const serviceRequest = ({ method, path, headers }, knows) => {
  const { authorization } = headers
  if (authorization === undefined) return `${method} ${path} without a token`
  const [, token = ''] = /^Bearer (.+)$/.exec(authorization) ?? []
  return `${method} ${path} with ${knows(token) ? 'a good' : 'an unknown'} token`
}

/** The calls of `az`, without its working directory. @param {string[]} lines */
export const azRequest = (lines) =>
  lines.length > 0 ? [`az ${lines.filter((line) => !line.startsWith('/')).join(' ')}`] : []
