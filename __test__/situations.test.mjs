import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { DefaultAzureCredential, clearTokenCache, setLogger } from 'azure-openai-entra'

import { CHAIN, askAll } from '../cli/doctor/chain.mjs'
import { judge } from '../cli/doctor/verdict.mjs'
import { root } from '../scripts/support/run.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { secret } from '../testkit/secrets.mjs'
import { SITUATIONS } from './situations/index.mjs'
import { pageOf, row, rowsOf, told } from './situations/page.mjs'
import { places } from './situations/places.mjs'
import { azDoes, startBench } from './situations/stages.mjs'
import { server } from './situations/tls.mjs'
import { collectingLogger, tee } from './support/tee.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const PAGE = join(root, 'docs', 'messages.md')

/** @type {import('./situations/stages.mjs').Bench} */
let bench
before(async () => {
  bench = await startBench()
})
after(() => bench.close())

/** @type {Map<string, string[][]>} */
const page = new Map(SITUATIONS.map(({ area }) => [area, []]))

/** A sentence begins with a capital in a message, and in the middle of the doctor's line with none. */
const has = (/** @type {string} */ text, /** @type {string} */ part) =>
  text.toLowerCase().includes(part.toLowerCase())

/** @param {() => Promise<unknown>} act */
const refusalOf = async (act) => {
  clearTokenCache()
  return act().then(
    () => assert.fail('a token was given'),
    (error) => error,
  )
}

for (const { area, rows } of SITUATIONS) {
  describe(area, () => {
    for (const [name, stage, cause, step] of rows) {
      test(`${name}: the error, the doctor and the docs tell the cause and the next step`, async () => {
        const { variables, end } = await stage(bench)
        try {
          await withEnvironment(variables, async () => {
            const { attempts, message } = await refusalOf(async () =>
              new DefaultAzureCredential().getToken(SCOPE),
            )
            assert.ok(has(message, cause), `the error tells the cause, ${cause}: ${message}`)
            assert.ok(has(message, step), `the error tells the step, ${step}: ${message}`)
            const { verdict } = judge(await askAll(undefined, () => {}), undefined)
            assert.ok(has(verdict, cause), `the doctor tells the cause: ${verdict}`)
            assert.ok(has(verdict.split('\n→ ').at(-1) ?? '', step), `the doctor tells the step: ${verdict}`)
            page.get(area)?.push(told(bench, name, message, attempts.at(-1)))
          })
        } finally {
          await end?.()
        }
      })
    }
  })
}

describe('a value with a line break, as files of Kubernetes and Key Vault have it', () => {
  const files = {
    AZURE_CLIENT_SECRET: '\n',
    AZURE_CLIENT_ID: '\r\n',
    AZURE_TENANT_ID: '\n',
    AZURE_AUTHORITY_HOST: ' \n',
  }
  for (const [name, ending] of Object.entries(files)) {
    test(`${name} gives a token`, () => {
      /** @type {Record<string, string>} */
      const variables = { ...bench.authority.environment, AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }
      return withEnvironment({ ...variables, [name]: variables[name] + ending }, async () => {
        clearTokenCache()
        assert.ok((await new DefaultAzureCredential().getToken(SCOPE)).token)
      })
    })
  }

  test('the identity that the host is asked for has none', () =>
    withEnvironment({ ...bench.identity.environment, AZURE_CLIENT_ID: '"an-id"\n' }, async () => {
      clearTokenCache()
      await new DefaultAzureCredential().getToken(SCOPE)
      assert.equal(bench.identity.requests.at(-1)?.query.client_id, 'an-id')
    }))

  test('it is warned of once, by the name of the variable and without the value', () =>
    withEnvironment({ ...bench.identity.environment, AZURE_CLIENT_ID: ' warned-of-id\n' }, async () => {
      clearTokenCache()
      /** @type {string[]} */
      const warnings = []
      setLogger(tee({ debug() {}, info() {}, warn: (text) => warnings.push(String(text)), error() {} }))
      try {
        for (const turn of [1, 2]) {
          const options = { forceRefresh: turn === 2 }
          assert.ok(await new DefaultAzureCredential().getToken(SCOPE, options))
        }
        await new Promise((resolve) => setImmediate(resolve))
      } finally {
        setLogger(collectingLogger)
      }
      assert.deepEqual(
        warnings.map((text) => text.includes('AZURE_CLIENT_ID') && !text.includes('warned-of-id')),
        [true],
        warnings.join('\n'),
      )
    }))
})

test('an expiry that az leaves out is read from its token', async () => {
  const exp = Math.floor(Date.now() / 1000) + 3600
  const accessToken = `e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.c2ln`
  const { variables, end } = azDoes({ stdout: { accessToken, expiresOn: null } })()
  try {
    await withEnvironment(variables, async () => {
      clearTokenCache()
      const given = await new DefaultAzureCredential().getToken(SCOPE)
      assert.deepEqual([given.token, given.expiresOnTimestamp], [accessToken, exp * 1000])
    })
  } finally {
    end()
  }
})

describe('what TLS and CA files allow', () => {
  /** @param {Record<string, string>} variables */
  const given = async (variables) => {
    await withEnvironment({ ...variables, AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, async () => {
      clearTokenCache()
      assert.ok((await new DefaultAzureCredential().getToken(SCOPE)).token)
    })
  }
  /** @type {Record<string, (pem: string) => string>} */
  const files = {
    'a byte order mark': (pem) => `\uFEFF${pem}`,
    'a bad entry before the good one': (pem) => `${pem.replace('MII', '!!!')}${pem}`,
    'a TRUSTED entry before the good one': (pem) =>
      `${pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')}${pem}`,
    'line ends of Windows': (pem) => pem.replaceAll('\n', '\r\n'),
  }
  for (const [what, write] of Object.entries(files)) {
    test(`a CA file with ${what} is used`, () => {
      const pem = readFileSync(bench.authority.caFile, 'utf8')
      return given({
        ...bench.authority.environment,
        NODE_EXTRA_CA_CERTS: bench.file('written.pem', write(pem)),
      })
    })
  }

  test("a server's certificate that signed itself is trusted if the CA file has it", async () => {
    const { variables, end } = await server({ name: 'own' })(bench)
    try {
      const { message } = await withEnvironment(variables, () =>
        refusalOf(() => new DefaultAzureCredential().getToken(SCOPE)),
      )
      assert.match(message, /refused with status 400/)
    } finally {
      await end()
    }
  })
})

describe('nothing is set up: the last line names the place and the one command', () => {
  /** @type {Parameters<typeof judge>[0]['sources']} */
  const nothing = CHAIN.map((credential) => ({ credential, state: 'not set up', durationMs: 0 }))
  const placeless = Object.fromEntries(
    places.flatMap(([, variables]) => Object.keys(variables).map((name) => [name, undefined])),
  )
  for (const [name, variables, cause, step] of places) {
    test(name, () =>
      withEnvironment({ ...placeless, ...variables }, () => {
        const sources = nothing.map((source) =>
          source.credential === 'EnvironmentCredential'
            ? { ...source, reason: 'a variable is not set', nextStep: 'set the rest' }
            : source,
        )
        const [what, todo] = judge({ sources }, undefined).verdict.split('\n→ ')
        assert.ok(has(what, cause) && has(todo, step), `${what} → ${todo}`)
        page.set('Nothing is set up here', [
          ...(page.get('Nothing is set up here') ?? []),
          row(name, what, todo),
        ])
      }),
    )
  }

  /** @typedef {[name: string, told: Record<string, Partial<typeof nothing[number]>>, variables: Record<string, string>, verdict: RegExp]} Case */
  const left = /** @type {const} */ ({ state: 'left out' })
  const leftOut = (/** @type {string[]} */ ...names) => Object.fromEntries(names.map((name) => [name, left]))
  const DESK = CHAIN.slice(3)
  const NO_AZ = { reason: 'Azure CLI could not be found', nextStep: 'install it' }
  const LOG_IN = "Please run 'az login' from a command prompt to authenticate before using this credential"
  const PARTLY = { reason: 'AZURE_TENANT_ID is not set', nextStep: 'set AZURE_TENANT_ID' }
  for (const [name, what, variables, verdict] of /** @type {Case[]} */ ([
    [
      'az without a login',
      { AzureCliCredential: { reason: 'az is not logged in', nextStep: LOG_IN } },
      {},
      /az is not logged in\.\n→ run 'az login'$/,
    ],
    [
      'az that may not be run',
      {
        AzureCliCredential: {
          reason: '/bin/az is there, but this user may not run it',
          nextStep: "run 'chmod +x /bin/az'",
        },
      },
      {},
      /AzureCliCredential is not configured: .* may not run it\n→ run 'chmod/,
    ],
    [
      'azd without a login, and no az',
      {
        AzureCliCredential: NO_AZ,
        AzureDeveloperCliCredential: { reason: 'azd is not logged in', nextStep: "run 'azd auth login'" },
      },
      {},
      /azd is not logged in\.\n→ run 'azd auth login'$/,
    ],
    [
      "Azure Functions on a developer's machine",
      { AzureCliCredential: { reason: 'az is not logged in', nextStep: LOG_IN } },
      { FUNCTIONS_WORKER_RUNTIME: 'node', AZURE_FUNCTIONS_ENVIRONMENT: 'Development' },
      /az is not logged in\.\n→ run 'az login'$/,
    ],
    [
      'nothing at all',
      { AzureCliCredential: NO_AZ },
      {},
      /no source is configured\.\n→ on a developer's machine, install the Azure CLI .* and run 'az login'; on Azure, turn on the identity/,
    ],
    [
      'a desk that chose the credentials of production',
      leftOut(...DESK),
      { AZURE_TOKEN_CREDENTIALS: 'prod' },
      /CREDENTIALS=prod\.\n→ on a developer's machine, unset AZURE_TOKEN_CREDENTIALS, install the Azure CLI/,
    ],
    [
      "a server that chose a developer's credentials",
      { ...leftOut(...CHAIN.slice(0, 3)), AzureCliCredential: NO_AZ },
      { AZURE_TOKEN_CREDENTIALS: 'dev' },
      /CREDENTIALS=dev\.\n→ .*; on Azure, unset AZURE_TOKEN_CREDENTIALS and turn on the identity/,
    ],
    [
      'a secret without a tenant',
      { EnvironmentCredential: PARTLY },
      { AZURE_CLIENT_SECRET: secret('client-secret') },
      /EnvironmentCredential is set up in part: AZURE_TENANT_ID is not set\n→ set AZURE_TENANT_ID$/,
    ],
    [
      'a secret without a tenant, where IMDS fails',
      { EnvironmentCredential: PARTLY, ManagedIdentityCredential: { state: 'failed', reason: 'silence' } },
      { AZURE_CLIENT_SECRET: secret('client-secret') },
      /EnvironmentCredential is set up in part/,
    ],
    [
      'a secret without a tenant, in App Service',
      { EnvironmentCredential: PARTLY },
      { AZURE_CLIENT_SECRET: secret('client-secret'), WEBSITE_SITE_NAME: 'a' },
      /EnvironmentCredential is set up in part/,
    ],
    [
      'a pod whose service account has no client id',
      {
        WorkloadIdentityCredential: {
          reason: 'AZURE_CLIENT_ID is not set',
          nextStep: 'annotate its service account',
        },
      },
      { AZURE_FEDERATED_TOKEN_FILE: '/token', AZURE_CLIENT_ID: '', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      /WorkloadIdentityCredential is set up in part: AZURE_CLIENT_ID is not set\n→ annotate/,
    ],
  ])) {
    test(name, () =>
      withEnvironment({ ...placeless, ...variables }, () => {
        const sources = nothing.map((source) => ({ ...source, ...what[source.credential] }))
        assert.match(judge({ sources }, undefined).verdict, verdict)
      }),
    )
  }

  test('a login serves, and a secret before it lacks its tenant', () =>
    withEnvironment({ ...placeless, AZURE_CLIENT_SECRET: secret('client-secret') }, () => {
      /** @type {Record<string, Partial<typeof nothing[number]>>} */
      const told = { EnvironmentCredential: PARTLY, AzureCliCredential: { state: 'serves' } }
      const sources = nothing.map((source) => ({ ...source, ...told[source.credential] }))
      const { verdict, exitCode } = judge({ sources }, undefined)
      assert.equal(exitCode, 0)
      assert.match(
        verdict,
        /^AzureCliCredential gives a token\.\n→ EnvironmentCredential comes before it and is set up in part: AZURE_TENANT_ID is not set/,
      )
    }))
})

test('there are 150 situations or more', () => {
  const rows = SITUATIONS.flatMap(({ rows: each }) => each)
  assert.ok(rows.length + places.length >= 150, `${rows.length} and ${places.length}`)
})

describe('docs/messages.md', () => {
  test('has each situation, as it is told today', () => {
    const text = pageOf(page)
    // oxlint-disable-next-line no-process-env
    if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text)
    assert.ok(existsSync(PAGE))
    const [written, today] = [readFileSync(PAGE, 'utf8'), text].map((each) => rowsOf(each).map(String))
    const differ = today.filter((row, nth) => row !== written[nth])
    assert.deepEqual([differ.slice(0, 3), written.length], [[], today.length], 'run it with UPDATE_DOCS=1')
  })
})
