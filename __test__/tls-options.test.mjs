import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'

import { ClientSecretCredential, clearTokenCache } from 'azure-openai-entra'

import { makeAuthority, makeServer } from '../testkit/certificates.mjs'
import { close, listen } from '../testkit/listen.mjs'
import { secret } from '../testkit/secrets.mjs'
import { tls } from '../testkit/tls.mjs'
import { throwsWith } from './support/errors.mjs'

const SCOPE = 'https://vault.azure.net/.default'
const CLIENT_SECRET = secret('client-secret')
const PASSPHRASE = secret('passphrase')
const NAMES = /** @type {const} */ (['alice', 'bobby'])

/**
 * @typedef {{ cert: string, key: string, pfx: Buffer }} Proof
 * @typedef {any} TlsOptions any, because Node takes more than is declared
 */

const folder = mkdtempSync(join(tmpdir(), 'entra-tls-options-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** @type {Record<string, Proof>} */
const proofs = {}
let [origin, ca, closes, connections] = ['', '', false, 0]

/** An authority that names the certificate of a request's connection in the token. */
const server = createServer((request, response) => {
  const { subject } = /** @type {import('node:tls').TLSSocket} */ (request.socket).getPeerCertificate()
  const access_token = `${subject?.CN}-${secret('token')}`
  if (closes) response.setHeader('connection', 'close')
  request.resume()
  request.on('end', () =>
    response.end(JSON.stringify({ token_type: 'Bearer', expires_in: 3600, access_token })),
  )
})
server.on('secureConnection', () => (connections += 1))

before(async () => {
  const own = await tls()
  ca = own.ca
  server.setSecureContext({ key: own.key, cert: own.cert })
  Object.assign(server, { requestCert: true, rejectUnauthorized: false })
  origin = `https://localhost:${await listen(server)}`
  const issuer = await makeAuthority('clients')
  for (const name of NAMES) {
    const made = await makeServer(name, [name], issuer)
    const file = (/** @type {string} */ type) => join(folder, `${name}.${type}`)
    writeFileSync(file('crt'), made.cert)
    writeFileSync(file('key'), made.private)
    const [inkey, from, out] = ['key', 'crt', 'pfx'].map(file)
    const args = ['-export', '-inkey', inkey, '-in', from, '-out', out, '-passout', `pass:${PASSPHRASE}`]
    execFileSync('openssl', ['pkcs12', ...args])
    proofs[name] = { cert: made.cert, key: made.private, pfx: readFileSync(out) }
  }
})
after(() => close(server))
afterEach(() => {
  clearTokenCache()
  closes = false
})

/** @param {TlsOptions} tlsOptions */
const credentialOf = (tlsOptions) =>
  new ClientSecretCredential('contoso.example', 'an-application', CLIENT_SECRET, {
    authorityHost: origin,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca, ...tlsOptions },
  })

/** @param {ClientSecretCredential} credential */
const userOf = async (credential) => (await credential.getToken(SCOPE)).token.split('-')[0]

/** Of the same length for both, as a buffer that an app uses again. @param {string} text */
const padded = (text) => Buffer.from(text.padEnd(4000, '\n'))

class Holder {
  #bytes
  /** @param {unknown} bytes */
  constructor(bytes) {
    this.#bytes = bytes
  }
  get pem() {
    return this.#bytes
  }
  get buf() {
    return this.#bytes
  }
  get passphrase() {
    return PASSPHRASE
  }
}

/** @type {Record<string, (proof: Proof) => TlsOptions>} */
const FORMS = {
  texts: ({ cert, key }) => ({ cert, key }),
  buffers: ({ cert, key }) => ({ cert: padded(cert), key: padded(key) }),
  views: ({ cert, key }) => ({
    cert: new Uint8Array(padded(cert)),
    key: new DataView(new Uint8Array(padded(key)).buffer),
  }),
  lists: ({ cert, key }) => ({ cert: [padded(cert)], key: [padded(key)] }),
  'keys in objects': ({ cert, key }) => ({ cert: padded(cert), key: [{ pem: padded(key) }] }),
  'keys in objects of a class': ({ cert, key }) => ({ cert, key: [new Holder(key)] }),
  'a PFX': ({ pfx }) => ({ pfx: Buffer.from(pfx), passphrase: PASSPHRASE }),
  'a PFX in an object': ({ pfx }) => ({ pfx: [{ buf: Buffer.from(pfx), passphrase: PASSPHRASE }] }),
  'a PFX in an object of a class': ({ pfx }) => ({ pfx: [new Holder(pfx)] }),
  'a PFX in an object that inherits it': ({ pfx }) => ({
    pfx: [Object.create({ buf: pfx, passphrase: PASSPHRASE })],
  }),
}

/** What an app may do with its own objects: overwrites buffers, and replaces elements and members. @param {TlsOptions} value */
const overwrite = (value) => {
  if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(10)
  else if (Object(value) === value)
    for (const [name, held] of Object.entries(value)) {
      overwrite(held)
      value[name] = undefined
    }
}

describe('two identities with other tlsOptions', () => {
  for (const [form, make] of Object.entries(FORMS)) {
    for (const way of ['kept', 'resumed']) {
      test(`share no token and no ${way} connection: ${form}`, async () => {
        closes = way === 'resumed'
        for (const name of [...NAMES, ...NAMES]) {
          assert.equal(await userOf(credentialOf(make(proofs[name]))), name)
        }
        clearTokenCache()
        for (const name of NAMES) assert.equal(await userOf(credentialOf(make(proofs[name]))), name)
      })
    }

    test(`stay what they were made with: ${form}`, async () => {
      const given = NAMES.map((name) => make({ ...proofs[name] }))
      const credentials = given.map((options) => credentialOf(options))
      // The tests' own proofs are no app's to overwrite.
      if (!/class|inherits/.test(form)) for (const options of given) overwrite(options)
      for (const [at, credential] of credentials.entries()) {
        assert.equal(await userOf(credential), NAMES[at])
        assert.equal(await userOf(credentialOf(make(proofs[NAMES[at]]))), NAMES[at])
      }
    })
  }

  test('and the same ones share a connection', async () => {
    const { pfx } = proofs.alice
    const of = () => userOf(credentialOf({ pfx: [{ buf: Buffer.from(pfx), passphrase: PASSPHRASE }] }))
    await of()
    const before = connections
    for (let i = 0; i < 20; i++) {
      clearTokenCache()
      assert.equal(await of(), 'alice')
    }
    assert.equal(connections, before)
  })

  test('and nothing on Object.prototype stands in for a key of theirs', async () => {
    const planted = { pem: proofs.bobby.key, buf: proofs.bobby.pfx, passphrase: secret('another') }
    for (const [name, value] of Object.entries(planted))
      // oxlint-disable-next-line no-extend-native -- as a faulty dependency does
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
    try {
      for (const form of ['lists', 'keys in objects', 'a PFX in an object']) {
        assert.equal(await userOf(credentialOf(FORMS[form](proofs.alice))), 'alice')
      }
    } finally {
      for (const name of Object.keys(planted)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})

describe('odd tlsOptions', () => {
  const cyclic = () => {
    /** @type {Record<string, unknown>} */
    const holder = { pem: proofs.alice.key, passphrase: '', also: Symbol('of the app') }
    holder.self = holder
    return { cert: proofs.alice.cert, key: [holder] }
  }
  test('as Node takes them are taken', async () =>
    assert.equal(await userOf(credentialOf(cyclic())), 'alice'))

  /** @type {unknown[]} */
  const list = []
  list.push(list)
  const throwing = {
    get pem() {
      throw undefined
    },
  }
  const refuse = () => {
    throw new Error('of the app')
  }
  for (const [what, made] of /** @type {[string, () => TlsOptions][]} */ ([
    ['a list in itself', () => ({ ca: list, key: list, pfx: list })],
    ['a getter that throws', () => ({ key: [throwing] })],
    ['a proxy that throws', () => ({ pfx: [new Proxy({}, { get: refuse, getPrototypeOf: refuse })] })],
    ['a symbol', () => ({ key: [{ pem: Symbol('of the app') }] })],
    ['no element', () => ({ pfx: [undefined] })],
    ['a sparse list', () => ({ key: Array(4e9) })],
    ['a long text in a list', () => ({ ca: ['x'.repeat(5e7)] })],
    ['a long buffer', () => ({ pfx: Buffer.alloc(5e7) })],
    ['a text in an object', () => ({ cert: new String(proofs.alice.cert) })],
    ['a passphrase in an object', () => ({ passphrase: { toString: refuse } })],
    ['a symbol for a passphrase', () => ({ passphrase: Symbol('of the app'), key: proofs.alice.key })],
  ])) {
    test(`are refused at once: ${what}`, () => {
      const options = made()
      throwsWith(() => credentialOf(options), { code: 'ENTRA_ID_CONFIGURATION', message: /^tlsOptions/ })
    })
  }
})
