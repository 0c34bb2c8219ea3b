import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { describe, test } from 'node:test'

import { DefaultAzureCredential, clearTokenCache, setLogger } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { onSource } from './support/fixture.mjs'
import { startProxy } from '../testkit/forward.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { close, listen } from '../testkit/listen.mjs'
import { secret } from '../testkit/secrets.mjs'
import { until } from '../testkit/until.mjs'
import { collectingLogger, tee } from './support/tee.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const NODE = { AZURE_OPENAI_ENTRA_TRANSPORT: 'node' }
const ONCE = { retryOptions: { maxRetries: 0 } }

/** @param {import('azure-openai-entra').DefaultAzureCredentialOptions} [options] */
const tokenOf = async (options) => (await new DefaultAzureCredential(options).getToken(SCOPE)).token

/**
 * A policy of @azure/core-rest-pipeline that sets a header.
 *
 * @param {string} name
 * @param {'perCall' | 'perRetry'} [position]
 * @returns {{ policy: any, position: 'perCall' | 'perRetry' }} any, because the package need not be installed
 */
const marking = (name, position = 'perCall') => ({
  policy: {
    name,
    sendRequest: (/** @type {any} the package's own */ request, /** @type {any} the same */ next) => {
      request.headers.set(name, 'yes')
      return next(request)
    },
  },
  position,
})

describe('an option of the network', () => {
  test('tlsOptions.ca is trusted, and nothing else', () =>
    onSource({ start: startAuthority }, async (source) => {
      delete process.env.NODE_EXTRA_CA_CERTS
      await rejectsWith(tokenOf(ONCE), { name: 'AuthenticationError', code: 'ENTRA_ID_NETWORK' })
      clearTokenCache()
      const ca = readFileSync(source.caFile)
      for (const tlsOptions of [{ ca }, { ca: ca.toString() }, { ca: [ca] }]) {
        clearTokenCache()
        assert.ok(source.knows(await tokenOf({ tlsOptions })))
      }
    }))

  for (const [way, variables] of /** @type {const} */ ([
    ['the native transport', {}],
    ["Node's", NODE],
  ])) {
    test(`proxyOptions lead through a proxy by ${way}, with a password`, () =>
      onSource({ start: startAuthority, variables }, async (source) => {
        const proxy = await startProxy(Number(new URL(source.origin).port))
        try {
          for (const [host, password] of [
            ['127.0.0.1', secret('pass:w@rd')],
            ['http://127.0.0.1', secret('50%off, x%41y')],
          ]) {
            clearTokenCache()
            const proxyOptions = { host, port: proxy.port, username: 'user', password }
            const tlsOptions = variables === NODE ? { ca: readFileSync(source.caFile) } : undefined
            assert.ok(source.knows(await tokenOf({ proxyOptions, tlsOptions })))
            assert.match(proxy.seen.splice(0).join(), /^CONNECT \S+ with a password/)
            assert.deepEqual([...new Set(proxy.logins.splice(0))], [`user:${password}`])
          }
        } finally {
          await proxy.close()
        }
      }))
  }

  for (const [way, variables] of /** @type {const} */ ([
    ['the native transport', {}],
    ["Node's", NODE],
  ])) {
    test(`a % in a variable's login of a proxy may code nothing, by ${way}`, () =>
      onSource({ start: startAuthority, variables }, async (source) => {
        const proxy = await startProxy(Number(new URL(source.origin).port))
        const password = `50%off${secret('proxy')}`
        const tlsOptions = variables === NODE ? { ca: readFileSync(source.caFile) } : undefined
        try {
          process.env.HTTPS_PROXY = `http://user:${password}@127.0.0.1:${proxy.port}`
          await tokenOf({ tlsOptions })
          assert.deepEqual([...new Set(proxy.logins)], [`user:${password}`])
        } finally {
          await proxy.close()
        }
      }))
  }

  test('userAgentOptions.userAgentPrefix begins the User-Agent', () =>
    onSource({ start: startAuthority }, async (source) => {
      await tokenOf({ userAgentOptions: { userAgentPrefix: 'my-app/1.0' } })
      assert.match(source.tokenRequests()[0].headers['user-agent'], /^my-app\/1\.0 azure-openai-entra\//)
    }))

  test('additionalPolicies see the requests, and their changes are sent', () =>
    onSource({ start: startAuthority }, async (source) => {
      const additionalPolicies = [marking('x-call'), marking('x-retry', 'perRetry')]
      const tlsOptions = { ca: readFileSync(source.caFile) }
      assert.ok(source.knows(await tokenOf({ additionalPolicies, tlsOptions })))
      const [{ headers }] = source.tokenRequests()
      assert.deepEqual([headers['x-call'], headers['x-retry']], ['yes', 'yes'])
    }))

  test('what stands on Object.prototype leads no request elsewhere', () =>
    onSource({ start: startAuthority }, async (source) => {
      const foreign = createServer()
      let connections = 0
      foreign.on('connection', (socket) => {
        connections += 1
        socket.destroy()
      })
      const port = await listen(foreign)
      const requestOverrides = { host: '127.0.0.1', hostname: '127.0.0.1', port, rejectUnauthorized: false }
      const planted = {
        requestOverrides,
        proxy: `http://127.0.0.1:${port}`,
        pipeline: {},
        proxySettings: { host: 'http://127.0.0.1', port },
      }
      const options = {
        additionalPolicies: [marking('x-call')],
        tlsOptions: { ca: readFileSync(source.caFile) },
      }
      const credential = new DefaultAzureCredential(options)
      for (const [name, value] of Object.entries(planted))
        // oxlint-disable-next-line no-extend-native -- as a faulty dependency does
        Object.defineProperty(Object.prototype, name, { value, configurable: true })
      try {
        assert.ok(source.knows((await credential.getToken(SCOPE)).token))
      } finally {
        for (const name of Object.keys(planted)) Reflect.deleteProperty(Object.prototype, name)
        await close(foreign)
      }
      assert.equal(connections, 0)
    }))

  test('httpClient sends the requests', async () => {
    const token = secret('token')
    /** @type {string[]} */
    const seen = []
    const httpClient = {
      /** @param {any} request any, of @azure/core-rest-pipeline */
      async sendRequest(request) {
        seen.push(`${request.method} ${request.url} ${request.headers.get('x-identity-header')}`)
        const { createHttpHeaders } = await import('@azure/core-rest-pipeline')
        const bodyAsText = JSON.stringify({ access_token: token, expires_in: 3600, token_type: 'Bearer' })
        return {
          request,
          status: 200,
          headers: createHttpHeaders({ 'content-type': 'application/json' }),
          bodyAsText,
        }
      },
    }
    const header = secret('identity-header')
    const start = async () => ({
      environment: { IDENTITY_ENDPOINT: 'http://identity.example/token', IDENTITY_HEADER: header },
      close() {},
    })
    await onSource({ start }, async () => {
      assert.equal(await tokenOf({ httpClient }), token)
      assert.equal(seen.length, 1)
      assert.match(seen[0], /^GET http:\/\/identity\.example\/token\?/)
      assert.ok(seen[0].endsWith(header))
    })
  })

  test('a policy that throws is told, and its secrets are not', () =>
    onSource({ start: startAuthority }, async (source) => {
      const throwing = {
        name: 'throwing',
        sendRequest: (/** @type {{ body: string }} */ request) =>
          Promise.reject(new Error(`refused ${request.body}`)),
      }
      const error = await rejectsWith(
        tokenOf({ ...ONCE, additionalPolicies: [{ policy: throwing, position: 'perCall' }] }),
        {
          code: 'ENTRA_ID_NETWORK',
          message: /app's transport failed: refused /,
        },
      )
      assert.ok(!error.message.includes(source.clientSecret))
    }))

  test('loggingOptions.allowLoggingAccountIdentifiers logs whose token came, and otherwise nothing does', () =>
    onSource({ start: startIdentity }, async (source) => {
      /** @param {object} value */
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { appid: 'the-client', tid: 'the-tenant', oid: 'the-object', upn: 'user@example.com' }
      source.always({ body: { access_token: `${part({})}.${part(claims)}.sig`, expires_in: 3600 } })
      for (const allowLoggingAccountIdentifiers of [true, false]) {
        /** @type {string[]} */
        const lines = []
        /** @param {string} message */
        const log = (message) => lines.push(message)
        setLogger(tee({ error: log, warn: log, info: log, debug: log }))
        try {
          clearTokenCache()
          await tokenOf({ loggingOptions: { allowLoggingAccountIdentifiers } })
          await until(() => lines.some((line) => line.includes('token acquired')))
          await new Promise(setImmediate)
        } finally {
          setLogger(collectingLogger)
        }
        for (const value of Object.values(claims)) {
          assert.equal(lines.join('\n').includes(value), allowLoggingAccountIdentifiers, value)
        }
      }
    }))

  const pem = secret('key')
  const pasted = `xoxb-2941733-${'aB3xY9q'.repeat(4)}`
  for (const [options, said] of /** @type {[any, RegExp][]} any, because they are wrong */ ([
    [{ proxyOptions: 'http://proxy' }, /proxyOptions must be an object/],
    [{ proxyOptions: { port: 1 } }, /proxyOptions\.host/],
    [{ proxyOptions: { host: 'socks5://proxy', port: 1 } }, /proxyOptions\.host is no HTTP proxy/],
    [{ proxyOptions: { host: 'three\nhorses', port: 1 } }, /proxyOptions\.host has a line break or a tab/],
    [{ proxyOptions: { host: 'proxy', port: 99_999 } }, /proxyOptions\.port/],
    // What the parser would write in small letters, and then takes for a name.
    [{ proxyOptions: { host: pasted, port: 1 } }, /proxyOptions\.host is not the address of a proxy/],
    ...['#', '?', '/', '\\'].flatMap((sign) =>
      ['three', 'joe:three', 'joe:three@four'].map(
        (before) =>
          /** @type {[object, RegExp]} */ ([
            { proxyOptions: { host: `http://${before}${sign}horses@proxy`, port: 1 } },
            /proxyOptions\.host is not the address of a proxy/,
          ]),
      ),
    ),
    [
      { proxyOptions: { host: `http://joe:x@${pasted}`, port: 1 } },
      /proxyOptions\.host is not the address of a proxy/,
    ],
    [{ tlsOptions: { cert: pem } }, /tlsOptions cannot be used/],
    [{ tlsOptions: { pfx: pem } }, /tlsOptions cannot be used/],
    // Which value it is, Node would say.
    [
      { tlsOptions: { key: pem, passphrase: 48392017 } },
      /"options.passphrase" property must be of type string\. Pass PEM/,
    ],
    [{ userAgentOptions: { userAgentPrefix: 'a\nb' } }, /userAgentPrefix/],
    [{ userAgentOptions: { userAgentPrefix: 1 } }, /userAgentPrefix/],
    [{ httpClient: {} }, /httpClient must have a method sendRequest/],
    [{ additionalPolicies: {} }, /additionalPolicies must be an array/],
    [{ additionalPolicies: [{}] }, /An element of additionalPolicies/],
    [{ loggingOptions: true }, /loggingOptions must be an object/],
  ])) {
    test(`is refused at construction: ${said.source}`, () => {
      const error = throwsWith(() => new DefaultAzureCredential(options), {
        code: 'ENTRA_ID_CONFIGURATION',
        message: said,
      })
      for (const hidden of [pem, pasted, pasted.toLowerCase()]) assert.ok(!error?.message.includes(hidden))
    })
  }
})
