'use strict'

const { isNativeError } = require('node:util').types

const { EntraIdError, textOf } = require('./error')
const { define, member, own } = require('./own')

/** @typedef {import('..').EntraIdErrorCode} Code */
/** @typedef {import('./native').ErrorFields} ErrorFields */
/** @typedef {{ cause?: unknown, [FIELDS]?: ConstructorParameters<typeof EntraIdError>[0] }} Options */

const AuthenticationErrorName = 'AuthenticationError'
const AggregateAuthenticationErrorName = 'AggregateAuthenticationError'
const CredentialUnavailableErrorName = 'CredentialUnavailableError'

/** The option that carries the core's fields. An app cannot name it, so its errors get none. */
const FIELDS = Symbol('fields')

/** A credential that cannot serve here. A chain goes on. */
class CredentialUnavailableError extends EntraIdError {
  /**
   * @param {string} [message]
   * @param {Options} [options]
   */
  constructor(message = '', options) {
    super({ code: 'ENTRA_ID_UNAVAILABLE', message, ...options?.[FIELDS] }, options)
  }
}

/** A refusal. A chain ends. */
class AuthenticationError extends EntraIdError {
  /** @type {number} */
  statusCode
  /** @type {import('..').ErrorResponse} */
  errorResponse

  /**
   * @param {number} statusCode
   * @param {object | string | null | undefined} body
   * @param {Options} [options]
   */
  constructor(statusCode, body, options) {
    const response = errorResponse(statusCode, body)
    const { error, errorDescription } = response
    const message = `${textOf(error)} Status code: ${textOf(statusCode)}\nMore details:\n${textOf(errorDescription)},`
    super({ code: codeOf(statusCode), status: statusCode, message, ...options?.[FIELDS] }, options)
    this.statusCode = statusCode
    this.errorResponse = response
  }
}

/** The errors of a chain, none of whose credentials gave a token. */
class AggregateAuthenticationError extends EntraIdError {
  /** @type {any[]} any, as they were thrown */
  errors

  /**
   * @param {any[]} errors any, as they were thrown
   * @param {string} [errorMessage]
   * @param {Options} [options]
   */
  constructor(errors, errorMessage, options) {
    const thrown = Array.isArray(errors) ? errors : []
    const code = thrown.map(codeIn).find(isOfOneSetUp) ?? 'ENTRA_ID_UNAVAILABLE'
    const texts = thrown.map((error) => textOf(error ?? ''))
    const message = `${textOf(errorMessage)}\n${texts.join('\n')}`
    super({ code, message, ...options?.[FIELDS] }, options)
    this.errors = errors
  }
}

/**
 * The same of a chain of the app's own credentials, without the secrets in what these say.
 *
 * @param {unknown[]} errors
 * @param {(words: string) => string} redact
 */
function chainError(errors, redact) {
  const { code, message } = new AggregateAuthenticationError(
    errors,
    'ChainedTokenCredential authentication failed.',
  )
  return new AggregateAuthenticationError(errors, '', { [FIELDS]: { code, message: redact(message) } })
}

/** A sign-in that did not succeed silently. A chain goes on. */
class AuthenticationRequiredError extends EntraIdError {
  /** @param {{ scopes: string[], getTokenOptions?: import('..').GetTokenOptions, message?: string } & Options} options */
  constructor(options) {
    const { message = '', scopes, getTokenOptions, cause, [FIELDS]: fields } = own(options)
    super({ code: 'ENTRA_ID_UNAVAILABLE', message, ...fields }, cause ? options : undefined)
    // Not enumerable: a log of the error must not show what was given as a scope or a tenant.
    define(this, 'scopes', scopes)
    define(this, 'getTokenOptions', getTokenOptions)
  }
}

for (const [name, ofThis] of Object.entries({
  AuthenticationError,
  AggregateAuthenticationError,
  AuthenticationRequiredError,
  CredentialUnavailableError,
})) {
  define(ofThis.prototype, 'name', name)
  Object.defineProperty(
    ofThis,
    Symbol.hasInstance,
    own({
      /**
       * Code tells errors by name, so an error of `@azure/identity` or of another copy of this package is an instance too.
       *
       * @this {Function}
       * @param {unknown} error
       */
      value(error) {
        const isOfClass = Function.prototype[Symbol.hasInstance].call(this, error)
        return isOfClass || (this === ofThis && isNativeError(error) && error.name === name)
      },
    }),
  )
}

/** @param {unknown} statusCode a number, unless an app's own code made the error @returns {Code} */
function codeOf(statusCode) {
  if (statusCode === 429) return 'ENTRA_ID_THROTTLED'
  return typeof statusCode === 'number' && statusCode >= 500 ? 'ENTRA_ID_NETWORK' : 'ENTRA_ID_REJECTED'
}

/** @param {unknown} error whatever was thrown */
function codeIn(error) {
  try {
    return member(error, 'code')
  } catch {
    // A member that throws tells nothing.
    return undefined
  }
}

/** @param {unknown} code @returns {code is Code} */
function isOfOneSetUp(code) {
  return typeof code === 'string' && code.startsWith('ENTRA_ID_') && code !== 'ENTRA_ID_UNAVAILABLE'
}

/**
 * An OAuth error response in `@azure/identity`'s names. For any other body, it says what `@azure/identity` says.
 *
 * @param {number} statusCode
 * @param {unknown} body
 * @returns {import('..').ErrorResponse}
 */
function errorResponse(statusCode, body) {
  if (typeof body !== 'string') {
    const given = own(/** @type {any} checked here */ (body))
    return typeof given.error === 'string' && typeof given.error_description === 'string'
      ? renamed(given)
      : {
          error: 'unknown_error',
          errorDescription: 'An unknown error occurred and no additional details are available.',
        }
  }
  try {
    return renamed(JSON.parse(body))
  } catch {
    return statusCode === 400
      ? {
          error: 'invalid_request',
          errorDescription: `The service indicated that the request was invalid.\n\n${body}`,
        }
      : {
          error: 'unknown_error',
          errorDescription: `An unknown error has occurred. Response body:\n\n${body}`,
        }
  }
}

/** @param {any} body RFC 6749, section 5.2, with Entra ID's members */
function renamed(body) {
  return {
    error: body.error,
    errorDescription: body.error_description,
    correlationId: body.correlation_id,
    errorCodes: body.error_codes,
    timestamp: body.timestamp,
    traceId: body.trace_id,
  }
}

/** The credentials that `@azure/identity` counts as unavailable whatever happened; a service principal is refused. */
const UNAVAILABLE = new Set([
  'ManagedIdentityCredential',
  'VisualStudioCodeCredential',
  'AzureCliCredential',
  'AzurePowerShellCredential',
  'AzureDeveloperCliCredential',
  'BrokerCredential',
])

/** An authority that does not answer refuses nothing: for `@azure/identity` the credential is then unavailable. */
const UNREACHED = new Set(['ENTRA_ID_NETWORK', 'ENTRA_ID_TIMEOUT'])

/**
 * The error that a credential rejects with: an `EntraIdError` of the class that code for `@azure/identity` expects.
 *
 * @param {ErrorFields} fields
 * @param {Pick<import('./native').TokenCall, 'scopes' | 'tenantId' | 'claims'>} call
 * @param {boolean} isChain whether the credential is a chain
 */
function identityError(fields, call, isChain) {
  const { attempts, attemptMessages } = fields
  const decided = attempts.find(({ outcome }) => outcome === 'failed')
  if (!isChain || decided !== undefined) return singleError(fields, call)
  // Without an attempt, the chain itself cannot be asked.
  if (attempts.length === 0 && fields.code !== 'ENTRA_ID_UNAVAILABLE') return singleError(fields, call)
  const errors = attempts.map((attempt, index) =>
    singleError({ ...attempt, message: attemptMessages[index], attempts: [attempt], attemptMessages }, call),
  )
  return new AggregateAuthenticationError(errors, '', { [FIELDS]: told(fields) })
}

/**
 * @param {ErrorFields} fields
 * @param {Pick<import('./native').TokenCall, 'scopes' | 'tenantId' | 'claims'>} call
 */
function singleError(fields, { scopes = [], tenantId, claims }) {
  const { code, credential = '', status, message, response, attempts } = own(fields)
  const options = { [FIELDS]: told(fields) }
  const isUnreached = UNREACHED.has(code) && status === undefined
  const isEnvironment = credential === 'EnvironmentCredential'
  // What this credential cannot be asked for, the next one of a chain may be.
  const isPassedOver = attempts.at(-1)?.outcome === 'unavailable'
  if (!isEnvironment && !isPassedOver && code === 'ENTRA_ID_CONFIGURATION')
    return new EntraIdError(told(fields))
  const isUnset = code === 'ENTRA_ID_UNAVAILABLE' || (isPassedOver && code === 'ENTRA_ID_CONFIGURATION')
  const isUnavailable = isUnset || UNAVAILABLE.has(credential)
  if (isUnavailable || (!isEnvironment && isUnreached))
    return new CredentialUnavailableError(undefined, options)
  if (!isEnvironment)
    return new AuthenticationRequiredError({ scopes, getTokenOptions: { tenantId, claims }, ...options })
  // @azure/identity has this status for all of them. `status` has that of the response.
  const error = new AuthenticationError(400, undefined, options)
  error.errorResponse = response ?? { error: 'unknown_error', errorDescription: message }
  return error
}

/**
 * Without the address of the explanation: code for `@azure/identity` compares messages as text.
 *
 * @param {ErrorFields} fields
 * @returns {any} the core's words are those of `EntraIdErrorCode`
 */
function told(fields) {
  return own({ ...fields, troubleshooting: undefined })
}

module.exports = {
  AggregateAuthenticationError,
  AggregateAuthenticationErrorName,
  AuthenticationError,
  AuthenticationErrorName,
  AuthenticationRequiredError,
  CredentialUnavailableError,
  CredentialUnavailableErrorName,
  chainError,
  identityError,
}
