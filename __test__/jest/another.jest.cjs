'use strict'

const { expect, test } = require('@jest/globals')

const { getAzureOpenAIToken } = require('azure-openai-entra')

test('a second test file of the same process loads the package again and gets a token', async () => {
  Object.assign(process.env, JSON.parse(process.env.TEST_STAND_IN ?? ''))
  await expect(getAzureOpenAIToken()).resolves.toMatch(/-access-token$/)
})
