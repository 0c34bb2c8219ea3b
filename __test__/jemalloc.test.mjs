import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

import { run } from '../testkit/process.mjs'
import { programPath } from './support/programs.mjs'

const { arch } = process
const isMusl =
  process.platform === 'linux' &&
  !(/** @type {any} its type is `object` */ (process.report.getReport()).header.glibcVersionRuntime)
/** @type {Record<string, string | undefined>} */
const FOLDERS = { x64: 'x86_64-linux-gnu/', arm64: 'aarch64-linux-gnu/' }
const folder = isMusl ? '' : FOLDERS[arch]
/** Its path on the system, Debian's or Alpine's, or the one that the environment names. */
const library = process.env.ENTRA_TEST_JEMALLOC ?? `/usr/lib/${folder}libjemalloc.so.2`

test(
  'with jemalloc instead of malloc, threads come and go',
  { skip: !existsSync(library) && 'jemalloc is not installed' },
  async () => {
    const command = [process.execPath, programPath('come-and-go.mjs'), '--main-too']
    // Asked for statistics, jemalloc prints them at the end: a sign that it was there.
    const variables = { LD_PRELOAD: library, MALLOC_CONF: 'stats_print:true' }
    const { code, stderr } = await run(command, { variables })
    assert.equal(code, 0, stderr)
    assert.match(stderr, /Begin jemalloc statistics/)
  },
)
