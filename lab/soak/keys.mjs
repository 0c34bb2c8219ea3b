/**
 * What is asked for, and what the endpoints call it: every token begins with the name of its key, so that a caller that gets
 * one sees whose it is.
 *
 * @typedef {{ name: string, scope: string, credential?: import('azure-openai-entra').DefaultAzureCredentialOptions, tenantId?: string }} Key
 */

const OPENAI = 'https://cognitiveservices.azure.com'
const FOUNDRY = 'https://ai.azure.com'
const CLIENT_ID = 'a-user-assigned-identity'
const HOME_TENANT = 'home.example'
const OTHER_TENANT = 'other.example'

/** @param {string} resource @param {string} [clientId] */
export const identityName = (resource, clientId = 'system') => `identity ${resource} ${clientId}`
/** @param {string} tenant @param {string} [scope] */
export const principalName = (tenant, scope) => `principal ${tenant} ${scope}`

/** @param {string} resource */
const scopeOf = (resource) => `${resource}/.default`

/** @param {string} resource @param {string} [clientId] @returns {Key} */
const identityKey = (resource, clientId) => ({
  name: identityName(resource, clientId),
  scope: scopeOf(resource),
  credential: { managedIdentityClientId: clientId },
})

/** @param {string | undefined} tenantId @param {string} resource @returns {Key} */
const principalKey = (tenantId, resource) => ({
  name: principalName(tenantId ?? HOME_TENANT, scopeOf(resource)),
  scope: scopeOf(resource),
  credential: { additionallyAllowedTenants: ['*'], disableInstanceDiscovery: true },
  tenantId,
})

/**
 * What the threads of each kind ask for; each has an environment of its own.
 *
 * @type {Record<string, Key[]>}
 */
export const KINDS = {
  identity: [identityKey(OPENAI), identityKey(FOUNDRY), identityKey(OPENAI, CLIENT_ID)],
  principal: [
    principalKey(undefined, OPENAI),
    principalKey(undefined, FOUNDRY),
    principalKey(OTHER_TENANT, OPENAI),
  ],
}

export const TENANT = HOME_TENANT

/** A token that tells whose it is and until when it is good. @param {string} name @param {number} expiresAt @param {number} number */
export const makeToken = (name, expiresAt, number) =>
  Buffer.from(JSON.stringify({ name, expiresAt, number })).toString('base64url')

/** @param {string} token @returns {{ name?: string, expiresAt?: number }} of what is no token of ours, nothing */
export const readToken = (token) => {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return {}
  }
}
