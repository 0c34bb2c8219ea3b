'use strict'

const { atFirstUse } = require('./first-use')
const { checkLength } = require('./length')
const { handed, nameOf, own, trimmed } = require('./own')
const { requirePeer } = require('./require-peer')
const { installCommand, realIdentity } = require('./real-identity')
const { failureOf } = require('./app-credential-error')

/** @typedef {import('./native').AppCredentialRequest} AppCredentialRequest */
/** @typedef {import('./native').AppCredentialAnswer} AppCredentialAnswer */
/** @typedef {import('..').TokenCredential} TokenCredential */

/**
 * A credential of `@azure/identity` that works by a plugin of its own.
 *
 * @typedef {{ plugin: string, exported: string, create: (identity: any, options: object) => TokenCredential }} Plugged
 *   any, because `@azure/identity` need not be installed
 */

/** @type {Record<string, Plugged>} */
const PLUGGED = {
  vscode: {
    plugin: '@azure/identity-vscode',
    exported: 'vsCodePlugin',
    create: (identity, options) => new identity.VisualStudioCodeCredential(options),
  },
  broker: {
    plugin: '@azure/identity-broker',
    exported: 'nativeBrokerPlugin',
    // The default account, and never a window, which no user may be there to see.
    create: (identity, options) =>
      new identity.InteractiveBrowserCredential(
        handed({
          ...options,
          disableAutomaticAuthentication: true,
          brokerOptions: handed({
            enabled: true,
            parentWindowHandle: new Uint8Array(0),
            useDefaultBrokerAccount: true,
          }),
        }),
      ),
  },
}

/** The app's credential objects, and functions, by number: held weakly, because a number must not keep an object alive. */
const objects = new Map()
/** @type {WeakMap<object, number>} */
const numbers = new WeakMap()
let lastNumber = 0
let tellGone = (/** @type {number} */ _number) => {}
const gone = new FinalizationRegistry((/** @type {number} */ number) => {
  objects.delete(number)
  tellGone(number)
})

/**
 * Calls `tell` with the number of each object that is no longer referenced.
 *
 * @param {(number: number) => void} tell
 */
function onGone(tell) {
  tellGone = tell
}

/**
 * The number of an app's credential object, or function.
 *
 * @param {object} credential
 */
function numberOf(credential) {
  let number = numbers.get(credential)
  if (number === undefined) {
    number = ++lastNumber
    numbers.set(credential, number)
    objects.set(number, new WeakRef(credential))
    gone.register(credential, number)
  }
  return number
}

/**
 * The object of a number, while it is referenced.
 *
 * @param {number} number
 * @returns {any} what `numberOf` was given
 */
function objectOf(number) {
  return objects.get(number)?.deref()
}

/** What ends the requests under way, by their numbers. @type {Map<number, AbortController>} */
const underWay = new Map()

/** @param {number} id */
function signalOf(id) {
  const controller = new AbortController()
  underWay.set(id, controller)
  return controller.signal
}

/**
 * The core does not wait for this request any more.
 *
 * @param {number} id
 */
function abort(id) {
  underWay.get(id)?.abort()
}

/**
 * Asks a credential, or calls a function, that lives in JavaScript. Never rejects.
 *
 * @param {number} id
 * @param {AppCredentialRequest} request
 * @returns {Promise<AppCredentialAnswer>}
 */
async function askCredential(id, request) {
  try {
    if (request.credential === 'assertion') return await callFunction(request)
    if (request.http) return await sendHttp(request.http, signalOf(id))
    const { credential, refused } =
      request.credential === 'app' ? appCredential(request) : pluggedCredential(request)
    if (credential === undefined) return refused
    const { scopes, tenantId, claims, enableCae } = request
    const abortSignal = signalOf(id)
    return readToken(await credential.getToken(scopes, handed({ abortSignal, claims, enableCae, tenantId })))
  } catch (error) {
    return failureOf(error)
  } finally {
    underWay.delete(id)
  }
}

/**
 * @param {AppCredentialRequest} request
 * @returns {Promise<AppCredentialAnswer>}
 */
async function callFunction({ object }) {
  const getAssertion = objectOf(/** @type {number} */ (object))
  if (getAssertion === undefined) return GONE
  const assertion = await getAssertion()
  if (typeof assertion === 'string') checkLength('getAssertion', assertion)
  const text = typeof assertion === 'string' ? trimmed(assertion) : ''
  if (/^[!-~]+$/.test(text)) return { token: text }
  return {
    code: 'ENTRA_ID_CONFIGURATION',
    reason: 'getAssertion gave no assertion: no text, or one with other characters than a JWT has',
    nextStep: 'return the signed JWT as a string',
  }
}

/** @type {AppCredentialAnswer} */
const GONE = {
  code: 'ENTRA_ID_UNAVAILABLE',
  reason: 'the credential was garbage-collected',
  nextStep: 'keep a reference to the credential, or pass it to getBearerTokenProvider',
}

/**
 * @param {import('./native').HttpRequestFields} given
 * @param {AbortSignal} [signal]
 * @returns {Promise<AppCredentialAnswer>}
 */
async function sendHttp(given, signal) {
  const request = own(given)
  const number = request.transport ?? undefined
  const transport = number === undefined ? undefined : objectOf(number)
  if (number !== undefined && transport === undefined) return GONE
  return atFirstUse(() => require('./host-transport')).sendHttp(request, transport, signal)
}

/**
 * A credential, or the answer that replaces a missing one.
 *
 * @typedef {{ credential: TokenCredential, refused?: undefined } | { credential?: undefined, refused: AppCredentialAnswer }} Found
 */

/**
 * @param {AppCredentialRequest} request
 * @returns {Found}
 */
function appCredential({ object }) {
  const credential = objectOf(/** @type {number} */ (object))
  return own(credential ? { credential } : { refused: GONE })
}

/** @type {Map<string, TokenCredential>} */
const plugged = new Map()

/**
 * @param {AppCredentialRequest} request
 * @returns {Found}
 */
function pluggedCredential(request) {
  const { plugin, exported, create } = PLUGGED[request.credential]
  const options = handed({
    tenantId: request.configuredTenantId,
    additionallyAllowedTenants: request.additionallyAllowedTenants,
  })
  const name = nameOf([request.credential, options, request.identity])
  let credential = plugged.get(name)
  if (credential === undefined) {
    try {
      const identity = realIdentity()
      if (identity === undefined) {
        return own({
          refused: {
            code: 'ENTRA_ID_UNAVAILABLE',
            reason: `@azure/identity and ${plugin} are not installed in this app`,
            nextStep: `run ${installCommand(plugin)} to use this credential`,
          },
        })
      }
      // Without the plugin the credential says so itself, in words that people search for.
      const extension = requirePeer(plugin)?.[exported]
      if (extension !== undefined) identity.useIdentityPlugin(extension)
      credential = create(identity, options)
    } catch (error) {
      // It cannot be loaded, or its plugin is missing: not configured, rather than refused.
      return own({ refused: { reason: failureOf(error).reason, code: 'ENTRA_ID_UNAVAILABLE' } })
    }
    plugged.set(name, credential)
  }
  return own({ credential })
}

/**
 * @param {unknown} given
 * @returns {AppCredentialAnswer}
 */
function readToken(given) {
  const { token, expiresOnTimestamp, refreshAfterTimestamp } = own(/** @type {any} checked below */ (given))
  if (typeof token !== 'string' || token === '' || !Number.isFinite(expiresOnTimestamp)) {
    // The words of @azure/core-rest-pipeline.
    return {
      reason: 'Failed to refresh access token: getToken gave no token with expiresOnTimestamp',
      nextStep: 'return an AccessToken of @azure/core-auth from getToken',
    }
  }
  checkLength('getToken', token)
  const text = trimmed(token)
  // fetch would refuse it in an error that shows it.
  if (!/^[!-~]+$/.test(text)) {
    return {
      reason: 'its token is empty or has characters that a header cannot hold',
      nextStep: 'check where getToken takes the token from',
    }
  }
  return {
    token: text,
    expiresOnTimestamp,
    refreshAfterTimestamp: Number.isFinite(refreshAfterTimestamp) ? refreshAfterTimestamp : undefined,
  }
}

module.exports = { abort, askCredential, numberOf, objectOf, onGone }
