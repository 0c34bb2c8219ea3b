import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { judge } from '../cli/doctor/verdict.mjs'
import { TOOL, withDoctor } from './support/doctor.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'

const CLAIMS = {
  aud: 'https://cognitiveservices.azure.com',
  tid: 'the-tenant',
  appid: 'the-client',
  oid: 'the-object',
}

/** An answer of App Service's endpoint whose token says whose it is. */
const jsonWebToken = () => {
  const payload = Buffer.from(JSON.stringify({ ...CLAIMS, roles: ['a-role'] })).toString('base64url')
  const token = `e30.${payload}.${secret('signature')}`
  const expires_on = String(Math.floor(Date.now() / 1000) + 3600)
  return { token, answer: { body: { access_token: token, expires_on, token_type: 'Bearer' } } }
}

describe('the chain', () => {
  test('each source is asked, and the winner shown with whose token it is, never the token', () =>
    withDoctor(async ({ identity, doctor }) => {
      const { token, answer } = jsonWebToken()
      identity.always(answer)
      const { code, stdout, stderr } = await doctor(['doctor'], identity.environment)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /EnvironmentCredential +│ not set up/)
      assert.match(stdout, /ManagedIdentityCredential \* +│ serves/)
      assert.match(stdout, /AzureCliCredential +│ not set up/)
      assert.match(stdout, /oid, for role assignments +the-object/)
      assert.match(stdout, /tid, the tenant +the-tenant/)
      assert.match(stdout, /roles +a-role/)
      assert.match(stdout, /ManagedIdentityCredential gives a token\.\n$/)
      assert.ok(!stdout.includes('\u001b'), 'no colours without a terminal')
      assert.ok(!stdout.includes(token) && !stdout.includes(token.split('.')[1]))
    }))

  test('--json has the same for machines', () =>
    withDoctor(async ({ identity, examine }) => {
      const report = await examine([], identity.environment)
      assert.deepEqual(
        report.sources.map(({ state }) => state),
        [
          'not set up',
          'not set up',
          'serves',
          'not set up',
          'not set up',
          'not set up',
          'not set up',
          'not set up',
        ],
      )
      assert.equal(report.winner.credential, 'ManagedIdentityCredential')
      assert.ok(report.sources.every(({ durationMs }) => Number.isInteger(durationMs)))
      assert.match(report.source('AzureCliCredential').nextStep, /az login/)
    }))

  test('if the only selected source is not configured it says so and what to do, with exit code 1', () =>
    withDoctor(async ({ doctor }) => {
      const { code, stdout } = await doctor(['doctor'], { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' })
      assert.equal(code, 1)
      assert.match(stdout, /→ set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET/)
      assert.match(
        stdout,
        /No token: EnvironmentCredential is not configured: AZURE_TENANT_ID[^]*\n→ set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET/,
      )
    }))

  test('a refused service principal ends the chain, whatever serves behind it', () =>
    withDoctor(async ({ identity, authority, examine }) => {
      const { code, winner, verdict, source } = await examine([], {
        ...identity.environment,
        ...authority.environment,
        AZURE_CLIENT_SECRET: secret('another-secret'),
      }).then((report) => ({ ...report, code: report.exitCode }))
      assert.deepEqual([code, winner], [1, undefined])
      assert.match(
        verdict,
        /^No token: EnvironmentCredential .* ends the chain: .*AADSTS7000215.*\n→ set AZURE_CLIENT_SECRET to the secret's value/,
      )
      assert.match(source('EnvironmentCredential').reason, /AADSTS7000215/)
      assert.equal(source('ManagedIdentityCredential').state, 'serves')
    }))

  test('what AZURE_TOKEN_CREDENTIALS leaves out is not asked', () =>
    withDoctor(async ({ identity, examine }) => {
      const variables = { ...identity.environment, AZURE_TOKEN_CREDENTIALS: 'dev' }
      const report = await examine([], variables)
      assert.equal(report.source('ManagedIdentityCredential').state, 'left out')
      assert.equal(report.exitCode, 1)
      assert.equal(identity.requests.length, 0)
    }))

  test('if only excluded sources are configured, the last line says which variable excludes them', () =>
    withDoctor(async ({ identity, examine }) => {
      const { verdict } = await examine([], {
        ...identity.environment,
        AZURE_TOKEN_CREDENTIALS: 'dev',
      })
      assert.match(
        verdict,
        /no source is configured among those of AZURE_TOKEN_CREDENTIALS=dev\.\n→ .* run 'az login'; on Azure, unset AZURE_TOKEN_CREDENTIALS/,
      )
    }))

  test('a source that is set up and failed is in the last line, with what to do', () =>
    withDoctor(async ({ identity, examine }) => {
      const message = 'No User Assigned or Delegated Managed Identity found for specified ClientId'
      identity.always({ status: 400, body: { statusCode: 400, message } })
      const { exitCode, verdict } = await examine([], {
        ...identity.environment,
        AZURE_CLIENT_ID: 'not an id',
      })
      assert.equal(exitCode, 1)
      assert.match(
        verdict,
        /^No token: ManagedIdentityCredential was asked and failed: .* refused .*\n→ .*AZURE_CLIENT_ID/,
      )
    }))

  test('if a configured source failed before the winner, the last line says so', () => {
    /** @type {Parameters<typeof judge>[0]['sources']} */
    const sources = [
      { credential: 'WorkloadIdentityCredential', state: 'failed', durationMs: 1, reason: 'refused' },
      { credential: 'AzureCliCredential', state: 'serves', durationMs: 1 },
    ]
    const { verdict, exitCode } = judge({ sources }, undefined)
    assert.equal(exitCode, 0)
    assert.match(verdict, /^AzureCliCredential gives a token\.\n→ WorkloadIdentityCredential comes before it/)
  })

  for (const [name, value] of [
    ['AZURE_TOKEN_CREDENTIALS', 'ManagedIdentity'],
    ['AZURE_AUTHORITY_HOST', 'http://login.example'],
  ]) {
    test(`a wrong ${name} is told once, and no source is asked`, () =>
      withDoctor(async ({ identity, examine }) => {
        const report = await examine([], { ...identity.environment, [name]: value })
        assert.equal(report.exitCode, 1)
        assert.ok(report.sources.every(({ state, reason }) => state === 'not asked' && reason === undefined))
        assert.ok(report.verdict.startsWith(`No token: ${name} is '${value}'`), report.verdict)
        assert.ok(!report.verdict.includes('Troubleshooting'))
        assert.equal(JSON.stringify(report).split(`${name} is`).length, 2)
        assert.equal(identity.requests.length, 0)
      }))
  }

  test('--scope is what the token is asked for', () =>
    withDoctor(async ({ identity, examine }) => {
      await examine(['--scope', 'https://ai.azure.com/.default'], identity.environment)
      assert.equal(identity.requests[0].query.resource, 'https://ai.azure.com')
    }))

  test('--dotenv gives variables, and those that are set stay', () =>
    withDoctor(async ({ identity, examine }) => {
      const folder = mkdtempSync(join(tmpdir(), 'entra-doctor-'))
      try {
        const file = join(folder, '.env')
        const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = identity.environment
        writeFileSync(file, `IDENTITY_ENDPOINT=${IDENTITY_ENDPOINT}\nIDENTITY_HEADER=from the file\n`)
        const { exitCode } = await examine(['--dotenv', file], { IDENTITY_HEADER })
        assert.equal(exitCode, 0)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }))
})

describe('the command line', () => {
  for (const { args, said } of [
    { args: ['--endpoint', 'my-resource'], said: /--endpoint must be a URL/ },
    { args: ['--endpoint', 'http://x.openai.azure.com'], said: /--endpoint must begin with https/ },
    { args: ['--endpoint', 'https://user:word@x.openai.azure.com'], said: /without user and password/ },
    { args: ['--endpoint', 'https://word#more@x.openai.azure.com'], said: /without user and password/ },
    { args: ['--deployment', 'm'], said: /--deployment needs --endpoint/ },
    { args: ['--dotenv', '/nowhere/.env'], said: /--dotenv \/nowhere\/\.env cannot be read/ },
    { args: ['--token'], said: /--token/ },
    { args: ['stray'], said: /stray/ },
  ]) {
    test(`${args.join(' ')} is wrong usage`, async () => {
      const { code, stdout, stderr } = await run([process.execPath, TOOL, 'doctor', ...args])
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, said)
    })
  }

  test('--help tells the options and the exit codes', async () => {
    const { code, stdout } = await run([process.execPath, TOOL, 'doctor', '--help'])
    assert.equal(code, 0)
    for (const said of ['--endpoint', '--deployment', '--json', 'Exit code:'])
      assert.ok(stdout.includes(said))
  })
})
