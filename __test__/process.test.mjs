import assert from 'node:assert/strict'
import test from 'node:test'

import { start, stop, until } from '../testkit/process.mjs'

/** A program that ends only by SIGKILL. */
const STUBBORN = [
  process.execPath,
  '-e',
  "process.on('SIGTERM', () => {}).send('up'); setInterval(() => {}, 1e6)",
]

test('ends a program that ignores its signal, after a bound', async () => {
  const { child } = start(STUBBORN)
  await new Promise((resolve) => child.once('message', resolve))
  assert.deepEqual(await stop(child, { limitMs: 100 }), { code: null, signal: 'SIGKILL' })
  assert.deepEqual(await stop(child), { code: null, signal: 'SIGKILL' }, 'a second time')
})

test('says how a program ended by itself', async () => {
  const { child, ended } = start([process.execPath, '-e', 'process.exitCode = 3'])
  await ended()
  assert.deepEqual(await stop(child), { code: 3, signal: null })
})

test('does not wait for what a program that has ended, or is late, cannot reach', async () => {
  const { child, ended } = start(STUBBORN)
  assert.equal(await until(child, () => false, 1), false)
  assert.equal(await until(child, async () => true, 1), true)
  child.kill('SIGKILL')
  await ended()
  assert.equal(await until(child, () => false, 3_600_000), false)
})
