import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, test } from 'node:test'

import { addonFile } from '../scripts/setup.mjs'
import { root } from '../scripts/support/run.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'
import { onSource } from './support/fixture.mjs'
import { programPath } from './support/programs.mjs'

const addon = addonFile()
const [major] = process.versions.node.split('.').map(Number)

/**
 * Runs `command` with a managed identity, and gives what it said and how many tokens were asked for.
 *
 * @param {string[]} command
 * @param {Record<string, string>} [variables]
 */
const runWithIdentity = async (command, variables) => {
  const outcome = { stdout: '', stderr: '', tokens: 0 }
  await onSource({ start: startIdentity }, async (source) => {
    const ended = await run(command, { variables: { ...source.environment, ...variables } })
    Object.assign(outcome, ended, { tokens: source.tokens.issued.length })
  })
  return outcome
}

describe("under Node's permission model", () => {
  const flags = [
    major >= 24 ? '--permission' : '--experimental-permission',
    `--allow-fs-read=${root}*`,
    ...(major >= 25 ? ['--allow-net'] : []),
  ]
  const program = programPath('one-token.mjs')

  test('gets a token if addons are allowed, and only the package is readable', async () => {
    const command = [process.execPath, ...flags, '--allow-addons', program]
    const { stdout, stderr, tokens } = await runWithIdentity(command)
    assert.equal(stdout, 'token\nnothing left to do\n', stderr)
    assert.equal(tokens, 1)
  })

  test('where addons are not allowed, the error says so, and what to do', async () => {
    for (const refusing of [flags, ['--no-addons']]) {
      const { stdout, stderr, tokens } = await runWithIdentity([process.execPath, ...refusing, program])
      assert.equal(stdout, 'ENTRA_ID_UNAVAILABLE\nnothing left to do\n', stderr)
      assert.match(
        stderr,
        /cannot be loaded: .*addons is disabled\. Start Node without --no-addons .* with --allow-addons\./,
      )
      assert.equal(tokens, 0)
    }
  })
})

test(
  'no memory of the addon becomes a buffer, so hosts that refuse such buffers do not matter',
  { skip: process.platform === 'win32' && 'on Windows the addon names every function of Node-API' },
  () => {
    const image = readFileSync(new URL(`../${addon}`, import.meta.url), 'latin1')
    assert.ok(image.includes('napi_create_function'))
    assert.doesNotMatch(
      image,
      /(?:napi|node_api)_create_(?:external_(?:array)?buffer|buffer_from_arraybuffer|external_string)/,
    )
  },
)

describe('as a user without rights, and without a writable folder', () => {
  const UID = '1000'
  // The inner namespace takes the rights away that it took to mount.
  const script = [
    'for folder in "$1" "$2"; do mount --bind "$folder" "$folder"; mount -o remount,bind,ro "$folder"; done',
    'cd "$1"',
    'shift 2',
    `exec unshare --user --map-user=${UID} --map-group=${UID} "$@"`,
  ].join(' && ')
  /** @param {string[]} command */
  const inside = (command) => [
    'unshare',
    '--map-root-user',
    '--mount',
    '/bin/sh',
    '-e',
    '-c',
    script,
    'sh',
    root,
    tmpdir(),
    ...command,
  ]
  const [file, ...args] = inside(['/bin/true'])
  const refused = process.platform !== 'linux' || spawnSync(file, args).status !== 0

  test('gets a token', { skip: refused && 'there are no such namespaces here' }, async () => {
    const command = inside([process.execPath, programPath('read-only.mjs')])
    const { stdout, stderr, tokens } = await runWithIdentity(command, { HOME: '/nonexistent' })
    assert.ok(stdout, stderr)
    assert.deepEqual(JSON.parse(stdout), { uid: Number(UID), refusals: ['EROFS', 'EROFS'], token: 'string' })
    assert.equal(tokens, 1)
  })
})
