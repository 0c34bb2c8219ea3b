'use strict'

// Jest hands the file a `jest` without types.
const { expect, jest: mocks, test } = require('@jest/globals')

const { getAzureOpenAIToken } = require('azure-openai-entra')

test("a token that has expired by Jest's clock is renewed", async () => {
  Object.assign(process.env, JSON.parse(process.env.TEST_STAND_IN ?? ''))
  const scope = 'https://moved-clock.example/.default'
  const first = await getAzureOpenAIToken({ scope })
  mocks.useFakeTimers({ now: Date.now() + 25 * 3_600_000 })
  const second = await getAzureOpenAIToken({ scope })
  expect(second).not.toBe(first)
  await expect(getAzureOpenAIToken({ scope })).resolves.toBe(second)
})
