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

/**
 * The same of a function that throws at once.
 *
 * @param {() => unknown} act
 * @param {Record<string, unknown>} fields
 */
export const throwsWith = (act, fields) => {
  /** @type {unknown} */
  let thrown
  assert.throws(act, (error) => {
    thrown = error
    return true
  })
  return assertError(thrown, fields)
}

/** @param {unknown} error @param {Record<string, unknown>} fields */
const assertError = (error, fields) => {
  if (!(error instanceof EntraIdError)) {
    return assert.fail(`not an EntraIdError: ${error instanceof Error ? error.stack : error}`)
  }
  for (const [name, expected] of Object.entries(fields)) {
    /** @type {unknown} */
    const value = Reflect.get(error, name)
    if (expected instanceof RegExp) assert.match(String(value), expected)
    else assert.deepEqual(value, expected, `${name} of: ${error.message}`)
  }
  return error
}
