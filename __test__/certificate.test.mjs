import assert from 'node:assert/strict'
import {
  X509Certificate,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  verify,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

import { generate } from 'selfsigned'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { rejectsWith } from './support/errors.mjs'
import { onSource } from './support/fixture.mjs'
import { secret } from '../testkit/secrets.mjs'

/** @typedef {import('../testkit/authority.mjs').Authority} Authority */

const directory = mkdtempSync(join(tmpdir(), 'entra-certificate-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const made = await generate([{ name: 'commonName', value: 'app' }], { keySize: 2048, algorithm: 'sha256' })
const cert = `${made.cert.trim()}\n`
const other = await generate([{ name: 'commonName', value: 'ca' }], { keySize: 2048, algorithm: 'sha256' })
const ca = `${other.cert.trim()}\n`
const key = createPrivateKey(made.private)
const password = secret('certificate-password')
/** @param {'pkcs1' | 'pkcs8'} type @param {{ cipher: string, passphrase: string }} [more] */
const pem = (type, more) => key.export({ type, format: 'pem', ...more })
/** @param {string} cipher */
const encrypted = (cipher) => pem('pkcs8', { cipher, passphrase: password })

/**
 * Writes a certificate file and gives the variables that name it.
 *
 * @param {string} name
 * @param {string | Buffer} text
 * @param {Record<string, string>} [more]
 */
const certificateFile = (name, text, more) => {
  const path = join(directory, `${name}.pem`)
  writeFileSync(path, text)
  return { AZURE_CLIENT_SECRET: undefined, AZURE_CLIENT_CERTIFICATE_PATH: path, ...more }
}

/** @param {string} part */
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString())

/** The assertion that reached the authority, whose signature is good. @param {Authority} authority */
const assertionOf = (authority) => {
  const [{ form }] = authority.tokenRequests()
  assert.equal(form.client_assertion_type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
  const [header, claims, signature] = form.client_assertion.split('.')
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const signed = Buffer.from(`${header}.${claims}`)
  const signer = { key: createPublicKey(key), ...padding }
  assert.ok(verify('sha256', signed, signer, Buffer.from(signature, 'base64url')), 'the signature is good')
  return { header: decode(header), claims: decode(claims) }
}

/** The stand-in takes any assertion here: the tests look at it themselves. @param {Authority} authority */
const granting = (authority) => () => {
  const { token, expiresIn } = authority.tokens.issue()
  return { body: { token_type: 'Bearer', expires_in: expiresIn, access_token: token } }
}

describe('a certificate signs an assertion', () => {
  for (const { form, text, variables } of [
    { form: 'PKCS#8', text: pem('pkcs8') + cert },
    { form: 'PKCS#1', text: pem('pkcs1') + cert },
    { form: 'the certificate first', text: cert + pem('pkcs8') },
    { form: "a CA's certificate, the key, then its certificate", text: ca + pem('pkcs8') + cert },
    { form: 'line ends of Windows', text: (pem('pkcs8') + cert).replaceAll('\n', '\r\n') },
    { form: 'byte order marks', text: `\uFEFF${pem('pkcs8')}\uFEFF${cert}` },
    {
      form: 'text around',
      text: `Bag Attributes\n  friendlyName: app\n${pem('pkcs8')}subject=CN = app\n${cert}`,
    },
    ...['aes-256-cbc', 'aes-128-cbc', 'des-ede3-cbc'].map((cipher) => ({
      form: `encrypted with ${cipher}`,
      text: encrypted(cipher) + cert,
      variables: { AZURE_CLIENT_CERTIFICATE_PASSWORD: password },
    })),
  ]) {
    test(form, () =>
      onSource({ start: startAuthority }, async (authority) => {
        Object.assign(process.env, certificateFile('good', text, variables))
        delete process.env.AZURE_CLIENT_SECRET
        authority.always(granting(authority))
        assert.equal(await getAzureOpenAIToken(), authority.tokens.issued[0])

        const { header, claims } = assertionOf(authority)
        const { raw } = new X509Certificate(cert)
        const thumbprint = createHash('sha256').update(raw).digest('base64url')
        assert.deepEqual(header, { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
        assert.equal(claims.aud, `${authority.origin}/${authority.tenantId}/oauth2/v2.0/token`)
        assert.deepEqual([claims.iss, claims.sub], [authority.clientId, authority.clientId])
        assert.match(claims.jti, /^[0-9a-f-]{36}$/)
        assert.equal(claims.exp - claims.nbf, 600)
      }),
    )
  }

  for (const value of ['true', 'TRUE', '1']) {
    test(`the chain goes along where AZURE_CLIENT_SEND_CERTIFICATE_CHAIN is ${value}`, () =>
      onSource({ start: startAuthority }, async (authority) => {
        const text = pem('pkcs8') + cert + cert
        Object.assign(
          process.env,
          certificateFile('chain', text, { AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: value }),
        )
        delete process.env.AZURE_CLIENT_SECRET
        authority.always(granting(authority))
        await getAzureOpenAIToken()
        const der = new X509Certificate(cert).raw.toString('base64')
        assert.deepEqual(assertionOf(authority).header.x5c, [der, der])
      }))
  }

  test('a secret beats a certificate', () =>
    onSource({ start: startAuthority }, async (authority) => {
      const { AZURE_CLIENT_CERTIFICATE_PATH } = certificateFile('unused', pem('pkcs8') + cert)
      Object.assign(process.env, { AZURE_CLIENT_CERTIFICATE_PATH })
      await getAzureOpenAIToken()
      assert.equal(authority.tokenRequests()[0].form.client_secret, authority.clientSecret)
    }))
})

describe('a certificate that cannot sign is refused before anything is sent', () => {
  for (const { what, text, variables, reason } of [
    { what: 'no certificate', text: pem('pkcs8'), reason: /does not contain a PEM-encoded certificate/ },
    { what: 'no key', text: cert, reason: /does not contain a PEM-encoded private key/ },
    {
      what: 'no password',
      text: encrypted('aes-256-cbc') + cert,
      reason: /encrypted private key.*PASSWORD/s,
    },
    {
      what: 'another password',
      text: encrypted('aes-256-cbc') + cert,
      variables: { AZURE_CLIENT_CERTIFICATE_PASSWORD: secret('wrong-password') },
      reason: /the password does not decrypt/,
    },
    {
      what: "OpenSSL's old form",
      text: pem('pkcs1', { cipher: 'aes-256-cbc', passphrase: password }) + cert,
      variables: { AZURE_CLIENT_CERTIFICATE_PASSWORD: password },
      reason: /old encrypted form.*openssl pkcs8 -topk8/s,
    },
    {
      what: 'not text',
      text: Buffer.from([0x30, 0x82, 0xff, 0xfe]),
      reason: /is DER of an unknown kind.*as PEM/s,
    },
  ]) {
    test(what, () =>
      onSource({ start: startAuthority }, async (authority) => {
        const named = certificateFile('bad', text, variables)
        Object.assign(process.env, named)
        delete process.env.AZURE_CLIENT_SECRET
        const error = await rejectsWith(getAzureOpenAIToken(), {
          code: 'ENTRA_ID_CONFIGURATION',
          message: reason,
        })
        assert.equal(error.credential, 'EnvironmentCredential')
        assert.ok(error.message.includes(named.AZURE_CLIENT_CERTIFICATE_PATH))
        assert.equal(authority.requests.length, 0)
      }),
    )
  }
})
