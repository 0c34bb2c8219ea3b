import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'

import { render } from '../cli/doctor/render.mjs'
import { run as doctor } from '../cli/doctor/command.mjs'
import entra from '../index.js'
import { TOOL } from './support/doctor.mjs'
import { CALLS, PARAMETERS, classForms, credential, nested, options } from './support/every-parameter.mjs'
import { collectingLogger, tee } from './support/tee.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { plants } from '../testkit/planted.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'
import { tls } from '../testkit/tls.mjs'
import { variables } from '../scripts/configuration.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const OPENAI = 'https://my-resource.openai.azure.com/openai/models'
/** So many are asked at once. */
const BATCH = 24
const CHANNELS = ['fetch', 'refresh', 'failure', 'fallback'].map((name) =>
  channel(`azure-openai-entra:${name}`),
)

/** @typedef {import('../testkit/stand-in.mjs').StandIn} StandIn */
/** @typedef {import('../testkit/stand-in.mjs').Request} Received */

/** Refuses, and says again all that it was sent. @param {Received} request */
const echo = ({ path, query, headers, body }) => {
  const form = Object.fromEntries(new URLSearchParams(body))
  const said = [
    ...Object.values({ ...form, ...query }),
    decodeURIComponent(path),
    headers['x-identity-header'],
    headers.authorization,
  ]
  return {
    status: 401,
    body: { error: 'invalid_client', error_description: `AADSTS7000215: ${said.join(' ')}` },
  }
}

/** @type {StandIn} */
let authority
/** @type {StandIn} */
let host
/** @type {string} */
let folder
/** @type {string} */
let caFile
/** What was logged and published. @type {string[]} */
const heard = []
/** @param {unknown} message */
const hear = (message) => heard.push(inspect(message, { depth: 12, maxStringLength: null }))
/** Of `@opentelemetry/api`: what a tracer is told is heard as well. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1')
const span = { setAttributes: hear, setStatus: hear, end: () => {} }
/** @param {unknown[]} told */
const startSpan = (...told) => {
  hear(told)
  return span
}
const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, hear]))

before(async () => {
  authority = await startStandIn({ respond: echo, tls: await tls() })
  host = await startStandIn({ respond: echo })
  folder = mkdtempSync(join(tmpdir(), 'entra-planted-'))
  caFile = (await tls()).caFile
  writeFileSync(join(folder, 'assertion'), secret('assertion'))
  // They say again what they find in the variable under test, and how they were called.
  const tool = '#!/bin/sh\nprintf \'ERROR: %s \' "$(printenv "$PLANTED_NAME")" "$@" >&2\nexit 1\n'
  for (const name of ['az', 'azd', 'pwsh']) {
    writeFileSync(join(folder, name), tool)
    chmodSync(join(folder, name), 0o755)
  }
  for (const each of CHANNELS) each.subscribe(hear)
  Reflect.set(globalThis, OPEN_TELEMETRY, { trace: { getTracer: () => ({ startSpan }) } })
  entra.setLogger(tee(/** @type {any} with all four */ (logger)))
})
after(async () => {
  entra.setLogger(collectingLogger)
  Reflect.deleteProperty(globalThis, OPEN_TELEMETRY)
  for (const each of CHANNELS) each.unsubscribe(hear)
  rmSync(folder, { recursive: true })
  await Promise.all([authority.close(), host.close()])
})

/** What a chain goes by, whole: a plant takes the place of one of them. */
const settings = async () => ({
  AZURE_AUTHORITY_HOST: authority.origin,
  AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
  AZURE_CLIENT_ID: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  AZURE_TENANT_ID: 'contoso.example',
  IDENTITY_ENDPOINT: `${host.origin}/token`,
  IDENTITY_HEADER: secret('identity-header'),
  NODE_EXTRA_CA_CERTS: (await tls()).caFile,
  PATH: `${folder}:/usr/bin:/bin`,
})
/**
 * Further settings, with each of which the chain takes another way.
 *
 * @type {Record<string, () => Record<string, string>>}
 */
const WAYS = {
  'a client secret': () => ({ AZURE_CLIENT_SECRET: secret('client-secret') }),
  'a certificate': () => ({ AZURE_CLIENT_CERTIFICATE_PATH: '/nowhere/cert.pem' }),
  'an assertion of GitHub Actions': () => ({
    AZURE_OPENAI_ENTRA_ASSERTION: 'github-actions',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${authority.origin}/oidc`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret('request-token'),
  }),
  'an assertion of Google Cloud': () => ({
    AZURE_OPENAI_ENTRA_ASSERTION: 'google-cloud',
    GCE_METADATA_HOST: new URL(host.origin).host,
  }),
  'an assertion of a managed identity': () => ({
    AZURE_OPENAI_ENTRA_ASSERTION: 'managed-identity',
    AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  }),
  'the token proxy of a cluster': () => ({
    AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true',
    AZURE_KUBERNETES_TOKEN_PROXY: authority.origin,
    AZURE_KUBERNETES_CA_FILE: caFile,
    AZURE_FEDERATED_TOKEN_FILE: join(folder, 'assertion'),
  }),
  'the host and the tools': () => ({ AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token' }),
}

/** @param {any} error any, as whatever is thrown is looked into */
const everythingOf = (error) => {
  const causes = []
  for (let cause = error; cause !== undefined && causes.length < 10; cause = cause?.cause) {
    causes.push(inspect(cause, { depth: 12, showHidden: true, maxStringLength: null }), String(cause?.stack))
  }
  return [...causes, JSON.stringify(error)].join('\n')
}

/** @param {() => unknown} act */
const failureOf = async (act) => {
  try {
    await act()
    return ''
  } catch (error) {
    return everythingOf(error)
  }
}

/** @param {() => Promise<Response>} act */
const failureOrResponseOf = async (act) => {
  try {
    const response = await act()
    return `${response.status} ${inspect([...response.headers])} ${await response.text()}`
  } catch (error) {
    return everythingOf(error)
  }
}

/** What this package tells about the whole process. */
const standing = async () =>
  [
    JSON.stringify(await entra.checkHealth({ details: true })),
    inspect(entra.cacheStats(), { depth: 12 }),
    entra.prometheusMetrics(),
    ...heard.splice(0),
  ].join('\n')

/**
 * @param {{ where: string, plant: { what: string, isIn: (told: string) => boolean } }[]} planted
 * @param {string} told
 */
const assertUntold = (planted, told) => {
  const lower = told.toLowerCase()
  const leaks = planted
    .filter(({ plant }) => plant.isIn(lower))
    .map(({ where, plant }) => `${plant.what} in ${where}`)
  assert.deepEqual(leaks, [])
}

/** What is not for Azure OpenAI goes on as it is. */
const nowhere = () => Promise.reject(new Error('nowhere'))

const newPlants = () => plants(`127.0.0.1:${host.port}`)

for (const [way, more] of Object.entries(WAYS)) {
  test(`no surface tells a secret in a variable, with ${way}`, async () => {
    const base = { ...(await settings()), ...more() }
    const planted = variables().flatMap(({ name }) => newPlants().map((plant) => ({ where: name, plant })))
    const seen = []
    while (planted.length > 0) {
      const batch = planted.splice(0, BATCH)
      /** @type {Promise<string>[]} */
      const calls = []
      for (const { where, plant } of batch) {
        // A call takes its snapshot of the variables at once.
        await withEnvironment({ ...base, [where]: plant.text, PLANTED_NAME: where }, () => {
          calls.push(
            failureOf(() => credential().getToken(SCOPE)),
            failureOrResponseOf(() => entra.entraIdFetch(undefined, { credential: credential() })(OPENAI)),
            failureOf(() => entra.entraIdFetch(nowhere)('https://other.example/')),
          )
        })
      }
      const told = [...(await Promise.all(calls)), await standing()].join('\n')
      assertUntold(batch, told)
      seen.push(told)
    }
    // Proves that the search covered the right output.
    assert.match(seen.join('\n'), /ChainedTokenCredential.getToken[^]*HTTP (?:GET|POST)/)
    assert.match(seen.join('\n'), /AZURE_TENANT_ID is what looks like a client secret of 40 characters/)
  })
}

test('no surface tells a password in place of an id that Entra ID echoes', async () => {
  const base = { ...(await settings()), ...WAYS['a client secret']() }
  const words = () => secret('x').slice(0, 6).replaceAll(/\d/g, 'k')
  for (const where of ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID']) {
    for (const password of [
      `P@ss!${words()}#${words()}&tiger`,
      `${words()} horse, ${words()}?`,
      `${words()}19${words()}`,
    ]) {
      const told = await withEnvironment({ ...base, [where]: password }, () =>
        failureOf(() => credential().getToken(SCOPE)),
      )
      assert.match(told, /AADSTS7000215|is a text of/)
      assert.ok(![told, await standing()].join('\n').includes(password), `${where}: ${told}`)
    }
  }
})

test('no surface tells what is in a file that a variable names', async () => {
  const file = join(folder, 'planted')
  const base = { ...(await settings()), AZURE_TOKEN_CREDENTIALS: 'prod', IDENTITY_ENDPOINT: undefined }
  const names = [
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_KUBERNETES_CA_FILE',
  ]
  let clients = 0
  for (const where of names) {
    const isOfCluster = where === 'AZURE_KUBERNETES_CA_FILE'
    const way = isOfCluster ? 'the token proxy of a cluster' : 'a client secret'
    const more = names.indexOf(where) < 2 || isOfCluster ? WAYS[way]() : {}
    for (const plant of newPlants()) {
      // Also as a line that seems to begin a section and goes on.
      for (const text of [plant.text, `-----BEGIN ${plant.text}`]) {
        writeFileSync(file, text)
        clients += 1
        // Another exception to the proxy makes another client, which reads the files again.
        const variables = { ...base, ...more, [where]: file, NO_PROXY: `no-${clients}.example` }
        const told = await withEnvironment(variables, () => failureOf(() => credential().getToken(SCOPE)))
        assertUntold([{ where: `the file of ${where}`, plant }], [told, await standing()].join('\n'))
      }
    }
  }
})

test('no surface tells a secret in an option', async () => {
  const base = { ...(await settings()), AZURE_TOKEN_CREDENTIALS: 'dev' }
  const planted = options().flatMap(({ of, name }) =>
    newPlants().map((plant) => ({ where: `${of}.${name}`, plant, of, name })),
  )
  while (planted.length > 0) {
    const batch = planted.splice(0, BATCH)
    const calls = await withEnvironment(base, () =>
      batch.flatMap(({ of, name, plant }) =>
        [plant.text, [plant.text]].map((value) => failureOf(() => CALLS[of](nested(name, value)))),
      ),
    )
    assertUntold(batch, [...(await Promise.all(calls)), await standing()].join('\n'))
  }
})

test('no surface tells a secret in a parameter of a class', async () => {
  const base = { ...(await settings()), SYSTEM_OIDCREQUESTURI: `${authority.origin}/oidc` }
  const forms = classForms()
  const planted = forms.flatMap((form, of) =>
    form.parameters.flatMap((name) =>
      newPlants().map((plant) => ({ where: `${form.name}.${name}`, plant, name, of })),
    ),
  )
  while (planted.length > 0) {
    const batch = planted.splice(0, BATCH)
    const calls = await withEnvironment(base, () =>
      batch.map(({ of, name, plant }) =>
        failureOf(async () => {
          const credential = forms[of].make({ ...PARAMETERS, [name]: plant.text })
          // What it holds is not for a log either.
          heard.push(inspect(credential, { depth: 12, showHidden: true }))
          return credential.getToken(SCOPE)
        }),
      ),
    )
    assertUntold(batch, [...(await Promise.all(calls)), await standing()].join('\n'))
  }
})

test('no surface tells a secret in an address, a header or a redirect', async () => {
  await withEnvironment(await settings(), async () => {
    const planted = newPlants().map((plant) => ({ where: 'a request', plant }))
    const told = []
    for (const { plant } of planted) {
      const text = encodeURIComponent(plant.text)
      const elsewhere = () =>
        Promise.resolve(new Response('', { status: 302, headers: { location: `http://x/${text}` } }))
      const headers = { 'api-key': text, 'x-api-key': text, authorization: text, host: text }
      for (const url of [
        `https://other.example/${text}?key=${text}`,
        `https://u:${text}@other.example/`,
        ...['/', '?', '#'].map((sign) => `https://u:w@${text}${sign}1@other.example/`),
        OPENAI,
      ]) {
        told.push(await failureOf(() => entra.entraIdFetch(elsewhere)(url, { headers })))
        told.push(await failureOf(() => entra.getAzureOpenAIAuthHeaders({ url })))
      }
      told.push(await failureOf(() => entra.entraIdFetch(elsewhere)(plant.text)))
    }
    assertUntold(planted, [...told, await standing()].join('\n'))
  })
})

test('the doctor tells no secret in a variable', async () => {
  const base = { ...(await settings()), PATH: '/nowhere' }
  // With these two wrong nothing else is looked at, so they are wrong by themselves as well.
  const ends = new Set(['AZURE_AUTHORITY_HOST', 'AZURE_TOKEN_CREDENTIALS'])
  const names = variables().map(({ name }) => name)
  const together = names.filter((name) => !ends.has(name))
  for (const group of [together, ...[...ends].map((name) => [name])]) {
    const forms = group.map((where) => newPlants().map((plant) => ({ where, plant })))
    for (const form of forms[0].keys()) {
      const planted = forms.map((plants) => plants[form])
      const written = Object.fromEntries(planted.map(({ where, plant }) => [where, plant.text]))
      /** @type {string[]} */
      const told = []
      await withEnvironment({ ...base, ...written }, () => doctor(['--json'], (text) => told.push(text)))
      told.push(render(JSON.parse(told[0]), { hasColours: false, columns: 120 }))
      assertUntold(planted, [...told, await standing()].join('\n'))
    }
  }
})

test('no command tells a secret in its arguments', async () => {
  const commands = [[], ['doctor'], ['doctor', '--app'], ['doctor', '--dotenv'], ['doctor', '--endpoint']]
  commands.push(['health', '--timeout'], ['health', '--dotenv'], ['librechat'])
  for (const plant of newPlants()) {
    for (const command of commands) {
      const where = ['azure-openai-entra', ...command].join(' ')
      const ended = await run([process.execPath, TOOL, ...command, plant.text], {
        variables: { PATH: '/nowhere' },
      })
      assert.equal(ended.code, 2, where)
      assertUntold([{ where, plant }], `${ended.stdout}${ended.stderr}`)
    }
  }
})

test('no command tells a password in its arguments', async () => {
  const commands = [[], ['doctor'], ['doctor', '--app'], ['doctor', '--dotenv'], ['health', '--timeout']]
  commands.push(['librechat'], ['swap'], ['librechat', '.', '--check'])
  commands.push(['doctor', '--endpoint', 'https://my-resource.openai.azure.com', '--api-version'])
  const random = secret('x')
    .slice(0, 6)
    .replaceAll(/[^a-z]/gi, 'k')
  const passwords = [
    `Summer!${random}`,
    `${random} horse & tiger`,
    `{"secret":"${random}x"}`,
    // Longer than the name of a file can be.
    `${random};${'horse '.repeat(50)}`,
    // As Node ends what it quotes.
    `horse'. ${random}`,
    `horse ${random} tiger`,
    `--horse ${random}`,
  ]
  for (const password of passwords) {
    for (const command of commands) {
      const ended = await run([process.execPath, TOOL, ...command, password], {
        variables: { PATH: '/nowhere' },
      })
      assert.equal(ended.code, 2, command.join(' '))
      assert.ok(!`${ended.stdout}${ended.stderr}`.includes(random), `${command.join(' ')}: ${ended.stderr}`)
    }
  }
})

test('the log on stderr tells no secret', async () => {
  const base = {
    ...(await settings()),
    ...WAYS['a client secret'](),
    DEBUG_OPENAI: 'true',
    // The log of a test run would take the place of stderr.
    ENTRA_TEST_LOG_DIR: '',
  }
  for (const where of ['AZURE_TENANT_ID', 'AZURE_CLIENT_CERTIFICATE_PATH']) {
    const [plant] = newPlants().filter(({ what }) => what.includes(where.endsWith('PATH') ? 'PEM' : 'client'))
    const { stdout, stderr } = await run([process.execPath, '__test__/programs/one-token.mjs'], {
      variables: {
        ...base,
        ...(where.endsWith('PATH') && { AZURE_CLIENT_SECRET: undefined }),
        [where]: plant.text,
      },
    })
    assert.match(stderr, /azure-openai-entra info .*no token/)
    assertUntold([{ where, plant }], `${stdout}${stderr}`)
  }
})
