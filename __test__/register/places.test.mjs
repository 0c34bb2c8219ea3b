import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'

import { startAzureOpenAI } from '../support/azure-openai.mjs'
import { startIdentity } from '../support/identity.mjs'
import { runProgram } from '../support/process.mjs'
import { onSource } from '../support/scene.mjs'
import { secret } from '../support/secrets.mjs'
import { valuesOf } from '../support/stand-in.mjs'
import { tls } from '../support/tls.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const hook = join(root, 'register.js')

for (const place of ['here', 'worker', 'child']) {
  for (const isAllowed of [true, false]) {
    test(`${place}, NODE_OPTIONS inherited: ${isAllowed ? 'a token' : 'nothing leaves to a foreign host'}`, () =>
      onSource({ start: startIdentity }, async (source) => {
        const certificate = await tls()
        const azure = await startAzureOpenAI({ knows: source.knows, tls: certificate })
        try {
          const { stdout, stderr } = await runProgram('hooked.cjs', {
            args: [place, `${azure.origin}/openai/deployments/chat/chat/completions`],
            variables: {
              ...source.environment,
              AZURE_OPENAI_USE_ENTRA_ID: 'true',
              AZURE_OPENAI_ENTRA_PLACEHOLDER: secret('placeholder'),
              AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: isAllowed ? 'localhost' : undefined,
              NODE_EXTRA_CA_CERTS: certificate.caFile,
              NODE_OPTIONS: `--require ${hook} --import ${hook}`,
            },
          })
          assert.equal(stdout, isAllowed ? '200\n' : '401\n', stderr)
          const keys = azure.requests.map((it) => [valuesOf(it, 'api-key'), valuesOf(it, 'authorization')])
          assert.deepEqual(keys, isAllowed ? [[[], [`Bearer ${source.tokens.issued.at(-1)}`]]] : [])
        } finally {
          await azure.close()
        }
      }))
  }
}

test('a second copy of the package changes nothing more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
  try {
    for (const name of ['register.js', 'lib'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    const hooked = () => [globalThis.fetch, http.ClientRequest.prototype._storeHeader]
    const before = hooked()
    createRequire(import.meta.url)(join(folder, 'register.js'))
    assert.deepEqual(hooked(), before)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
