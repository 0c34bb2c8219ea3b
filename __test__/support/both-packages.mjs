import { once } from 'node:events'

import { startProgram } from './programs.mjs'

/** This package, and the one whose place it takes. */
export const PACKAGES = { ours: 'azure-openai-entra', theirs: '@azure/identity' }

/**
 * A process with one of the two packages, which does what it is told.
 *
 * @param {string} name of the package
 * @param {Record<string, string | undefined>} variables
 */
export const startPackage = (name, variables) => {
  const { child, ended } = startProgram('credential-classes.mjs', { args: [name], variables })
  return {
    /** @param {object} told @returns {Promise<Record<string, any>>} any, as the program says it */
    ask: async (told) => {
      child.send(told)
      const [answer] = await once(child, 'message')
      return answer
    },
    end: async () => {
      child.send('end')
      return ended()
    },
  }
}

/** @param {string} part */
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url').toString())

/** What an assertion says, without what differs with each. @param {string} jwt */
const assertionOf = (jwt) => {
  const parts = jwt.split('.')
  if (parts.length !== 3) return jwt
  const { alg, 'x5t#S256': thumbprint, x5c } = decoded(parts[0])
  const { iss, sub } = decoded(parts[1])
  return {
    alg,
    thumbprint: thumbprint && Buffer.from(thumbprint, 'base64').toString('hex'),
    hasChain: Boolean(x5c),
    iss,
    sub,
  }
}

/** MSAL asks for these beside every scope of a user, for tokens that nothing here uses. */
const OF_SIGN_IN = new Set(['openid', 'profile', 'offline_access'])

/**
 * What a request asks for, in the terms of the protocol: without what a client says of itself.
 *
 * @param {import('../../testkit/stand-in.mjs').Request} request
 */
export const wire = ({ method, path, query, body, headers }) => {
  const form = Object.fromEntries(new URLSearchParams(headers['content-type']?.includes('form') ? body : ''))
  const { grant_type, client_id, client_secret, client_assertion, assertion, requested_token_use } = form
  return {
    method,
    path,
    query: Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'client-request-id')),
    grant_type,
    client_id,
    client_secret,
    client_assertion: client_assertion && assertionOf(client_assertion),
    client_assertion_type: form.client_assertion_type,
    assertion,
    requested_token_use,
    scope: form.scope?.split(' ').filter((scope) => !OF_SIGN_IN.has(scope)),
    // MSAL asks for claims of an ID token too, which it gets none of.
    claims: form.claims && JSON.parse(form.claims).access_token,
    header: headers['x-identity-header'],
    authorization: headers.authorization,
  }
}
