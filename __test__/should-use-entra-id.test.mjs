import assert from 'node:assert/strict'
import { test } from 'node:test'

import { shouldUseEntraId } from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'

for (const [value, expected] of [
  ['true', true],
  ['TRUE', true],
  ['True', true],
  ['  true\t\n', true],
  [undefined, false],
  ['', false],
  [' ', false],
  ['false', false],
  ['1', false],
  ['yes', false],
  ['on', false],
  ['truely', false],
  ['true false', false],
  ['"true"', false],
]) {
  test(`AZURE_OPENAI_USE_ENTRA_ID ${value === undefined ? 'unset' : JSON.stringify(value)}: ${expected}`, () =>
    withEnvironment({ AZURE_OPENAI_USE_ENTRA_ID: /** @type {any} a boolean too */ (value) }, () => {
      assert.equal(shouldUseEntraId(), expected)
    }))
}

test('it is read at every call', () =>
  withEnvironment({}, () => {
    const seen = ['true', 'false', 'TRUE'].map((value) => {
      process.env.AZURE_OPENAI_USE_ENTRA_ID = value
      return shouldUseEntraId()
    })
    assert.deepEqual(seen, [true, false, true])
  }))
