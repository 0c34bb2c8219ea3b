import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

/** Longer than anything that a test waits for, and shorter than the limit of a whole file, which tells less. */
const PATIENCE_MS = 100_000

/**
 * Waits until `isSo` gives something true.
 *
 * @param {() => unknown} isSo
 * @param {() => string} [state] what the error says
 * @throws {AssertionError} after 100 s
 */
export const until = async (isSo, state = () => String(isSo)) => {
  const end = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `not within ${PATIENCE_MS / 1000} s: ${state()}`)
    await setTimeout(1)
  }
}
