import { secret } from '../../testkit/secrets.mjs'
import { certificateOf, keyOf, made } from './openssl.mjs'
import { only } from './stages.mjs'

/** @typedef {import('./stages.mjs').Bench} Bench */

const WORD = secret('certificate-password')

/** An app whose certificate file is as `content` says. */
const file =
  (/** @type {string} */ name, /** @type {(bench: Bench) => string | Buffer} */ content, password = '') =>
  (/** @type {Bench} */ bench) => ({
    variables: {
      ...bench.authority.environment,
      ...only('Environment'),
      AZURE_CLIENT_SECRET: undefined,
      AZURE_CLIENT_CERTIFICATE_PATH: bench.file(name, content(bench)),
      AZURE_CLIENT_CERTIFICATE_PASSWORD: password || undefined,
    },
  })

/** An app whose certificate path is `path`. */
const path = (/** @type {(bench: Bench) => string} */ value) => (/** @type {Bench} */ bench) => ({
  variables: {
    ...bench.authority.environment,
    ...only('Environment'),
    AZURE_CLIENT_SECRET: undefined,
    AZURE_CLIENT_CERTIFICATE_PATH: value(bench),
  },
})

const cert = (/** @type {Bench} */ bench) => certificateOf(bench, 'app')
const pem = (/** @type {Bench} */ bench) => keyOf(bench, 'app') + cert(bench)
const pfx = (/** @type {Bench} */ bench) => {
  cert(bench)
  return made(bench, 'app.p12', `pkcs12 -export -inkey app.key -in app.crt -passout pass:${WORD}`)
}
/** The key as `openssl` encrypts it with `how`, and the certificate. */
const encrypted = (/** @type {string} */ name, /** @type {string} */ how) =>
  file(
    name,
    (bench) => {
      cert(bench)
      return made(bench, `${name}.out`, `${how} -in app.key -passout pass:${WORD}`) + cert(bench)
    },
    WORD,
  )

/** What is wrong with the file of a certificate. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const certificates = [
  {
    area: "The app's certificate cannot sign",
    rows: [
      ['it is a PFX', file('app.pfx', pfx), 'is a PFX (PKCS#12), not PEM', 'openssl pkcs12 -in'],
      ['it is a PFX in Base64', file('app.pfx.txt', (bench) => pfx(bench).toString('base64')), 'is a PFX (PKCS#12) in Base64', 'openssl base64 -d -A -in'],
      ['it is DER', file('app.der.cer', (bench) => (cert(bench), made(bench, 'app.der', 'x509 -in app.crt -outform DER'))), 'is a certificate in DER', 'openssl x509 -inform DER -in'],
      ['it is a key in DER', file('app.der.key', (bench) => (keyOf(bench, 'app'), made(bench, 'key.der', 'pkcs8 -topk8 -nocrypt -in app.key -outform DER'))), 'is a private key in DER', 'openssl pkey -inform DER -in'],
      ['it is PKCS#7', file('app.p7b', (bench) => (cert(bench), made(bench, 'p7b.der', 'crl2pkcs7 -nocrl -certfile app.crt -outform DER'))), 'is PKCS#7 in DER', 'openssl pkcs7 -inform DER'],
      ['it is UTF-16', file('utf16.pem', (bench) => Buffer.from(`\uFEFF${pem(bench)}`, 'utf16le')), 'is UTF-16 text', 'iconv -f UTF-16 -t UTF-8'],
      ['it is UTF-16 without a mark', file('utf16le.pem', (bench) => Buffer.from(pem(bench), 'utf16le')), 'is UTF-16 text', 'iconv -f UTF-16 -t UTF-8'],
      ['it is PEM in Base64', file('base64.pem', (bench) => Buffer.from(pem(bench)).toString('base64')), 'is PEM in Base64', 'openssl base64 -d -A -in'],
      ['its line breaks are written as \\n', file('escaped.pem', (bench) => pem(bench).replaceAll('\n', '\\n')), 'has \\n in place of its line breaks', "printf '%b'"],
      ['it is empty', file('empty.pem', () => ''), 'is empty', 'write the certificate as PEM'],
      ['it is no certificate at all', file('notes.pem', () => 'to do'), 'has no section of PEM', 'write the certificate as PEM'],
      ['it is a TRUSTED CERTIFICATE', file('trusted.pem', (bench) => (cert(bench), keyOf(bench, 'app') + made(bench, 'trusted.crt', 'x509 -in app.crt -trustout'))), 'TRUSTED CERTIFICATE', 'openssl x509 -in'],
      ['no certificate is of the key', file('mixed.pem', (bench) => keyOf(bench, 'app') + certificateOf(bench, 'other')), 'no certificate that belongs to its private key', "put the key's own certificate into the file"],
      ['the key is missing', file('cert.pem', cert), 'does not contain a PEM-encoded private key', 'both as PEM, into one file'],
      ['the certificate is missing', file('key.pem', (bench) => keyOf(bench, 'app')), 'does not contain a PEM-encoded certificate', 'both as PEM, into one file'],
      ['the key is of an elliptic curve', file('ec.pem', (bench) => keyOf(bench, 'curve', 'P-256') + certificateOf(bench, 'curve', '-batch', 'P-256')), 'a private key that cannot be used', 'use an RSA key'],
      ['the password is missing', file('locked.pem', (bench) => (cert(bench), made(bench, 'locked.out', `pkcs8 -topk8 -in app.key -passout pass:${WORD}`) + cert(bench))), 'has an encrypted private key', 'set AZURE_CLIENT_CERTIFICATE_PASSWORD'],
      ['the password is wrong', file('locked2.pem', (bench) => (cert(bench), made(bench, 'locked.out', `pkcs8 -topk8 -in app.key -passout pass:${WORD}`) + cert(bench)), 'wrong'), 'the password does not decrypt', 'correct AZURE_CLIENT_CERTIFICATE_PASSWORD'],
      ['the key is under PBES1 with 3DES', encrypted('pbes1.pem', 'pkcs8 -topk8 -v1 PBE-SHA1-3DES'), 'PBES1 of PKCS#12 (3DES', 'openssl pkcs8 -topk8'],
      ['the key is under Camellia', encrypted('camellia.pem', 'pkcs8 -topk8 -v2 camellia-256-cbc'), 'encrypted with Camellia', 'openssl pkcs8 -topk8'],
      ['the key is under ARIA', encrypted('aria.pem', 'pkcs8 -topk8 -v2 aria-256-cbc'), 'encrypted with ARIA', 'openssl pkcs8 -topk8'],
      ["the key is in OpenSSL's old form, AES", encrypted('dek-aes.pem', 'rsa -aes256 -traditional'), 'DEK-Info: AES-256-CBC', 'openssl pkcs8 -topk8'],
      ["the key is in OpenSSL's old form, 3DES", encrypted('dek-des.pem', 'rsa -des3 -traditional'), 'DEK-Info: DES-EDE3-CBC', 'openssl pkcs8 -topk8'],
      ['its path does not exist', path(() => '/nowhere/app.pem'), '/nowhere/app.pem, named by AZURE_CLIENT_CERTIFICATE_PATH, could not be read', 'correct the path'],
      ['its path is a folder', path(({ folder }) => folder), 'could not be read', 'correct the path'],
      ['its path holds the certificate', path(pem), 'AZURE_CLIENT_CERTIFICATE_PATH holds a PEM text', 'write the value to a file'],
      ['its path is an unresolved Key Vault reference', path(() => '@Microsoft.KeyVault(VaultName=v;SecretName=s)'), 'AZURE_CLIENT_CERTIFICATE_PATH holds an unresolved Key Vault reference', 'Key Vault Secrets User'],
    ],
  },
]
