import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { fakeAzureCli } from '../testkit/azure-cli.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { until } from '../testkit/until.mjs'
import { SOURCES, onSource } from './support/fixture.mjs'

/**
 * What happens between a call and its answer, in order; `letAnswer` runs when the loop has turned in between.
 *
 * @param {() => Promise<unknown>} call
 * @param {() => unknown} letAnswer
 */
const turnsDuring = async (call, letAnswer) => {
  const seen = []
  const answer = call().then(
    () => seen.push('answer'),
    () => seen.push('answer'),
  )
  seen.push('call')
  await setImmediate()
  seen.push('immediate')
  await setTimeout(1)
  seen.push('timer')
  await letAnswer()
  await answer
  return seen
}

const IN_BETWEEN = ['call', 'immediate', 'timer', 'answer']

// The stand-ins answer from the same event loop: were it blocked, no test would come to its end.
describe('the event loop turns between a call and its answer', () => {
  for (const { source: label, start } of SOURCES) {
    test(`while ${label} is silent and 1,000 callers wait`, () =>
      onSource({ start }, async (source) => {
        const release = source.hold()
        const call = () => Promise.all(Array.from({ length: 1000 }, () => getAzureOpenAIToken()))
        const seen = await turnsDuring(call, async () => {
          await source.arrived(1)
          release()
        })
        assert.deepEqual(seen, IN_BETWEEN)
      }))
  }

  test('while the endpoint has no listener', () =>
    onSource({ start: startIdentity }, async (source) => {
      await source.close()
      const controller = new AbortController()
      const seen = await turnsDuring(
        () => getAzureOpenAIToken({ signal: controller.signal }),
        () => controller.abort(),
      )
      assert.deepEqual(seen, IN_BETWEEN)
    }))

  test(
    'while a command-line tool hangs',
    { skip: process.platform === 'win32' && 'needs a shell' },
    async () => {
      const az = fakeAzureCli({ hang: true })
      try {
        await onSource({ start: startAuthority, variables: az.environment }, async () => {
          const controller = new AbortController()
          const call = getAzureOpenAIToken({ signal: controller.signal })
          const seen = await turnsDuring(
            () => call,
            async () => {
              await until(() => az.calls().length > 0)
              controller.abort()
            },
          )
          assert.deepEqual(seen, IN_BETWEEN)
          await rejectsWith(call, { code: 'ENTRA_ID_ABORTED' })
        })
      } finally {
        az.remove()
      }
    },
  )
})
