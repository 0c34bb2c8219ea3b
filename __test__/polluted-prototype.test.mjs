import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { startAuthority } from '../testkit/authority.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { makeAuthority, makeServer } from '../testkit/certificates.mjs'
import { startProxy } from '../testkit/forward.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'
import { tls } from '../testkit/tls.mjs'
import { namesOfCode, read, sourcesOfNode, tokensOf, unique } from './support/code.mjs'
import { runProgram } from './support/programs.mjs'

/** Every variable that docs/configuration.md names. */
const VARIABLES = unique(
  [...read('docs/configuration.md').matchAll(/^\| `(\w+)` +\| \w+ +\|/gm)].map(([, name]) => name),
)
/** Every option and other member that the declarations have, those of the native core included. */
const MEMBERS = unique(
  ['index.d.ts', 'lib/native.d.ts', 'lib/identity.d.ts', 'lib/credentials/types.d.ts'].flatMap((path) =>
    [...read(path).matchAll(/^ +(?:readonly )?(\w+)\??: /gm)].map(([, name]) => name),
  ),
)

/**
 * What the inits of Response, Headers and Request have, and the options of fetch. The `status` of an answer of Node's own
 * fetch is then the planted one, in any program: undici looks members up on a proxy with `in`.
 */
const OF_INITS = [
  'body',
  'cache',
  'credentials',
  'dispatcher',
  'duplex',
  'headers',
  'integrity',
  'keepalive',
  'method',
  'mode',
  'priority',
  'redirect',
  'referrer',
  'referrerPolicy',
  'signal',
  'status',
  'statusText',
  'type',
  'url',
  'window',
]

/** The same of Node's Response, which a failure's answer is. */
const NODE = new Set(['cancel', 'required'])

/** Every name in this package's own JavaScript: what one function leaves out of an object, another must not inherit. */
const NAMES = namesOfCode((file) => !file.startsWith('register')).filter((name) => !NODE.has(name))

/**
 * Every request, without the tokens and times in it.
 *
 * @param {Pick<import('../testkit/stand-in.mjs').StandIn, 'requests'>} stand
 */
const seen = ({ requests }) =>
  unique(
    requests.map(({ method, path, query, body, headers }) => {
      const { host: _, connection: __, ...others } = headers
      return JSON.stringify({ method, path, query, body, others })
    }),
  )

/** A server that nothing may reach. */
const startForeign = async () => {
  const server = createServer((socket) => {
    server.connections += 1
    socket.destroy()
  })
  server.connections = 0
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  return server
}

/** Few enough that a set that made a difference is soon searched. */
const SET = 8
/** What changes nothing by itself changes nothing beside others, so one run serves a set. @param {string[]} names */
const inSets = (names, size = SET) =>
  Array.from({ length: Math.ceil(names.length / size) }, (_, i) => names.slice(i * size, (i + 1) * size))

const SOURCES = { 'managed identity': startIdentity, 'client secret': startAuthority }
const GROUPS = {
  'each variable': () => inSets(VARIABLES),
  'all variables at once': () => [VARIABLES],
  'each member of an object': () => inSets(MEMBERS),
  'each name in the code': () => inSets(NAMES),
  'each member of an init': () => inSets(OF_INITS),
}

test('the names come from the documents and the code', () => {
  for (const name of ['AZURE_AUTHORITY_HOST', 'AZURE_OPENAI_ENTRA_ALLOWED_HOSTS', 'AZURE_CLIENT_SECRET']) {
    assert.ok(VARIABLES.includes(name), name)
  }
  for (const name of ['authorityHost', 'timeoutMs', 'served', 'refreshAfterTimestamp', 'retryOptions']) {
    assert.ok(MEMBERS.includes(name), name)
  }
  for (const name of ['headers', 'failure', 'refused']) assert.ok(NAMES.includes(name), name)
})

for (const [source, start] of Object.entries(SOURCES)) {
  for (const [group, sets] of Object.entries(GROUPS)) {
    // These do not depend on the source.
    if (/in the code|of an init/.test(group) && start !== startIdentity) continue
    test(`${group} on Object.prototype changes nothing: ${source}`, async () => {
      const [stand, foreign] = await Promise.all([start(), startForeign()])
      try {
        const address = JSON.stringify(
          `https://localhost:${/** @type {import('node:net').AddressInfo} */ (foreign.address()).port}`,
        )
        /** @param {string[][]} names */
        const runs = async (names) => {
          const from = stand.requests.length
          const args = [JSON.stringify(names), address]
          const ended = await runProgram('polluted.mjs', { args, variables: stand.environment })
          assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' })
          return { requests: stand.requests.slice(from) }
        }
        const clean = await runs([])
        const polluted = await runs(sets())
        assert.deepEqual(seen(polluted), seen(clean))
        assert.equal(foreign.connections, 0)
      } finally {
        await Promise.all([stand.close(), new Promise((resolve) => foreign.close(resolve))])
      }
    })
  }
}

for (const isHooked of [false, true]) {
  test(`no code of this package asks for what it did not define itself${isHooked ? ', the hook neither' : ''}`, async () => {
    const [stand, foreign] = await Promise.all([startAuthority(), startForeign()])
    try {
      const { port } = /** @type {import('node:net').AddressInfo} */ (foreign.address())
      const args = [namesOfCode(), `https://localhost:${port}`].map((value) => JSON.stringify(value))
      const hook = {
        NODE_OPTIONS: `--require "${fileURLToPath(new URL('../register.js', import.meta.url)).replaceAll('\\', '/')}"`,
        AZURE_OPENAI_USE_ENTRA_ID: 'true',
        AZURE_OPENAI_ENTRA_PLACEHOLDER: secret('placeholder'),
        AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
      }
      const variables = { ...stand.environment, ...(isHooked && hook) }
      const ended = await runProgram('inherited-reads.mjs', { args, variables })
      assert.deepEqual([ended.code, ended.stdout.trim().split('\n')], [0, ['done']], ended.stderr)
    } finally {
      await Promise.all([stand.close(), new Promise((resolve) => foreign.close(resolve))])
    }
  })
}

/** What Prototype.js, MooTools and Sugar add to built-in classes and their elements. */
const OF_LIBRARIES =
  `all any associate attempt average bind bindAsEventListener blank camelCase camelize capitalize chain
  clean clear clone collect combine compact contains count curry dasherize defer delay detect diff each eachSlice empty
  erase escapeHTML evalJSON every exclude extend filter find findAll first flatten forEach from get getLast getRandom grep
  groupBy gsub has hashCode hyphenate implement include inGroupsOf inject insert inspect intersect invoke isEmpty isJSON keys
  last max member merge methodize min parseQuery partition pass periodical pick pluck random reject remove rgbToHex scan
  select set size sortBy strip stripScripts stripTags sub substitute succ sum take times toArray toColorPart toFloat toInt
  toJSON toObject toPaddedString toQueryParams toQueryString truncate underscore unescapeHTML uniq unfilterJSON unique
  unless values without wrap zip`.split(/\s+/)

test("old libraries' additions to built-in classes change nothing", async () => {
  const [stand, foreign] = await Promise.all([startIdentity(), startForeign()])
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (foreign.address())
    // Node's own code reads these of what it makes.
    const names = unique([...OF_LIBRARIES, ...NAMES]).filter((name) => !['get', 'set'].includes(name))
    const args = [[], `https://localhost:${port}`, inSets(names, 64)].map((value) => JSON.stringify(value))
    const ended = await runProgram('polluted.mjs', { args, variables: stand.environment })
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' })
    assert.equal(foreign.connections, 0)
  } finally {
    await Promise.all([stand.close(), new Promise((resolve) => foreign.close(resolve))])
  }
})

test('a setter or a read-only member on Object.prototype takes no token, and makes no call fail', async () => {
  /** What the classes and headers of this package keep. */
  const assigned = ['token-slot', 'core-bridge', 'credential-slots', 'error', 'identity-error'].flatMap(
    (file) => [...read(`lib/${file}.js`).matchAll(/\bthis\.(\w+) = /g)].map(([, name]) => name),
  )
  for (const name of ['text', 'settle', 'code', 'errorResponse']) assert.ok(assigned.includes(name), name)
  // The core assigns what its answers need not have, and Node's timers have an `id`.
  const excepted = new Set(['id', 'credential', 'identity', 'pending', 'retryAfterMs', 'status'])
  const names = unique([...assigned, 'Authorization', 'name', 'message', 'cause'])
  const stand = await startIdentity()
  try {
    const args = [JSON.stringify(names.filter((name) => !excepted.has(name)))]
    const ended = await runProgram('read-only-prototype.mjs', { args, variables: stand.environment })
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' })
  } finally {
    await stand.close()
  }
})

for (const name of ['get', 'set']) {
  test(`a library's ${name} on Object.prototype breaks neither the exports nor the errors of this package`, async () => {
    const ended = await runProgram('planted-descriptor.cjs', {
      args: [name],
      variables: { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' },
    })
    const said = [
      'EntraIdError ENTRA_ID_UNAVAILABLE',
      'AbortError ENTRA_ID_ABORTED',
      'AggregateAuthenticationError ENTRA_ID_UNAVAILABLE',
      'AuthenticationRequiredError ENTRA_ID_UNAVAILABLE',
      'boolean',
      '',
    ]
    assert.deepEqual(ended, { code: 0, signal: null, stdout: said.join('\n'), stderr: '' })
  })
}

/** The options of a connection, as Node's own declarations have them. */
const CONNECTION = {
  tls: ['SecureContextOptions', 'ConnectionOptions', 'TLSSocketOptions', 'CommonConnectionOptions'],
  http: ['ClientRequestArgs', 'AgentOptions'],
  net: ['SocketConstructorOpts', 'TcpSocketConnectOpts', 'IpcSocketConnectOpts', 'ConnectOpts'],
}
/** With these, every request of Node's HTTP fails or ends the process, also one of another program. */
const FAILS_IN_NODE = new Set([
  'highWaterMark',
  'keepAliveInitialDelay',
  'objectMode',
  'pauseOnConnect',
  'signal',
  'timeout',
  'writable',
])
/** What Node reads too, and does not document. */
const UNDOCUMENTED = ['_defaultAgent', 'credentials', 'isServer', 'pauseOnCreate', 'pipe', 'server', 'socket']

const connectionOptions = () =>
  unique([
    ...UNDOCUMENTED,
    ...Object.entries(CONNECTION).flatMap(([module, interfaces]) => {
      const text = read(`node_modules/@types/node/${module}.d.ts`)
      return interfaces.flatMap((name) => {
        const [, members = ''] =
          new RegExp(`interface ${name}\\b[^{]*\\{(.*?)\\n {4}\\}`, 's').exec(text) ?? []
        return [...members.matchAll(/^ {8}(\w+)\??(?:: |\()/gm)].map(([, member]) => member)
      })
    }),
  ]).filter((name) => !FAILS_IN_NODE.has(name))

/** The variables that Node's own modules read: `process.env` inherits from `Object.prototype` too. */
const variablesOfNode = () =>
  unique(
    Object.values(sourcesOfNode()).flatMap((module) =>
      [...String(module).matchAll(/\benv\.([A-Z_]{3,})\b/g)].map(([, name]) => name),
    ),
  )

test('no option of a connection on Object.prototype leads a request of Node to a server that is not trusted', async () => {
  const names = [...connectionOptions(), ...variablesOfNode()]
  for (const name of [
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'ca',
    'secureContext',
    'rejectUnauthorized',
    'lookup',
    'socketPath',
    'agent',
    'path',
  ]) {
    assert.ok(names.includes(name), name)
  }
  const answer = { token_type: 'Bearer', expires_in: 3600, access_token: 'a-token-of-the-test' }
  const respond = () => ({ body: answer })
  const [ca, own] = [await makeAuthority('an authority that is not trusted'), await tls()]
  const { private: key, cert } = await makeServer('localhost', ['localhost'], ca)
  const [foreign, trusted] = [
    await startStandIn({ respond, tls: { key, cert } }),
    await startStandIn({ respond, tls: own }),
  ]
  const proxy = await startProxy((_, port) => port)
  try {
    const values = [ca.cert, [ca.cert], true, 1, '0']
    const way = { host: '127.0.0.1', port: proxy.port }
    const args = [names, values, foreign.origin, trusted.origin, way].map((value) => JSON.stringify(value))
    const variables = {
      AZURE_OPENAI_ENTRA_TRANSPORT: 'node',
      NODE_EXTRA_CA_CERTS: own.caFile,
      // Node warns of a variable that this package does not heed.
      NODE_NO_WARNINGS: '1',
    }
    const ended = await runProgram('polluted-tls.mjs', { args, variables })
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' })
    assert.ok(foreign.connections() >= 2 * values.length * names.length, 'it was asked')
    assert.deepEqual(foreign.requests, [])
    assert.equal(trusted.requests.length % (2 * values.length * names.length), 0)
  } finally {
    await Promise.all([foreign.close(), trusted.close(), proxy.close()])
  }
})

/**
 * How often a program reads `process.env`, by its syntax: other programs that it writes are text.
 *
 * @param {string} path
 */
const readsOf = (path) => {
  const words = tokensOf(path).map(({ type, value }) => (type.label === 'name' ? value : type.label))
  const reads = words
    .join(' ')
    .matchAll(/\bprocess \??\. env\b|\{[^{}]*\benv\b[^{}]*\} \S+ process (?!\??\.)/g)
  return [...reads].length
}

test('only lib/environment.js reads process.env', () => {
  const files = ['lib', 'cli'].flatMap((folder) =>
    readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true })
      .map((file) => `${folder}/${file}`.replaceAll('\\', '/'))
      .filter((file) => /\.m?js$/.test(file)),
  )
  assert.ok(readsOf('lib/environment.js') > 0)
  const others = ['index.js', 'register.js', ...files].filter((file) => file !== 'lib/environment.js')
  assert.deepEqual(
    others.filter((file) => readsOf(file) > 0),
    [],
  )
})
