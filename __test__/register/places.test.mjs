import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'

import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { onSource } from '../support/fixture.mjs'
import { runProgram } from '../support/programs.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'

const hook = fileURLToPath(import.meta.resolve('azure-openai-entra/register'))

/**
 * @typedef {Awaited<ReturnType<typeof runProgram>> & {
 *   placeholder: string, keys: string[][][], source: import('../support/fixture.mjs').Identity,
 * }} Outcome
 */

/**
 * Runs the program that sends the placeholder, with the hook, and gives what became of it.
 *
 * @param {string} place
 * @param {boolean} isAllowed
 * @param {(outcome: Outcome) => unknown} act
 */
const onSender = (place, isAllowed, act) =>
  onSource({ start: startIdentity }, async (source) => {
    const certificate = await tls()
    const azure = await startAzureOpenAI({ knows: source.knows, tls: certificate })
    const placeholder = secret('placeholder')
    try {
      const outcome = await runProgram('hooked.cjs', {
        args: [place, `${azure.origin}/openai/deployments/chat/chat/completions`],
        variables: {
          ...source.environment,
          AZURE_OPENAI_USE_ENTRA_ID: 'true',
          AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder,
          AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: isAllowed ? 'localhost' : undefined,
          NODE_EXTRA_CA_CERTS: certificate.caFile,
          NODE_OPTIONS: `--require ${JSON.stringify(hook)} --import ${pathToFileURL(hook)}`,
        },
      })
      const keys = azure.requests.map((it) => [valuesOf(it, 'api-key'), valuesOf(it, 'authorization')])
      act({ ...outcome, source, placeholder, keys })
    } finally {
      await azure.close()
    }
  })

for (const place of ['here', 'worker', 'child']) {
  test(`${place}, NODE_OPTIONS inherited: a token`, () =>
    onSender(place, true, ({ stdout, stderr, source, keys }) => {
      assert.equal(stdout, '200\n', stderr)
      // The parent of a child asks for a token of its own, before the child or after it.
      const bearers = source.tokens.issued.map((token) => `Bearer ${token}`)
      const sent = bearers.find((bearer) => keys.flat(2).includes(bearer))
      assert.deepEqual(keys, [[[], [sent]]])
    }))

  test(`${place}, NODE_OPTIONS inherited: nothing leaves to a foreign host`, () =>
    onSender(place, false, ({ stdout, stderr, keys }) => {
      assert.equal(stdout, '401\n', stderr)
      assert.deepEqual(keys, [])
    }))
}

for (const place of ['child', 'worker']) {
  test(`a ${place} without NODE_OPTIONS: the placeholder goes out as a key, and opens nothing`, () =>
    onSender(`${place} without the hook`, true, ({ stdout, stderr, placeholder, keys }) => {
      assert.equal(stdout, '401\n', stderr)
      assert.deepEqual(keys, [[[placeholder], []]])
    }))
}

test('a second copy of the package changes nothing more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
  try {
    for (const name of ['register.js', 'lib'])
      cpSync(join(dirname(hook), name), join(folder, name), { recursive: true })
    const hooked = () => [
      globalThis.fetch,
      /** @type {any} whose method is not documented */ (http.ClientRequest.prototype)._storeHeader,
    ]
    const before = hooked()
    createRequire(import.meta.url)(join(folder, 'register.js'))
    assert.deepEqual(hooked(), before)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
