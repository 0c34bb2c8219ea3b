import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { Issuer } from '../testkit/assertions.mjs'
import { startAuthority } from '../testkit/authority.mjs'
import { startAzureOpenAI } from '../testkit/azure-openai.mjs'
import { environmentWith } from '../testkit/environment.mjs'
import { TESTED_PROXY, chatThrough, skipProxy, startProxyProgram } from '../testkit/proxy-program.mjs'
import { secret } from '../testkit/secrets.mjs'
import { tls } from '../testkit/tls.mjs'

const AUDIENCE = 'api://AzureADTokenExchange'
/** Writes what is in the file of its first argument, and keeps its other arguments. */
const MINT = `const { readFileSync, writeFileSync } = require('node:fs')
const [file, ...others] = process.argv.slice(2)
writeFileSync(file + '.arguments', JSON.stringify(others))
process.stdout.write(readFileSync(file))`

/**
 * @typedef {{
 *   authority: Awaited<ReturnType<typeof startAuthority>>, variables: Record<string, string>, folder: string, file: string,
 *   serves: (flags: string[]) => Promise<{ status: number, log: string }>,
 * }} Bed `file` holds the assertion; `serves` sends a chat through a proxy with these flags
 */

/** @param {(bed: Bed) => unknown} act @param {{ trusted?: boolean }} [options] */
const onBed = async (act, { trusted = true } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-assertions-'))
  const issuer = new Issuer('https://vault.example', 'chat')
  const authority = await startAuthority({ trusts: (it) => trusted && issuer.minted.get(it) === AUDIENCE })
  const azure = await startAzureOpenAI({ knows: authority.knows, tls: await tls() })
  const { AZURE_CLIENT_SECRET: _, ...common } = authority.environment
  const variables = { ...common, AZURE_TOKEN_CREDENTIALS: 'prod', SSL_CERT_FILE: authority.caFile }
  const file = join(folder, 'assertion')
  writeFileSync(file, issuer.mint(AUDIENCE))
  writeFileSync(join(folder, 'mint.cjs'), MINT)
  /** @type {Bed['serves']} */
  const serves = async (flags) => {
    const proxy = await startProxyProgram({ upstream: azure.origin, variables, flags })
    try {
      const { status } = await chatThrough(proxy)
      return { status, log: proxy.log() }
    } finally {
      await proxy.stop()
    }
  }
  try {
    await act({ authority, variables, folder, file, serves })
  } finally {
    await Promise.all([authority.close(), azure.close()])
    rmSync(folder, { recursive: true })
  }
}

describe('an assertion of a flag', { skip: skipProxy }, () => {
  test('is read from the file', () =>
    onBed(async ({ authority, file, serves }) => {
      const { status, log } = await serves(['--assertion-file', file, '--log-level', 'debug'])
      const assertion = readFileSync(file, 'utf8')
      assert.equal(status, 200, log)
      assert.equal(authority.tokenRequests()[0].form.client_assertion, assertion)
      assert.ok(!log.includes(assertion))
    }))

  test('is written by the command, whose arguments no shell sees', () =>
    onBed(async ({ authority, folder, file, serves }) => {
      const odd = ['$(touch shell)', 'a b', `"'; touch shell #`, '', '*']
      const command = JSON.stringify([process.execPath, join(folder, 'mint.cjs'), file, ...odd])
      const { status, log } = await serves(['--assertion-command', command, '--log-level', 'debug'])
      const assertion = readFileSync(file, 'utf8')
      assert.equal(status, 200, log)
      assert.equal(authority.tokenRequests()[0].form.client_assertion, assertion)
      assert.deepEqual(JSON.parse(readFileSync(`${file}.arguments`, 'utf8')), odd)
      assert.ok(!log.includes(assertion))
    }))

  /** What `check` says. @param {string[]} flags @param {Record<string, string>} variables */
  const check = (flags, variables) =>
    new Promise((resolve) => {
      const args = ['check', '--upstream', 'https://localhost:1', ...flags]
      const env = environmentWith({ AZURE_OPENAI_ENTRA_HOSTS: 'localhost', ...variables })
      execFile(TESTED_PROXY, args, { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code, said: `${stdout}${stderr}` }),
      )
    })

  test('that is refused is told by its claims, and not shown', () =>
    onBed(
      async ({ variables, file }) => {
        const { code, said } = await check(['--assertion-file', file], variables)
        assert.equal(code, 1)
        assert.match(said, /AADSTS700211/)
        assert.ok(said.includes(`the issuer 'https://vault.example', the subject 'chat'`), said)
        assert.match(said, /az identity federated-credential create .* --issuer "https:\/\/vault\.example"/)
        const parts = readFileSync(file, 'utf8').split('.')
        assert.ok(parts.every((part) => !said.includes(part)))
      },
      { trusted: false },
    ))

  test('that a command does not write is told, without the arguments', () =>
    onBed(async ({ variables, folder }) => {
      const planted = secret('planted')
      const script = 'console.error(process.argv.join(" ")); process.exit(3)'
      writeFileSync(join(folder, 'refuse.cjs'), script)
      const command = [process.execPath, join(folder, 'refuse.cjs'), `--token=${planted}`]
      const { code, said } = await check(['--assertion-command', JSON.stringify(command)], variables)
      assert.equal(code, 1)
      assert.match(said, /of --assertion-command ended with code 3/)
      assert.ok(!said.includes(planted), said)
    }))

  for (const [what, without, says] of /** @type {const} */ ([
    [
      'its application',
      { AZURE_CLIENT_ID: '' },
      /--assertion-file needs AZURE_TENANT_ID and AZURE_CLIENT_ID/,
    ],
    [
      'its credential in the chain',
      { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' },
      /leaves out WorkloadIdentityCredential, which --assertion-file is for/,
    ],
  ])) {
    test(`needs ${what}`, () =>
      onBed(async ({ variables, file }) => {
        const { code, said } = await check(['--assertion-file', file], { ...variables, ...without })
        assert.equal(code, 2)
        assert.match(said, says)
      }))
  }
})
