import { secret } from './secrets.mjs'
import { startStandIn } from './stand-in.mjs'

/** @typedef {import('./stand-in.mjs').Request} Request */

/** Of assertions that Entra ID exchanges. */
const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange'
const GOOGLE_PATH = '/computeMetadata/v1/instance/service-accounts/default/identity'

/** Mints assertions and knows those that it minted, each by its audience. */
export class Issuer {
  /** @type {Map<string, string>} */
  minted = new Map()

  /** @param {string} iss @param {string} sub */
  constructor(iss, sub) {
    this.claims = { iss, sub }
  }

  /** @param {string} audience */
  mint(audience) {
    const parts = [
      { alg: 'RS256', typ: 'JWT' },
      { ...this.claims, aud: audience },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const assertion = [...parts, Buffer.from(secret('signature')).toString('base64url')].join('.')
    this.minted.set(assertion, audience)
    return assertion
  }
}

/**
 * The token endpoint of GitHub Actions, over TLS on loopback, and the variables of a job that may use it.
 *
 * @param {{ key: string, cert: string }} tls
 */
export const startGitHubActions = async (tls) => {
  const issuer = new Issuer(
    'https://token.actions.githubusercontent.com',
    'repo:octo-org/octo-repo:environment:Production',
  )
  const token = secret('request-token')
  /** @param {Request} request */
  const respond = ({ method, path, query, headers }) => {
    if (method !== 'GET' || path !== '/idtoken' || query['api-version'] !== '2.0') return { status: 404 }
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: 'The token is not valid' }
    return { body: { count: 1, value: issuer.mint(query.audience) } }
  }
  const standIn = await startStandIn({ respond, tls })
  return {
    ...standIn,
    issuer,
    environment: {
      AZURE_OPENAI_ENTRA_ASSERTION: 'github-actions',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${standIn.origin}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
    },
  }
}

/** The metadata server of Google Cloud, on loopback, and the variables that lead to it. */
export const startGoogleCloud = async () => {
  const issuer = new Issuer('https://accounts.google.com', '112233445566778899001')
  /** @param {Request} request */
  const respond = ({ method, path, query, headers }) => {
    if (headers['metadata-flavor'] !== 'Google') {
      return { status: 403, body: 'Missing Metadata-Flavor:Google header.' }
    }
    if (method !== 'GET' || path !== GOOGLE_PATH) return { status: 404 }
    if (!query.audience) return { status: 400, body: 'non-empty audience parameter required' }
    return { headers: { 'content-type': 'text/html' }, body: issuer.mint(query.audience) }
  }
  const standIn = await startStandIn({ respond })
  return {
    ...standIn,
    issuer,
    environment: {
      AZURE_OPENAI_ENTRA_ASSERTION: 'google-cloud',
      GCE_METADATA_HOST: new URL(standIn.origin).host,
    },
  }
}

/** The host of a managed identity whose tokens are assertions, and the variables that choose it. */
export const startAssertingHost = async () => {
  const issuer = new Issuer('https://login.microsoftonline.com/contoso/v2.0', 'the-principal')
  const respond = () => ({ body: { access_token: issuer.mint(EXCHANGE_AUDIENCE), expires_in: 3600 } })
  const host = await startStandIn({ respond })
  return {
    ...host,
    issuer,
    environment: {
      AZURE_OPENAI_ENTRA_ASSERTION: 'managed-identity',
      IDENTITY_ENDPOINT: `${host.origin}/token`,
      IDENTITY_HEADER: secret('identity-header'),
    },
  }
}
