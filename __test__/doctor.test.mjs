import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { render } from '../cli/doctor/render.mjs'
import { judge } from '../cli/doctor/verdict.mjs'
import { startAuthority } from './support/authority.mjs'
import { startAzureOpenAI } from './support/azure-openai.mjs'
import { startIdentity } from './support/identity.mjs'
import { run } from './support/process.mjs'
import { secret } from './support/secrets.mjs'
import { startStandIn } from './support/stand-in.mjs'
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

  test('where the one source that is left in is not set up it says so and what to do, with exit code 1', () =>
    withDoctor(async ({ doctor }) => {
      const { code, stdout } = await doctor(['doctor'], { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' })
      assert.equal(code, 1)
      assert.match(stdout, /→ to use a service principal/)
      assert.match(
        stdout,
        /No token: EnvironmentCredential is not set up here: AZURE_TENANT_ID[^]*\n→ to use a service principal/,
      )
    }))

  test('a refused service principal ends the chain, whatever serves behind it', () =>
    withDoctor(async ({ identity, authority, examine }) => {
      const { code, winner, verdict, source } = await examine([], {
        ...identity.environment,
        ...authority.environment,
        AZURE_CLIENT_SECRET: 'not the one',
      }).then((report) => ({ ...report, code: report.exitCode }))
      assert.deepEqual([code, winner], [1, undefined])
      assert.match(
        verdict,
        /^No token: EnvironmentCredential .* ends the chain: .*AADSTS7000215.*\n→ AZURE_CLIENT_SECRET is wrong/,
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

  test('where only left-out sources are set up, the last line says who leaves them out', () =>
    withDoctor(async ({ identity, examine }) => {
      const { verdict } = await examine([], {
        ...identity.environment,
        AZURE_TOKEN_CREDENTIALS: 'dev',
      })
      assert.match(
        verdict,
        /no source is set up here among those of AZURE_TOKEN_CREDENTIALS=dev.*\n→ set up the one that you mean/,
      )
    }))

  test('a source that is set up and failed is in the last line, with what to do', () =>
    withDoctor(async ({ identity, examine }) => {
      const message = 'No User Assigned or Delegated Managed Identity found for specified ClientId'
      identity.always({ status: 400, body: { statusCode: 400, message } })
      const { exitCode, verdict } = await examine([], {
        ...identity.environment,
        AZURE_CLIENT_ID: 'of nobody',
      })
      assert.equal(exitCode, 1)
      assert.match(
        verdict,
        /^No token: ManagedIdentityCredential was asked and failed: .* refused .*\n→ .*AZURE_CLIENT_ID/,
      )
    }))

  test('where a source that is set up failed before the winner, the last line says so', () => {
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

  /** Runs `act` with the address of an authority whose metadata is `answer`, and the variables that lead to it. */
  const withMetadata = async (answer, act) => {
    const certificate = await tls()
    const server = await startStandIn({ tls: certificate, respond: () => answer })
    try {
      await act({ AZURE_AUTHORITY_HOST: server.origin, NODE_EXTRA_CA_CERTS: certificate.caFile })
    } finally {
      await server.close()
    }
  }

  test('a clock that is off is told with how much', () =>
    withDoctor(({ examine }) => {
      const date = new Date(Date.now() - 3_600_000).toUTCString()
      const answer = { headers: { date }, body: { token_endpoint: 'https://login.example/token' } }
      return withMetadata(answer, async (variables) => {
        const { ok, found: told, nextStep } = found(await examine([], variables), 'clock')
        assert.equal(ok, false)
        assert.match(told, /^36\d\d s ahead of the authority's$/)
        assert.match(nextStep, /NTP/)
      })
    }))

  test('a sign-in page in place of the authority is not taken for it', () =>
    withDoctor(({ examine }) => {
      const page = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in to the network</html>' }
      return withMetadata(page, async (variables) => {
        const { ok, found: told } = found(await examine([], variables), 'authority')
        assert.equal(ok, false)
        assert.match(told, /proxy or a sign-in page/)
      })
    }))

  test('a certificate that no CA here has signed has its own next step', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], { NODE_EXTRA_CA_CERTS: undefined })
      assert.match(found(report, 'authority').found, /UnknownIssuer\. Name a PEM file .* NODE_EXTRA_CA_CERTS/)
    }))

  test('a tenant that the authority does not know is told', () =>
    withDoctor(({ examine }) =>
      withMetadata({ status: 400, body: { error: 'invalid_tenant' } }, async (variables) => {
        const { ok, nextStep } = found(await examine([], variables), 'authority')
        assert.equal(ok, false)
        assert.match(nextStep, /AZURE_TENANT_ID/)
      }),
    ))

  test("a proxy is named by its host, without the user's password", () =>
    withDoctor(async ({ doctor }) => {
      const password = secret('proxy-password')
      const { stdout } = await doctor(['doctor', '--json'], {
        HTTPS_PROXY: `http://user:${password}@127.0.0.1:1`,
        NO_PROXY: 'internal.example',
      })
      const report = JSON.parse(stdout)
      const proxy = found(report, 'proxy')
      assert.equal(proxy.found, '127.0.0.1:1, from HTTPS_PROXY; not for internal.example, from NO_PROXY')
      assert.equal(proxy.ok, false, 'nothing comes back by it')
      assert.match(found(report, 'authority').found, /Look at the proxy that HTTPS_PROXY names/)
      assert.ok(!stdout.includes(password))
    }))

  test('a proxy without a scheme is named too, as the core takes it', () =>
    withDoctor(async ({ examine }) => {
      for (const address of ['localhost:1', '127.0.0.1:1', 'user:password@localhost:1']) {
        const report = await examine([], { HTTPS_PROXY: address })
        assert.equal(found(report, 'proxy').found, `${address.split('@').at(-1)}, from HTTPS_PROXY`)
      }
    }))

  test('a proxy of a kind that is not supported is not said to be down', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], { HTTPS_PROXY: 'socks5://127.0.0.1:1' })
      assert.deepEqual(found(report, 'proxy'), {
        what: 'proxy',
        ok: false,
        found: '127.0.0.1:1, from HTTPS_PROXY',
      })
      assert.match(found(report, 'authority').found, /the one kind that is supported/)
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
      const { exitCode, endpoint, verdict } = await ask(['--deployment', 'm'])
      assert.equal(exitCode, 3)
      assert.match(endpoint.nextStep, /Cognitive Services OpenAI User/)
      assert.match(endpoint.said, /lacks the required data action/)
      assert.match(
        verdict,
        /^ManagedIdentityCredential gives a token, but .*\n→ .*Cognitive Services OpenAI User/,
      )
    }))

  test('an answer that echoes the token and moves the cursor is shown without both', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always(({ headers }) => {
        const message = `you sent ${headers.authorization}\u001b[2J\r\n and more`
        return { status: 403, body: { error: { message } } }
      })
      const { endpoint } = await ask()
      assert.equal(endpoint.said, 'you sent Bearer (the token) [2J and more')
    }))

  test('without a token nothing is sent there', () =>
    withDoctor(async ({ examine }) => {
      const { exitCode, endpoint } = await examine(['--endpoint', 'https://x.openai.azure.com'], {})
      assert.deepEqual([exitCode, endpoint], [1, undefined])
    }))

  test('an endpoint whose certificate no CA here has signed', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      try {
        const { exitCode, endpoint } = await examine(['--endpoint', azure.origin], {
          ...identity.environment,
          AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
          NODE_EXTRA_CA_CERTS: undefined,
        })
        assert.equal(exitCode, 3)
        assert.match(endpoint.nextStep, /NODE_EXTRA_CA_CERTS/)
      } finally {
        await azure.close()
      }
    }))

  test('an endpoint that nobody is at', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      await azure.close()
      const { exitCode, endpoint, verdict } = await examine(['--endpoint', azure.origin], {
        ...identity.environment,
        AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
      })
      assert.equal(exitCode, 3)
      assert.match(endpoint.meaning, /localhost:\d+ cannot be reached: ECONNREFUSED/)
      assert.match(verdict, /cannot be reached/)
    }))

  test('a host that gets no tokens is named, and nothing is sent', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      try {
        const { exitCode, verdict } = await examine(['--endpoint', azure.origin], identity.environment)
        assert.equal(exitCode, 3)
        assert.match(
          verdict,
          /gives a token, but the endpoint gets none: No token is sent to .* AZURE_OPENAI_ENTRA_ALLOWED_HOSTS\. [^.]+\.$/,
        )
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
    { args: ['--endpoint', 'https://user:word@x.openai.azure.com'], said: /without user and password/ },
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

  test('colours change nothing of what is shown', () => {
    const plain = render(REPORT, { hasColours: false, columns: 100 })
    const painted = render(REPORT, { hasColours: true, columns: 100 })
    assert.ok(painted.includes('\u001b[32m') && painted.includes('\u001b[31m'))
    assert.equal(withoutColours(painted), plain)
  })

  for (const columns of [80, 100, 110]) {
    test(`nothing is wider than ${columns} columns`, () => {
      const lines = render(REPORT, { hasColours: false, columns }).split('\n')
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        [],
      )
    })
  }
})

const REPORT = {
  sources: [
    {
      credential: 'AzureDeveloperCliCredential',
      state: 'failed',
      durationMs: 30_000,
      reason: `a long reason of many words, ${'again '.repeat(40)}`,
      nextStep: `see https://learn.example/${'path/'.repeat(30)}`,
    },
    { credential: 'AzureCliCredential', state: 'serves', durationMs: 1 },
  ],
  winner: { credential: 'AzureCliCredential', expiresOnTimestamp: 0 },
  surroundings: [{ what: 'proxy', ok: true, found: 'none' }],
  endpoint: { url: 'https://x.example', ok: false, status: 401, meaning: 'refused', durationMs: 1 },
  verdict: `The verdict, ${'which is long, '.repeat(12)}`,
  exitCode: 3,
}

// oxlint-disable-next-line no-control-regex
const withoutColours = (text) => text.replaceAll(/\u001b\[\d+m/g, '')

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux')

describe('in a terminal', { skip: !hasScript && "there is no util-linux's script on this machine" }, () => {
  /** What a terminal of `columns` columns is sent; neither colours nor the spinner's moves are taken out. */
  const shown = async (columns, args, variables) => {
    const tool = [process.execPath, TOOL, ...args].map((part) => `'${part}'`).join(' ')
    // Where the variable CI is set the spinner takes no terminal for one.
    const command = ['script', '-qec', `stty cols ${columns}; unset CI; ${tool}`, '/dev/null']
    // A developer's own shell might know no `unset`, and bash warns of a locale that is not installed.
    const terminal = { TERM: 'xterm', SHELL: '/bin/sh', LC_ALL: 'C' }
    const { code, stdout } = await run(command, { variables: { ...terminal, ...variables } })
    return { code, text: stdout.replaceAll('\r', '') }
  }
  /** The report alone: the spinner's line is gone by then. */
  const reportIn = (text) => withoutColours(text.slice(text.indexOf('┌')))
  const withTerminal = (act) =>
    withDoctor(async ({ identity, authority }) => {
      const { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS } = authority.environment
      await act({ ...identity.environment, AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS })
    })

  test('there are colours, a spinner that leaves, and no line over the edge', () =>
    withTerminal(async (variables) => {
      const { code, text } = await shown(80, ['doctor'], variables)
      assert.equal(code, 0, text)
      assert.match(text, /asking ManagedIdentityCredential/)
      assert.ok(text.includes('\u001b[32m'), 'it is green')
      assert.ok(text.includes('\u001b[?25h'), 'the cursor is back')
      const report = reportIn(text)
      assert.match(report, /gives a token\.\n/)
      assert.ok(
        report.split('\n').every((line) => line.replaceAll('\u001b[?25h', '').length <= 80),
        report,
      )
    }))

  for (const { how, args, variables } of [
    { how: '--no-color', args: ['--no-color'] },
    { how: 'NO_COLOR', args: [], variables: { NO_COLOR: '1' } },
  ]) {
    test(`${how}: the report has no colours`, () =>
      withTerminal(async (source) => {
        const { text } = await shown(80, ['doctor', ...args], { ...source, ...variables })
        // oxlint-disable-next-line no-control-regex
        assert.doesNotMatch(text.slice(text.indexOf('┌')), /\u001b\[\d+m/)
      }))
  }

  test('--json is JSON alone, without a spinner', () =>
    withTerminal(async (variables) => {
      const { text } = await shown(80, ['doctor', '--json'], variables)
      assert.equal(JSON.parse(text).exitCode, 0)
    }))

  test('one that does not know its width gets the report all the same', () =>
    withTerminal(async (variables) => {
      const { code, text } = await shown(0, ['doctor'], variables)
      assert.equal(code, 0, text)
      assert.doesNotMatch(text, /asking/)
      assert.match(reportIn(text), /gives a token\.\n/)
    }))
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

  test('names the variable that is wrong, though no request for a token was made', () =>
    withDoctor(async ({ doctor }) => {
      const { code, stdout } = await doctor(['health'], { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentity' })
      assert.equal(code, 1)
      assert.match(stdout, /^failing: AZURE_TOKEN_CREDENTIALS is 'ManagedIdentity'/)
    }))

  test('takes a time-out in milliseconds alone', async () => {
    const { code, stderr } = await run([process.execPath, TOOL, 'health', '--timeout', '5s'])
    assert.equal(code, 2)
    assert.match(stderr, /--timeout must be a number of milliseconds, not 5s/)
  })
})
