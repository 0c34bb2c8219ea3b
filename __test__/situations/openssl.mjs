import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {import('./stages.mjs').Bench} Bench */

/**
 * What `openssl` writes to its `-out`, made once in the bench's folder.
 *
 * @param {Bench} bench
 * @param {string} name
 * @param {string} command
 */
export const made = ({ folder }, name, command) => {
  const path = join(folder, name)
  if (!existsSync(path)) {
    execFileSync('openssl', [...command.split(' '), '-out', path], { cwd: folder, stdio: 'pipe' })
  }
  return readFileSync(path)
}

/** A key, RSA unless another is said. @param {Bench} bench @param {string} name */
export const keyOf = (bench, name, algorithm = 'RSA') => {
  const size = algorithm === 'RSA' ? 'rsa_keygen_bits:2048' : `ec_paramgen_curve:${algorithm}`
  const type = algorithm === 'RSA' ? 'RSA' : 'EC'
  return made(bench, `${name}.key`, `genpkey -algorithm ${type} -pkeyopt ${size}`).toString()
}

/**
 * A certificate that signed itself, for `localhost` unless `more` says otherwise. OpenSSL makes it a CA's.
 *
 * @param {Bench} bench
 * @param {string} name
 */
export const certificateOf = (
  bench,
  name,
  more = '-addext subjectAltName=DNS:localhost,IP:127.0.0.1',
  algorithm = 'RSA',
) => {
  keyOf(bench, name, algorithm)
  return made(
    bench,
    `${name}.crt`,
    `req -x509 -new -key ${name}.key -subj /CN=${name} -days 2 ${more}`,
  ).toString()
}
