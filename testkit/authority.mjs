import { randomUUID } from 'node:crypto'

import { openIdConfiguration } from './answers.mjs'
import { secret } from './secrets.mjs'
import { startStandIn } from './stand-in.mjs'
import { tls } from './tls.mjs'
import { Tokens } from './tokens.mjs'

/** @typedef {import('./stand-in.mjs').Request} Request */
/** @typedef {Awaited<ReturnType<typeof startAuthority>>} Authority */
/** @typedef {{ tenantId: string, clientId: string, clientSecret: string, federatedToken: string, trusts: (assertion: string) => boolean }} Registration */

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** As the application itself, and for a user. */
const GRANTS = ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer']

/**
 * An Entra authority over TLS on loopback, with one tenant, one application, its secret and a federated token.
 *
 * @param {{ trusts?: (assertion: string) => boolean, names?: string[] }} [options] `trusts` says which other assertions
 *   have a federated credential; `names` are those of its certificate, besides localhost
 */
export const startAuthority = async ({ trusts = () => false, names } = {}) => {
  const certificate = await tls(names)
  const tokens = new Tokens()
  /** @type {Registration} */
  const registration = {
    tenantId: randomUUID(),
    clientId: randomUUID(),
    clientSecret: secret('client-secret'),
    federatedToken: secret('federated-token'),
    trusts,
  }
  /** @type {import('./stand-in.mjs').StandIn} */
  const standIn = await startStandIn({
    tls: certificate,
    respond: (request) => respond(request, registration, tokens),
    aside: (request) => discovery(request, `https://${request.headers.host}`),
  })
  const common = {
    AZURE_TENANT_ID: registration.tenantId,
    AZURE_CLIENT_ID: registration.clientId,
    AZURE_AUTHORITY_HOST: standIn.origin,
    NODE_EXTRA_CA_CERTS: certificate.caFile,
    // A stand-in must not have Microsoft asked about it.
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
  }
  return {
    ...standIn,
    ...registration,
    credential: 'EnvironmentCredential',
    tokens,
    knows: tokens.knows,
    caFile: certificate.caFile,
    /** The requests for tokens, each with its `form`; discovery is not recorded. */
    tokenRequests: () => standIn.requests.filter(isTokenRequest).map((it) => ({ ...it, form: formOf(it) })),
    environment: { ...common, AZURE_CLIENT_SECRET: registration.clientSecret },
    /** @param {string} file holds the federated token */
    workloadEnvironment: (file) => ({ ...common, AZURE_FEDERATED_TOKEN_FILE: file }),
  }
}

/** @param {Request} request */
const isTokenRequest = ({ method, path }) => method === 'POST' && path.endsWith('/oauth2/v2.0/token')

/**
 * @param {Request} request
 * @returns {Record<string, string>}
 */
export const formOf = ({ body }) => Object.fromEntries(new URLSearchParams(body))

/** @param {Request} request @param {Registration} registration @param {Tokens} tokens */
const respond = (request, registration, tokens) =>
  isTokenRequest(request) ? grant(request, registration, tokens) : { status: 404, body: '' }

/**
 * What clients that do not know the authority ask first.
 *
 * @param {Request} request
 * @param {string} origin
 */
const discovery = ({ path }, origin) => {
  const [, tenantId] = path.split('/')
  if (path === '/common/discovery/instance') return { body: instances(origin, tenantId) }
  if (path.endsWith('/.well-known/openid-configuration')) return openIdConfiguration(origin, tenantId)
}

/**
 * The answer of a token endpoint.
 *
 * @param {Request} request
 * @param {Registration} registration
 * @param {Tokens} tokens
 */
export const grant = (request, registration, tokens) => {
  const refused = refusalOf(request, registration)
  if (refused) return refused
  const { token, expiresIn } = tokens.issue()
  return {
    body: { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token },
  }
}

/**
 * The first thing that is wrong with a request, as Entra would say it.
 *
 * @param {Request} request
 * @param {Registration} registration
 */
const refusalOf = (request, { tenantId, clientId, clientSecret, federatedToken, trusts }) => {
  const form = formOf(request)
  if (request.path !== `/${tenantId}/oauth2/v2.0/token`) {
    return aadsts(400, 90002, 'invalid_request', 'The tenant of the request was not found.')
  }
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '')) {
    return aadsts(400, 900144, 'invalid_request', 'The request body is not a form.')
  }
  if (!GRANTS.includes(form.grant_type)) {
    return aadsts(400, 70003, 'unsupported_grant_type', 'The app requested an unsupported grant type.')
  }
  if (!form.scope) return aadsts(400, 900144, 'invalid_request', 'The parameter "scope" is missing.')
  if (form.client_id !== clientId) {
    return aadsts(400, 700016, 'unauthorized_client', 'The application was not found in the directory.')
  }
  if (form.client_assertion !== undefined) {
    const isKnown = form.client_assertion === federatedToken || trusts(form.client_assertion)
    const proven = isKnown && form.client_assertion_type === ASSERTION_TYPE
    return proven
      ? undefined
      : aadsts(401, 700211, 'invalid_client', 'No matching federated identity was found.')
  }
  if (form.client_secret !== clientSecret) {
    return aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.')
  }
}

/**
 * A refusal in Entra's shape.
 *
 * @param {number} status
 * @param {number} code
 * @param {string} error
 * @param {string} text
 */
export const aadsts = (status, code, error, text) => {
  const trace = { trace_id: randomUUID(), correlation_id: randomUUID() }
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\.\d+/, '')
  const said = `AADSTS${code}: ${text} Trace ID: ${trace.trace_id} Correlation ID: ${trace.correlation_id}`
  return {
    status,
    body: {
      error,
      error_description: `${said} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      ...trace,
    },
  }
}

/** @param {string} origin @param {string} tenantId */
const instances = (origin, tenantId) => {
  const { host } = new URL(origin)
  return {
    tenant_discovery_endpoint: `${origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
}
