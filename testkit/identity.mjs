import { randomUUID } from 'node:crypto'

import { secret } from './secrets.mjs'
import { startStandIn } from './stand-in.mjs'
import { Tokens } from './tokens.mjs'

/** @typedef {import('./stand-in.mjs').Request} Request */
/** @typedef {Awaited<ReturnType<typeof startIdentity>>} Identity */

const PATH = '/msi/token'
const API_VERSION = '2019-08-01'

/** Azure App Service's managed identity endpoint, on loopback. */
export const startIdentity = async () => {
  const header = secret('identity-header')
  const tokens = new Tokens()
  const standIn = await startStandIn({ respond: (request) => respond(request, header, tokens) })
  return {
    ...standIn,
    credential: 'ManagedIdentityCredential',
    tokens,
    knows: tokens.knows,
    /** The requests for tokens. They have no body, so their `form` is empty. */
    tokenRequests: () =>
      standIn.requests.map((it) => ({ ...it, form: /** @type {Record<string, string>} */ ({}) })),
    environment: { IDENTITY_ENDPOINT: `${standIn.origin}${PATH}`, IDENTITY_HEADER: header },
  }
}

/** @param {Request} request @param {string} header @param {Tokens} tokens */
const respond = ({ method, path, query, headers }, header, tokens) => {
  if (method !== 'GET' || path !== PATH) return refusal(404, 'Not found')
  if (headers['x-identity-header'] !== header) return refusal(401, 'The X-IDENTITY-HEADER is wrong')
  if (query['api-version'] !== API_VERSION) return refusal(400, `The api-version is not ${API_VERSION}`)
  if (!query.resource) return refusal(400, 'The resource is missing')
  return { body: grant(tokens.issue(), query) }
}

/**
 * The endpoint's own types: `expires_on` is text.
 *
 * @param {ReturnType<Tokens['issue']>} token
 * @param {Request['query']} query
 */
const grant = ({ token, expiresOn }, { resource, client_id }) => ({
  access_token: token,
  expires_on: String(expiresOn),
  resource,
  token_type: 'Bearer',
  client_id: client_id ?? randomUUID(),
})

/** @param {number} status @param {string} message */
const refusal = (status, message) => ({
  status,
  body: { statusCode: status, message, correlationId: randomUUID() },
})
