import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { describe, test } from 'node:test'

import { ClientSecretCredential, DefaultAzureCredential, clearTokenCache } from 'azure-openai-entra'

import { huge, openIdConfiguration, redirect, silence } from '../testkit/answers.mjs'
import { startAuthority } from '../testkit/authority.mjs'
import { fakeAzureCli } from '../testkit/azure-cli.mjs'
import { rejectsWith, throwsWith } from './support/errors.mjs'
import { SOURCES, onSource } from './support/fixture.mjs'
import { programPath } from './support/programs.mjs'
import { startProxy } from '../testkit/forward.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { close, listen } from '../testkit/listen.mjs'
import { start as startProgram } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'
import { tls } from '../testkit/tls.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const NODE = { AZURE_OPENAI_ENTRA_TRANSPORT: 'node' }
const ONCE = { retryOptions: { maxRetries: 0 } }

/** The hosts that Node's own HTTP was asked for while `act` ran. @param {() => unknown} act */
const hostsOf = async (act) => {
  /** @type {string[]} */
  const hosts = []
  /** @param {unknown} message */
  const note = (message) => hosts.push(/** @type {any} the channel's message */ (message).request.host)
  subscribe('http.client.request.start', note)
  try {
    await act()
  } finally {
    unsubscribe('http.client.request.start', note)
  }
  return hosts
}

/** @param {import('azure-openai-entra').DefaultAzureCredentialOptions} [options] */
const tokenOf = async (options) => (await new DefaultAzureCredential(options).getToken(SCOPE)).token

/** Takes a request for one of another protocol. */
const switched = { status: 101, headers: { connection: 'upgrade', upgrade: 'another' } }

/** Leads every request elsewhere. */
class Elsewhere extends http.Agent {
  asked = 0

  /** @returns {never} */
  createConnection() {
    this.asked += 1
    throw new Error('led elsewhere')
  }
}

/** @param {any} object a module or a prototype @param {string} name @param {unknown} other */
const put = (object, name, other) => {
  const { [name]: before } = object
  object[name] = other
  return () => {
    object[name] = before
  }
}

/**
 * The ways in which packages put their agent in place of others. The second is that of global-agent.
 *
 * @type {Record<string, () => { agent: { asked: number }, undo: () => void }>}
 */
const LEADING = {
  'http.globalAgent': () => {
    const agent = new Elsewhere()
    return { agent, undo: put(http, 'globalAgent', agent) }
  },
  'http.request': () => {
    const agent = new Elsewhere()
    const { request } = http
    const led = (/** @type {http.RequestOptions} */ options) => request({ ...options, agent })
    return { agent, undo: put(http, 'request', led) }
  },
  ...Object.fromEntries(
    ['createConnection', 'createSocket', 'addRequest'].map((name) => [
      `http.Agent.prototype.${name}`,
      () => {
        const agent = new Elsewhere()
        return { agent, undo: put(http.Agent.prototype, name, () => agent.createConnection()) }
      },
    ]),
  ),
}

/** A policy that changes nothing. */
const passing = {
  name: 'passing',
  sendRequest: (/** @type {any} the pipeline's */ request, /** @type {any} the pipeline's */ next) =>
    next(request),
}

describe("Node's transport", () => {
  for (const { source: label, start } of SOURCES) {
    // Node reads NODE_EXTRA_CA_CERTS when it starts.
    /** @param {import('./support/fixture.mjs').Source & { caFile?: string }} source */
    const trusting = (source, file = source.caFile) =>
      file ? { tlsOptions: { ca: readFileSync(file) } } : {}
    test(`sends the requests of ${label} if AZURE_OPENAI_ENTRA_TRANSPORT is node`, () =>
      onSource({ start, variables: NODE }, async (source) => {
        const hosts = await hostsOf(async () => assert.ok(source.knows(await tokenOf(trusting(source)))))
        assert.ok(hosts.length > 0 && hosts.every((host) => /^(?:127\.0\.0\.1|localhost)$/.test(host)))
        const [{ headers }] = source.tokenRequests()
        assert.match(headers['user-agent'], /^azure-openai-entra\//)
      }))

    test(`sends no request of ${label} otherwise`, () =>
      onSource({ start }, async () => {
        assert.deepEqual(await hostsOf(() => tokenOf()), [])
        process.env.AZURE_OPENAI_ENTRA_TRANSPORT = 'native'
        clearTokenCache()
        assert.deepEqual(await hostsOf(() => tokenOf()), [])
      }))
  }

  test('a thread that ends during its request leads to no other identity', () =>
    onSource({ start: startAuthority }, async (source) => {
      const expiresOn = Math.floor(Date.now() / 1000) + 3600
      const other = fakeAzureCli({ stdout: { accessToken: secret('other-token'), expires_on: expiresOn } })
      const release = source.hold()
      const { child, ended } = startProgram([process.execPath, programPath('ended-transport.cjs')], {
        variables: {
          ...source.environment,
          ...NODE,
          PATH: other.environment.PATH,
          NODE_EXTRA_CA_CERTS: source.caFile,
        },
      })
      try {
        await Promise.race([source.arrived(1), ended()])
        child.send('it is under way')
        const { code, stdout, stderr } = await ended()
        assert.deepEqual([code, stdout], [0, 'ENTRA_ID_NETWORK'], stderr)
      } finally {
        release()
        other.remove()
      }
    }))

  test('sends a request through the tunnel of a proxy, also to a host that only the proxy can reach', async () => {
    const respond = () => ({
      body: { token_type: 'Bearer', expires_in: 3600, access_token: secret('token') },
    })
    const { key, cert, ca } = await tls(['login.private.invalid'])
    const authority = await startStandIn({ respond, tls: { key, cert } })
    const proxy = await startProxy(authority.port)
    try {
      const credential = new ClientSecretCredential('contoso.example', 'an-application', secret('a-secret'), {
        authorityHost: 'https://login.private.invalid',
        disableInstanceDiscovery: true,
        proxyOptions: { host: '127.0.0.1', port: proxy.port },
        tlsOptions: { ca },
      })
      assert.ok((await credential.getToken(SCOPE)).token)
      const [{ headers }] = authority.requests
      assert.equal(headers.host, 'login.private.invalid')
      assert.match(proxy.seen.join(), /^CONNECT login\.private\.invalid:443/)
    } finally {
      await Promise.all([authority.close(), proxy.close()])
    }
  })

  test('goes through the proxy of the environment', () =>
    onSource({ start: startAuthority, variables: NODE }, async (source) => {
      const proxy = await startProxy(Number(new URL(source.origin).port))
      try {
        process.env.HTTPS_PROXY = `http://user:${secret('password')}@127.0.0.1:${proxy.port}`
        assert.ok(source.knows(await tokenOf({ tlsOptions: { ca: readFileSync(source.caFile) } })))
        assert.ok(proxy.seen.every((line) => line.endsWith(' with a password')))
        assert.ok(proxy.seen.length > 0)
      } finally {
        await proxy.close()
      }
    }))

  /** @type {Record<string, { variables?: Record<string, string>, options?: any }>} any, because each has its own */
  const ways = {
    AZURE_OPENAI_ENTRA_TRANSPORT: { variables: NODE },
    tlsOptions: { options: { tlsOptions: { ca: [] } } },
    additionalPolicies: {
      options: { additionalPolicies: [{ policy: passing, position: 'perCall' }] },
    },
  }
  for (const [way, { variables, options }] of Object.entries(ways)) {
    for (const [what, lead] of Object.entries(LEADING)) {
      test(`asks an identity endpoint of the host without the app's agents, which can lead to a proxy: ${way}, ${what}`, () =>
        onSource({ start: startIdentity, variables }, async (source) => {
          const { agent, undo } = lead()
          try {
            assert.ok(source.knows(await tokenOf({ ...options, ...ONCE })))
          } finally {
            undo()
          }
          assert.equal(agent.asked, 0)
        }))
    }

    test(`does not send what only that endpoint may read if it is led elsewhere all the same: ${way}`, () =>
      onSource(
        {
          start: startIdentity,
          variables: { ...variables, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' },
        },
        async (source) => {
          const elsewhere = await startStandIn({ respond: () => ({ body: {} }) })
          const { ClientRequest } = http
          const createConnection = () => connect(elsewhere.port, '127.0.0.1')
          const undo = put(
            http,
            'ClientRequest',
            class extends ClientRequest {
              /** @param {any} given as Node's modules call it */
              constructor(given) {
                super({ ...given, createConnection })
              }
            },
          )
          const undoRequest = put(
            http,
            'request',
            (/** @type {any} of any form */ given) => new http.ClientRequest(given),
          )
          try {
            await rejectsWith(tokenOf({ ...options, ...ONCE }), {
              code: 'ENTRA_ID_NETWORK',
              message: /would lead this request elsewhere, so it is not sent/,
            })
          } finally {
            undoRequest()
            undo()
            await elsewhere.close()
          }
          assert.deepEqual([elsewhere.requests, source.requests], [[], []])
        },
      ))
  }

  test('names what a proxy answers', () =>
    onSource({ start: startAuthority, variables: NODE }, async (source) => {
      const proxy = await startProxy(Number(new URL(source.origin).port), 'HTTP/1.1 407 No\r\n\r\n')
      try {
        process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`
        const error = await rejectsWith(tokenOf(ONCE), { attempts: /./ })
        assert.match(error.message, /the proxy answered 407/)
      } finally {
        await proxy.close()
      }
    }))

  const refusals = [
    {
      what: 'a redirect',
      answer: redirect('https://elsewhere.example/'),
      said: /a redirect, which is not followed/,
    },
    { what: 'a long body', answer: huge(), said: /more than 256 KiB/ },
    { what: 'a reset', answer: { reset: true }, said: /app's transport failed/ },
    { what: 'another protocol', answer: switched, said: /the response was cut off/ },
  ]
  for (const { what, answer, said } of refusals) {
    test(`keeps the bounds: ${what}`, () =>
      onSource(
        {
          start: startIdentity,
          variables: { ...NODE, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' },
        },
        async (source) => {
          source.always(answer)
          await rejectsWith(tokenOf(ONCE), { message: said })
        },
      ))
  }

  test('repeats a silent request, as the native transport does', () =>
    onSource({ start: startIdentity, variables: NODE }, async (source) => {
      source.next(silence)
      assert.ok(source.knows(await tokenOf(ONCE)))
      assert.equal(source.requests.length, 2)
    }))

  test('is refused under another name', async () => {
    process.env.AZURE_OPENAI_ENTRA_TRANSPORT = 'curl'
    try {
      throwsWith(() => new DefaultAzureCredential(), {
        code: 'ENTRA_ID_CONFIGURATION',
        message:
          /AZURE_OPENAI_ENTRA_TRANSPORT is a text of 4 characters.* Set AZURE_OPENAI_ENTRA_TRANSPORT to node or native/,
      })
    } finally {
      delete process.env.AZURE_OPENAI_ENTRA_TRANSPORT
    }
  })
})

test("reaches a server whose ciphers only Node's OpenSSL has, and the native transport's error says so", async () => {
  const { key, cert, caFile } = await tls()
  const token = secret('token')
  // rustls has no cipher in the CBC mode.
  const old = { maxVersion: /** @type {const} */ ('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-SHA384' }
  const server = createServer({ key, cert, ...old }, ({ method, url = '' }, response) => {
    const [, tenant] = url.split('/')
    const configuration = openIdConfiguration(`https://localhost:${port}`, tenant)
    response.end(
      JSON.stringify(method === 'POST' ? { access_token: token, expires_in: 3600 } : configuration),
    )
  })
  const port = await listen(server)
  const environment = {
    AZURE_TENANT_ID: 'contoso.example',
    AZURE_CLIENT_ID: 'client',
    AZURE_CLIENT_SECRET: secret('client-secret'),
    AZURE_AUTHORITY_HOST: `https://localhost:${port}`,
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
    NODE_EXTRA_CA_CERTS: caFile,
  }
  await onSource({ start: async () => ({ environment, close: () => close(server) }) }, async () => {
    await rejectsWith(tokenOf(ONCE), {
      message: /TLS handshake with localhost.*AZURE_OPENAI_ENTRA_TRANSPORT=node/,
    })
    clearTokenCache()
    assert.equal(await tokenOf({ tlsOptions: { ca: readFileSync(caFile) } }), token)
  })
})
