/**
 * The names of `@azure/identity`. What a credential rejects with is an {@link EntraIdError}, and of the class that code
 * written for `@azure/identity` catches.
 */

import type { GetTokenOptions } from '.'
import { EntraIdError } from '.'

/**
 * A credential that cannot serve here. A chain goes on.
 *
 * `instanceof` also recognises `@azure/identity`'s own errors of this name, as it does for the other three classes.
 */
export class CredentialUnavailableError extends EntraIdError {
  constructor(message?: string, options?: { cause?: unknown })
  readonly name: 'CredentialUnavailableError'
}

/** A refusal of `EnvironmentCredential`, or of Azure Pipelines. A chain ends. */
export class AuthenticationError extends EntraIdError {
  /** @param errorBody the endpoint's OAuth error response, as an object or as JSON */
  constructor(
    statusCode: number,
    errorBody: object | string | undefined | null,
    options?: { cause?: unknown },
  )
  readonly name: 'AuthenticationError'
  /** 400 if it is `EnvironmentCredential`'s, as in `@azure/identity`. `status` has the status of the response. */
  readonly statusCode: number
  readonly errorResponse: ErrorResponse
}

/** The endpoint's error response. */
export interface ErrorResponse {
  /** For instance `invalid_client`. */
  error: string
  /** The endpoint's text, which begins with the AADSTS code. */
  errorDescription: string
  errorCodes?: number[]
  timestamp?: string
  traceId?: string
  correlationId?: string
}

/** No credential of a chain gave a token. */
export class AggregateAuthenticationError extends EntraIdError {
  constructor(errors: any[], errorMessage?: string)
  readonly name: 'AggregateAuthenticationError'
  /** One error per credential, in order. */
  errors: any[]
}

/** A credential by itself was refused, or needs a user. A chain goes on. */
export class AuthenticationRequiredError extends EntraIdError {
  constructor(options: AuthenticationRequiredErrorOptions)
  readonly name: 'AuthenticationRequiredError'
  /** What the call asked for. */
  scopes: string[]
  getTokenOptions?: GetTokenOptions
}

/** The fields of an {@link AuthenticationRequiredError}. */
export interface AuthenticationRequiredErrorOptions {
  scopes: string[]
  getTokenOptions?: GetTokenOptions
  message?: string
  cause?: unknown
}

/** The `name` of a {@link CredentialUnavailableError}. */
export const CredentialUnavailableErrorName = 'CredentialUnavailableError'
/** The `name` of an {@link AuthenticationError}. */
export const AuthenticationErrorName = 'AuthenticationError'
/** The `name` of an {@link AggregateAuthenticationError}. */
export const AggregateAuthenticationErrorName = 'AggregateAuthenticationError'
