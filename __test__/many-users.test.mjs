import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startAuthority } from '../testkit/authority.mjs'
import { run } from '../testkit/process.mjs'
import { programPath } from './support/programs.mjs'

/** What docs/cache.md states of each. */
const MOST_BYTES = 25_000
/** The first ones also take what every process takes. */
const [FIRST, ALL] = [1000, 3000]
/** As long as those of Entra ID. */
const TOKEN_LENGTH = 1600
const LIMIT_MS = 10 * 60_000

test('a user takes no more memory than the documentation says', async () => {
  const authority = await startAuthority()
  let issued = 0
  authority.always(() => {
    const token = `${issued++}.`.padEnd(TOKEN_LENGTH, 'token')
    return { body: { token_type: 'Bearer', expires_in: 3600, access_token: token } }
  })
  try {
    const command = [process.execPath, '--expose-gc', programPath('many-users.mjs')]
    const setting = { variables: authority.environment, limitMs: LIMIT_MS }
    const { code, stdout, stderr } = await run([...command, String(FIRST), String(ALL)], setting)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const looks = stdout.trim().split('\n')
    const [first, all] = looks.map((line) => JSON.parse(line))
    assert.deepEqual([first.cached, all.cached], [FIRST, ALL])
    const each = (all.memory - first.memory) / (ALL - FIRST)
    assert.ok(each < MOST_BYTES, `${each} bytes`)
  } finally {
    await authority.close()
  }
})
