import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { root } from '../../scripts/support/run.mjs'
import { parseFailures, typeErrors } from './changed-files.mjs'
import { releasesIn, tryCheckout } from './checkout.mjs'

/** A LibreChat of this repository's own writing. */
const FIXTURE = join(root, '__test__/librechat/checkout')
const folder = mkdtempSync(join(tmpdir(), 'entra-checkout-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const git = (/** @type {string[]} */ ...args) => {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false']
  const { status, stderr } = spawnSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

describe('a checkout of LibreChat', () => {
  cpSync(FIXTURE, folder, { recursive: true })

  it('passes as it is, and is not written to', () => {
    const path = join(folder, 'packages/api/src/utils/index.ts')
    const before = readFileSync(path, 'utf8')
    const [{ problems, changed }] = tryCheckout(folder, false)
    assert.deepEqual(problems, [])
    assert.ok(changed > 15)
    assert.equal(readFileSync(path, 'utf8'), before)
  })

  it('is tried at every release that it holds, and fails at the one that lost a statement', () => {
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '--message', 'one')
    for (const tag of ['v0.7.9', 'v0.8.0-rc4', 'v0.8.0', 'v0.8.10', 'v0.8.10-rc1', 'chart-1.0.0'])
      git('tag', tag)
    const lost = join(folder, 'api/server/services/Runs/methods.js')
    writeFileSync(lost, readFileSync(lost, 'utf8').replace("const axios = require('axios');", ''))
    git('commit', '--quiet', '--all', '--message', 'two')
    git('tag', 'v0.8.11')
    assert.deepEqual(releasesIn(folder), ['v0.8.0', 'v0.8.10-rc1', 'v0.8.10', 'v0.8.11'])
    const results = tryCheckout(folder, true)
    assert.deepEqual(
      results.map(({ problems }) => problems.length > 0),
      [false, false, false, true],
    )
    assert.match(results[3].problems[0], /methods\.js/)
  })

  it('shows what does not parse and what has a wrong type', () => {
    const [script, typed] = ['api/server/services/Runs/methods.js', 'packages/api/src/utils/azure.ts']
    const before = typeErrors(folder, [script, typed])
    appendFileSync(join(folder, script), 'unknownName();\n')
    appendFileSync(join(folder, typed), "import { shouldUseEntraId } from 'azure-openai-entra';\n")
    appendFileSync(join(folder, typed), 'export const wrong: string = shouldUseEntraId();\n')
    const added = typeErrors(folder, [script, typed]).filter((error) => !before.includes(error))
    assert.deepEqual(added, [
      `${script}: error TS2304: Cannot find name 'unknownName'.`,
      `${typed}: error TS2322: Type 'boolean' is not assignable to type 'string'.`,
    ])
    assert.deepEqual(parseFailures(folder, [script, typed]), [])
    appendFileSync(join(folder, script), 'const {\n')
    assert.match(parseFailures(folder, [script, typed]).join('\n'), /^api\/server/)
  })
})
