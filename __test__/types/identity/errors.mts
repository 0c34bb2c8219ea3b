// What code for @azure/identity does with its names: tsc must take all of it, and refuse what is marked.

import {
  AggregateAuthenticationError,
  AggregateAuthenticationErrorName,
  AuthenticationError,
  AuthenticationErrorName,
  AuthenticationRequiredError,
  CredentialUnavailableError,
  CredentialUnavailableErrorName,
  EntraIdError,
} from 'azure-openai-entra'
import type { AuthenticationRequiredErrorOptions, ErrorResponse } from 'azure-openai-entra'
import * as theirs from '@azure/identity'

// Each error fits a parameter of @azure/identity's type.
const required: AuthenticationRequiredErrorOptions = { scopes: ['scope'], getTokenOptions: { claims: '{}' } }
const made: EntraIdError[] = [
  new CredentialUnavailableError(),
  new CredentialUnavailableError('not here', { cause: new Error('why') }),
  new AuthenticationError(400, { error: 'invalid_client' }, { cause: new Error('why') }),
  new AggregateAuthenticationError([new Error('why')], 'the chain failed'),
  new AuthenticationRequiredError(required),
]
for (const error of made) {
  if (error instanceof AuthenticationError) {
    const taken: theirs.AuthenticationError = error
    const response: ErrorResponse = error.errorResponse
    console.error(taken.statusCode, response.error, response.errorDescription, response.correlationId)
  } else if (error instanceof AggregateAuthenticationError) {
    const taken: theirs.AggregateAuthenticationError = error
    console.error(taken.errors.length, error.code)
  } else if (error instanceof AuthenticationRequiredError) {
    const taken: theirs.AuthenticationRequiredError = error
    console.error(taken.scopes, taken.getTokenOptions?.claims)
  } else if (error instanceof CredentialUnavailableError) {
    const taken: theirs.CredentialUnavailableError = error
    console.error(taken.message, error.attempts.length)
  }
}
const names: string[] = [
  CredentialUnavailableErrorName,
  AuthenticationErrorName,
  AggregateAuthenticationErrorName,
]
console.error(names)

// @ts-expect-error
new EntraIdError({ code: 'ENTRA_ID_NETWORK', message: 'no' })
// @ts-expect-error
new AuthenticationRequiredError()
