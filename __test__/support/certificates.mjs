import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { generate } from 'selfsigned'

/** The hosts that the authority stands in for. */
export const AUTHORITY_HOSTS = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
  '*.login.microsoft.com',
  '*.login.microsoftonline.us',
  'login.private.example',
  'tokens.private.example',
  'localhost',
]
const DAY = 86_400_000

/** Makes a CA, a certificate for the authority, and RSA keys for applications. Files, because lanes share them. */
export const makeCertificates = async (folder) => {
  const ca = await make('conformance root', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])
  const names = [...AUTHORITY_HOSTS.map((value) => ({ type: 2, value })), { type: 7, ip: '127.0.0.1' }]
  const server = await make(
    'conformance authority',
    [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names },
    ],
    { key: ca.private, cert: ca.cert },
  )
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

const make = (commonName, extensions, ca) =>
  generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + DAY),
    extensions,
    ca,
  })
