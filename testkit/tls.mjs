import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { makeAuthority, makeServer } from './certificates.mjs'

/**
 * Removed when the process ends.
 *
 * @param {string} name
 * @param {string} text
 */
const temporaryFile = (name, text) => {
  const directory = mkdtempSync(join(tmpdir(), 'entra-test-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}

/** @type {ReturnType<typeof ownAuthority> | undefined} */
let made

const ownAuthority = async () => {
  const ca = await makeAuthority('azure-openai-entra test authority')
  return { ...ca, file: temporaryFile('ca.pem', ca.cert) }
}

/**
 * A server certificate for localhost, 127.0.0.1 and `names`, and the authority that signed it, made once in each process.
 *
 * @param {string[]} [names]
 */
export const tls = async (names = []) => {
  const ca = await (made ??= ownAuthority())
  const server = await makeServer('localhost', ['localhost', ...names], ca)
  return {
    key: server.private,
    cert: server.cert,
    ca: ca.cert,
    /** A path, for `NODE_EXTRA_CA_CERTS`. */
    caFile: ca.file,
  }
}
