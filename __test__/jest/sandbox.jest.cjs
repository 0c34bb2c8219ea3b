'use strict'

// Jest hands the file a `jest` without types.
const { describe, expect, jest: mocks, test } = require('@jest/globals')

const { clearTokenCache, getAzureOpenAIToken, shouldUseEntraId, EntraIdError } = require('azure-openai-entra')

/** Where the parent's stand-in is: under a name that the package does not read. */
const standIn = JSON.parse(process.env.TEST_STAND_IN ?? '')

/** This file's own: the cache is one with that of the test files beside it, which have tokens for the usual one. */
const scope = 'https://sandbox.example/.default'

/** What getenv sees, unlike `process.env`, which is a copy of Jest's. */
const realEnvironment = () =>
  /** @type {any} its type is `object` */ (process.report.getReport()).environmentVariables

test('nothing is set up before the test sets it', async () => {
  await expect(getAzureOpenAIToken({ scope })).rejects.toThrow(EntraIdError)
})

describe('process.env as the test edits it', () => {
  test('is what counts, though native code cannot see it', async () => {
    Object.assign(process.env, standIn)
    expect(realEnvironment().IDENTITY_ENDPOINT).toBeUndefined()
    await expect(getAzureOpenAIToken({ scope })).resolves.toMatch(/-access-token$/)
  })

  test('counts again once it is edited back', async () => {
    for (const name of Object.keys(standIn)) delete process.env[name]
    clearTokenCache()
    await expect(getAzureOpenAIToken({ scope })).rejects.toThrow(EntraIdError)
  })

  test('switches Entra ID on and off', () => {
    process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true'
    expect(shouldUseEntraId()).toBe(true)
    delete process.env.AZURE_OPENAI_USE_ENTRA_ID
    expect(shouldUseEntraId()).toBe(false)
  })
})

test('fake timers do not stand in the way', async () => {
  mocks.useFakeTimers()
  Object.assign(process.env, standIn)
  await expect(getAzureOpenAIToken({ scope, timeoutMs: 60_000 })).resolves.toMatch(/-access-token$/)
})
