'use strict'

// Jest hands the file a `jest` without types.
const { expect, jest: mocks, test } = require('@jest/globals')

mocks.mock('fs')
mocks.mock('path')

const { readFileSync } = require('fs')
const { applyEntraIdAuth, getAzureOpenAIToken, shouldUseEntraId } = require('azure-openai-entra')

test('an app whose spec mocks fs and path runs with Entra ID off', () => {
  expect(mocks.isMockFunction(readFileSync)).toBe(true)
  expect(shouldUseEntraId()).toBe(false)
  /** @type {{ configOptions: { baseURL: string, fetch?: unknown } }} */
  const options = { configOptions: { baseURL: 'https://x.openai.azure.com' } }
  expect(applyEntraIdAuth(options)).toBe(options)
  expect(typeof options.configOptions.fetch).toBe('function')
})

test('and gets a token with Entra ID on', async () => {
  Object.assign(process.env, JSON.parse(process.env.TEST_STAND_IN ?? ''))
  await expect(getAzureOpenAIToken()).resolves.toMatch(/-access-token$/)
})
