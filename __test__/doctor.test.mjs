import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { render } from '../cli/doctor/render.mjs'
import { startAuthority } from './support/authority.mjs'
import { startAzureOpenAI } from './support/azure-openai.mjs'
import { startIdentity } from './support/identity.mjs'
import { run } from './support/process.mjs'
import { secret } from './support/secrets.mjs'
import { tls } from './support/tls.mjs'

const TOOL = 'bin/azure-openai-entra.js'

/** Where no tool of a developer's machine is found. */
const NO_TOOLS = { PATH: '/nowhere' }

/**
 * Runs `act` with App Service's endpoint, the authority's, and a function that runs the tool between them; at the end
 * nothing that the tool wrote holds a token or a secret.
 */
const withDoctor = async (act) => {
  const [identity, authority] = await Promise.all([startIdentity(), startAuthority()])
  const written = []
  const reach = {
    AZURE_AUTHORITY_HOST: authority.environment.AZURE_AUTHORITY_HOST,
    NODE_EXTRA_CA_CERTS: authority.caFile,
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
  }
  const doctor = async (args, variables) => {
    const ended = await run([process.execPath, TOOL, ...args], {
      variables: { ...NO_TOOLS, ...reach, ...variables },
    })
    written.push(ended.stdout, ended.stderr)
    return ended
  }
  const examine = async (args, variables) => {
    const { code, stdout, stderr } = await doctor(['doctor', '--json', ...args], variables)
    assert.equal(stderr, '')
    const report = JSON.parse(stdout)
    assert.equal(report.exitCode, code)
    return { ...report, source: (name) => report.sources.find(({ credential }) => credential === name) }
  }
  try {
    await act({ identity, authority, doctor, examine })
    const secrets = [
      ...identity.tokens.issued,
      ...authority.tokens.issued,
      identity.environment.IDENTITY_HEADER,
      authority.clientSecret,
    ]
    for (const each of secrets) assert.ok(!written.join('').includes(each), 'a secret was written')
  } finally {
    await Promise.all([identity.close(), authority.close()])
  }
}

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
      assert.ok(!stdout.includes('\u001b'), 'no colours where it is no terminal')
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

  test('where no source is set up it says so and what to do, with exit code 1', () =>
    withDoctor(async ({ doctor }) => {
      const { code, stdout } = await doctor(['doctor'])
      assert.equal(code, 1)
      assert.match(stdout, /No source gives a token\./)
      assert.match(stdout, /→ to use a service principal/)
    }))

  test('a refused service principal ends the chain, whatever serves behind it', () =>
    withDoctor(async ({ identity, authority, examine }) => {
      const { code, winner, verdict, source } = await examine([], {
        ...identity.environment,
        ...authority.environment,
        AZURE_CLIENT_SECRET: 'not the one',
      }).then((report) => ({ ...report, code: report.exitCode }))
      assert.deepEqual([code, winner], [1, undefined])
      assert.match(verdict, /ends the chain/)
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

describe('the surroundings', () => {
  const found = ({ surroundings }, name) => surroundings.find(({ what }) => what === name)

  test('the authority answers, the clock agrees, the CA file is read', () =>
    withDoctor(async ({ authority, examine }) => {
      const report = await examine([], { AZURE_OPENAI_USE_ENTRA_ID: 'true' })
      assert.match(found(report, 'authority').found, new RegExp(`localhost:${authority.port} answered 200`))
      assert.deepEqual(found(report, 'clock'), {
        what: 'clock',
        ok: true,
        found: "agrees with the authority's",
      })
      assert.match(found(report, 'CA file').found, /from NODE_EXTRA_CA_CERTS: 1 certificate$/)
      assert.equal(found(report, 'switch').found, 'AZURE_OPENAI_USE_ENTRA_ID=true')
    }))

  test('an authority that is not there, and a CA file that is not either, are named', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], {
        AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1',
        SSL_CERT_FILE: '/nowhere/ca.pem',
      })
      assert.equal(found(report, 'authority').ok, false)
      assert.match(found(report, 'authority').found, /127\.0\.0\.1:1/)
      const file = report.surroundings.find(({ found: text }) => text.includes('SSL_CERT_FILE'))
      assert.deepEqual([file.ok, file.found], [false, '/nowhere/ca.pem, from SSL_CERT_FILE: ENOENT'])
    }))

  test("a proxy is named by its host, without the user's password", () =>
    withDoctor(async ({ doctor }) => {
      const password = secret('proxy-password')
      const { stdout } = await doctor(['doctor', '--json'], {
        HTTPS_PROXY: `http://user:${password}@127.0.0.1:1`,
        NO_PROXY: 'internal.example',
      })
      const proxy = found(JSON.parse(stdout), 'proxy')
      assert.equal(proxy.found, '127.0.0.1:1, from HTTPS_PROXY; not for internal.example, from NO_PROXY')
      assert.ok(!stdout.includes(password))
    }))
})

describe('--endpoint', () => {
  /** Runs `act` with an Azure OpenAI over TLS that takes the identity's tokens. */
  const onEndpoint = (act) =>
    withDoctor(async ({ identity, examine, ...rest }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      const variables = { ...identity.environment, AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost' }
      try {
        await act({
          ...rest,
          azure,
          ask: (args = []) => examine(['--endpoint', azure.origin, ...args], variables),
        })
      } finally {
        await azure.close()
      }
    })

  test('with a deployment one chat is sent, with a token and no key', () =>
    onEndpoint(async ({ azure, ask }) => {
      const { exitCode, endpoint, verdict } = await ask([
        '--deployment',
        'my model',
        '--api-version',
        '2025-01-01',
      ])
      assert.deepEqual([exitCode, endpoint.status], [0, 200])
      assert.match(verdict, /and the endpoint takes it/)
      const [{ method, path, query, headers }] = azure.requests
      assert.deepEqual(
        [azure.requests.length, method, path, query['api-version']],
        [1, 'POST', '/openai/deployments/my%20model/chat/completions', '2025-01-01'],
      )
      assert.match(headers.authorization, /^Bearer /)
      assert.equal(headers['api-key'], undefined)
    }))

  test('without one the models are listed', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always({ body: { data: [] } })
      assert.equal((await ask()).exitCode, 0)
      assert.deepEqual([azure.requests[0].method, azure.requests[0].path], ['GET', '/openai/models'])
    }))

  test('a missing role is told with the role to assign, and exit code 3', () =>
    onEndpoint(async ({ azure, ask }) => {
      const message =
        'The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.'
      azure.always({ status: 401, body: { error: { code: 'PermissionDenied', message } } })
      const { exitCode, endpoint } = await ask(['--deployment', 'm'])
      assert.equal(exitCode, 3)
      assert.match(endpoint.nextStep, /Cognitive Services OpenAI User/)
      assert.match(endpoint.said, /lacks the required data action/)
    }))

  test('a host that gets no tokens is named, and nothing is sent', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      try {
        const { exitCode, endpoint } = await examine(['--endpoint', azure.origin], identity.environment)
        assert.equal(exitCode, 3)
        assert.match(endpoint.meaning, /AZURE_OPENAI_ENTRA_ALLOWED_HOSTS/)
        assert.equal(azure.requests.length, 0)
      } finally {
        await azure.close()
      }
    }))
})

describe('the command line', () => {
  for (const { args, said } of [
    { args: ['--endpoint', 'my-resource'], said: /--endpoint must be a URL/ },
    { args: ['--endpoint', 'http://x.openai.azure.com'], said: /--endpoint must begin with https/ },
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

  test('a terminal gets colours, and what it shows is the same', () => {
    const report = {
      sources: [{ credential: 'AzureCliCredential', state: 'serves', durationMs: 1 }],
      winner: { credential: 'AzureCliCredential', expiresOnTimestamp: 0 },
      surroundings: [{ what: 'proxy', ok: true, found: 'none' }],
      endpoint: { url: 'https://x.example', ok: false, status: 401, meaning: 'refused', durationMs: 1 },
      verdict: 'The verdict.',
      exitCode: 3,
    }
    const plain = render(report, { hasColours: false, columns: 100 })
    const painted = render(report, { hasColours: true, columns: 100 })
    assert.ok(painted.includes('\u001b[32m') && painted.includes('\u001b[31m'))
    // oxlint-disable-next-line no-control-regex
    assert.equal(painted.replaceAll(/\u001b\[\d+m/g, ''), plain)
    assert.ok(plain.split('\n').every((line) => line.length <= 100))
  })
})

describe('health', () => {
  test('says whose token is had, with exit code 0', () =>
    withDoctor(async ({ identity, doctor }) => {
      const { code, stdout } = await doctor(['health'], identity.environment)
      assert.deepEqual(
        [code, stdout],
        [0, 'ok: a token of ManagedIdentityCredential, good for 60 more min\n'],
      )
      const json = await doctor(['health', '--json'], identity.environment)
      assert.equal(JSON.parse(json.stdout).status, 'ok')
    }))

  test('says why none is had, with exit code 1', () =>
    withDoctor(async ({ identity, doctor }) => {
      identity.always({ status: 400, body: { error_description: 'no such identity' } })
      const { code, stdout } = await doctor(['health'], {
        ...identity.environment,
        AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      })
      assert.equal(code, 1)
      assert.match(stdout, /^failing: .*no such identity/s)
    }))

  test('takes a time-out in milliseconds alone', async () => {
    const { code, stderr } = await run([process.execPath, TOOL, 'health', '--timeout', '5s'])
    assert.equal(code, 2)
    assert.match(stderr, /--timeout must be a number of milliseconds, not 5s/)
  })
})
