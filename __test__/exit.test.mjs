import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'

import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { startProgram } from './support/programs.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {import('./support/fixture.mjs').Identity} Identity */

/** Less than the 25 s of one request: a process that waited for the answer after all is ended and fails. */
const AT_ONCE = { limitMs: 20_000 }

/** Runs a program beside the source and gives how it ended; `meanwhile` is what the source does. */
/**
 * @param {import('./support/fixture.mjs').Source} source
 * @param {string} name
 * @param {{ args?: string[], variables?: Record<string, string> }} [setting]
 * @param {(child: import('node:child_process').ChildProcess) => Promise<unknown>} [meanwhile]
 */
const ended = async (source, name, { args, variables } = {}, meanwhile = async () => {}) => {
  const program = startProgram(name, {
    args,
    variables: { ...source.environment, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential', ...variables },
    ...AT_ONCE,
  })
  await meanwhile(program.child)
  return program.ended()
}

describe('a process leaves at once', () => {
  /** The endpoint says nothing any more; the child goes on when it has been asked. */
  const fallSilent = (/** @type {Identity} */ source) => async (/** @type {ChildProcess} */ child) => {
    source.hold()
    await source.arrived(1)
    child.send('go on')
  }

  for (const { state, ways, meanwhile = () => undefined } of [
    { state: 'a timer pending', ways: ['its end', 'process.exit'] },
    { state: 'a fetch abandoned', ways: ['its end', 'process.exit'], meanwhile: fallSilent },
    {
      state: 'a refresh abandoned',
      ways: ['its end', 'process.exit'],
      meanwhile: (/** @type {Identity} */ source) => async (/** @type {ChildProcess} */ child) => {
        await once(child, 'message')
        source.hold()
        await source.arrived(2)
        child.send('go on')
      },
    },
    {
      state: 'a refresh failed',
      ways: ['its end', 'process.exit'],
      meanwhile: (/** @type {Identity} */ source) => async () => {
        source.tokens.lifetimeSeconds = 4
        await source.arrived(1)
        source.always({ status: 400, body: 'no' })
      },
    },
    { state: 'a call waiting', ways: ['process.exit'], meanwhile: fallSilent },
    { state: 'a worker terminated', ways: ['its end', 'process.exit'], meanwhile: fallSilent },
    { state: 'a worker waiting', ways: ['process.exit'], meanwhile: fallSilent },
  ]) {
    for (const way of ways) {
      test(`with ${state}, by ${way}`, () =>
        onSource({ start: startIdentity }, async (source) => {
          const { code, signal, stdout, stderr } = await ended(
            source,
            'leaves.mjs',
            { args: [state, way] },
            meanwhile(source),
          )
          // The source lets nothing out before the process has gone.
          assert.deepEqual(
            { code, signal, stdout, stderr },
            { code: 0, signal: null, stdout: '', stderr: '' },
          )
        }))
    }
  }
})

describe('a process lives', () => {
  test('until a call that is not awaited has its token; a cached token does not keep it', () =>
    onSource({ start: startIdentity }, async (source) => {
      const release = source.hold()
      const { code, signal, stdout } = await ended(source, 'one-token.mjs', {}, async () => {
        await source.arrived(1)
        release()
      })
      assert.deepEqual(
        { code, signal, stdout },
        { code: 0, signal: null, stdout: 'token\nnothing left to do\n' },
      )
    }))

  test('until a call that is not awaited has failed', () =>
    onSource({ start: startIdentity }, async (source) => {
      source.always({ status: 403, body: 'no' })
      const { code, signal, stdout } = await ended(source, 'one-token.mjs')
      const expected = 'ENTRA_ID_REJECTED\nnothing left to do\n'
      assert.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: expected })
    }))
})
