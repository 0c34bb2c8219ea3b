import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { generate } from 'selfsigned'

/** @typedef {Awaited<ReturnType<typeof generate>>} Made a certificate and its key */

/** The hosts that the authority stands in for. */
const AUTHORITY_HOSTS = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'dev.azure.com',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
  '*.login.microsoft.com',
  '*.login.microsoftonline.us',
  'login.private.example',
  'sts.private.example',
  'tokens.private.example',
  'contoso.ciamlogin.com',
  'localhost',
]
const DAY = 86_400_000

/**
 * Makes a CA, a certificate for the authority, and RSA keys for applications. Files, because workers share them.
 *
 * @param {string} folder
 */
export const makeCertificates = async (folder) => {
  const ca = await makeAuthority('conformance root')
  const server = await makeServer('conformance authority', AUTHORITY_HOSTS, ca)
  const app = await generate([{ name: 'commonName', value: 'conformance app' }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
  })
  const files = {
    'ca.pem': ca.cert,
    'server.pem': server.cert,
    'server.key': server.private,
    'app.pem': `${app.private}\n${app.cert}`,
    'app.key': app.private,
    'app.crt': app.cert,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

/** A CA, that {@link makeServer} takes. @param {string} commonName */
export const makeAuthority = (commonName) =>
  make(commonName, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])

/**
 * A server's certificate for `hosts` and 127.0.0.1.
 *
 * @param {string} commonName
 * @param {string[]} hosts
 * @param {Made} ca
 */
export const makeServer = (commonName, hosts, ca) =>
  make(
    commonName,
    [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map((value) => ({ type: /** @type {const} */ (2), value })),
          { type: /** @type {const} */ (7), ip: '127.0.0.1' },
        ],
      },
    ],
    { key: ca.private, cert: ca.cert },
  )

/**
 * @param {string} commonName
 * @param {import('selfsigned').CertificateExtension[]} extensions
 * @param {{ key: string, cert: string }} [ca]
 */
const make = (commonName, extensions, ca) =>
  generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A day back, so that a machine with a slow clock accepts it.
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + DAY),
    extensions,
    ca,
  })
