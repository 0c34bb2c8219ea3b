import assert from 'node:assert/strict'

import { EntraIdError } from 'azure-openai-entra'

/**
 * That `promise` is rejected with an EntraIdError of these fields, of which a regular expression is matched and
 * anything else compared.
 *
 * @param {Promise<unknown>} promise
 * @param {Record<string, unknown>} fields
 * @returns {Promise<EntraIdError>} the error
 */
export const rejectsWith = async (promise, fields) => {
  const error = await promise.then(
    () => assert.fail('the promise was fulfilled'),
    (reason) => reason,
  )
  return assertError(error, fields)
}

/** The same of a function that throws at once. */
export const throwsWith = (act, fields) => {
  let thrown
  assert.throws(act, (error) => {
    thrown = error
    return true
  })
  return assertError(thrown, fields)
}

const assertError = (error, fields) => {
  assert.ok(error instanceof EntraIdError, `not an EntraIdError: ${error?.stack ?? error}`)
  for (const [name, expected] of Object.entries(fields)) {
    if (expected instanceof RegExp) assert.match(String(error[name]), expected)
    else assert.deepEqual(error[name], expected, `${name} of: ${error.message}`)
  }
  return error
}
