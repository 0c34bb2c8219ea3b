import assert from 'node:assert/strict'
import { test } from 'node:test'

import { run } from '../testkit/process.mjs'

const STEPS = new URL('../scripts/support/run.mjs', import.meta.url)

/** Longer than a script may take here. */
const HANGS = `setTimeout(() => {}, 600_000)`
const STARTS_ONE_THAT_HANGS = `
  const { spawn } = require('node:child_process')
  console.log('pid', spawn(process.execPath, ['-e', ${JSON.stringify(HANGS)}], { stdio: 'inherit' }).pid)
  ${HANGS}`
const SCRIPT = `
  import { run } from '${STEPS}'
  const command = [process.execPath, '-e', ${JSON.stringify(STARTS_ONE_THAT_HANGS)}]
  await run('a step', command, { minutes: 0.05 }).catch(({ message }) => console.log(message))`

test('a step that hangs ends its script, though what it started holds its output open', async () => {
  const { code, stdout, stderr } = await run([process.execPath, '--input-type=module', '-e', SCRIPT])
  const [, pid] = /^pid (\d+)$/m.exec(stderr) ?? []
  if (pid) process.kill(Number(pid))
  assert.equal(stdout, 'a step: did not end within 0.05 minutes\n')
  assert.equal(code, 0)
})
