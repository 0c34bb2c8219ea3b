import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runProgram } from './support/programs.mjs'

for (const { where, args } of [
  { where: 'only they load the package', args: [] },
  { where: 'the package is loaded in the main thread too', args: ['--main-too'] },
]) {
  test(`workers come and go with fetches in flight, ${where}`, async () => {
    const { code, signal, stdout, stderr } = await runProgram('come-and-go.mjs', { args })
    assert.deepEqual(
      { code, signal, stdout },
      { code: 0, signal: null, stdout: 'all came and went\n' },
      stderr,
    )
  })
}
