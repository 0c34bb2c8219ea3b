import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { generate } from 'selfsigned'

const DAY = 86_400_000
const validity = () => ({
  // A day back, for machines whose clock is behind.
  notBeforeDate: new Date(Date.now() - DAY),
  notAfterDate: new Date(Date.now() + DAY),
})

const authorityExtensions = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
]

const serverExtensions = (names) => [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true },
  {
    name: 'subjectAltName',
    altNames: [...names.map((value) => ({ type: 2, value })), { type: 7, ip: '127.0.0.1' }],
  },
]

const make = (commonName, extensions, ca) =>
  generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...validity(),
    extensions,
    ca,
  })

/** Removed when the process ends. */
const temporaryFile = (name, text) => {
  const directory = mkdtempSync(join(tmpdir(), 'entra-test-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}

/** @type {ReturnType<typeof makeAuthority> | undefined} */
let made

const makeAuthority = async () => {
  const ca = await make('azure-openai-entra test authority', authorityExtensions)
  return { ...ca, file: temporaryFile('ca.pem', ca.cert) }
}

/**
 * A server certificate for localhost, 127.0.0.1 and `names`, and the authority that signed it, made once in each process.
 *
 * @param {string[]} [names]
 */
export const tls = async (names = []) => {
  const ca = await (made ??= makeAuthority())
  const extensions = serverExtensions(['localhost', ...names])
  const server = await make('localhost', extensions, { key: ca.private, cert: ca.cert })
  return {
    key: server.private,
    cert: server.cert,
    ca: ca.cert,
    /** A path, for `NODE_EXTRA_CA_CERTS`. */
    caFile: ca.file,
  }
}
