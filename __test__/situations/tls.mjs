import { startStandIn } from '../../testkit/stand-in.mjs'
import { certificateOf, keyOf, made } from './openssl.mjs'
import { app } from './stages.mjs'

/** @typedef {import('./stages.mjs').Bench} Bench */
/** @typedef {import('node:tls').TlsOptions} TlsOptions */

/**
 * An authority with a certificate of its own, that the CA file has unless `caFile` says otherwise.
 *
 * @param {{ name?: string, more?: string, algorithm?: string, options?: TlsOptions, caFile?: string | null }} server
 */
export const server =
  ({ name = 'server', more, algorithm, options, caFile }) =>
  async (/** @type {Bench} */ bench) => {
    const cert = certificateOf(bench, name, more, algorithm)
    const tls = { ...options, key: keyOf(bench, name), cert }
    const standIn = await startStandIn({ tls, respond: () => ({ status: 400, body: {} }) })
    const file = caFile === undefined ? `${bench.folder}/${name}.crt` : (caFile ?? undefined)
    return {
      ...app({ AZURE_AUTHORITY_HOST: standIn.origin, NODE_EXTRA_CA_CERTS: file })(bench),
      end: () => standIn.close(),
    }
  }

const TLS12 = /** @type {const} */ ({ maxVersion: 'TLSv1.2' })
const NO_COMMON = 'it has no version and cipher suite in common with this process'

/** The authority as usual, with a CA file that holds something else. */
const caFile =
  (/** @type {string} */ name, /** @type {(bench: Bench) => string | Buffer} */ content) =>
  (/** @type {Bench} */ bench) =>
    app({ NODE_EXTRA_CA_CERTS: bench.file(name, content(bench)) })(bench)

const der = (/** @type {Bench} */ bench) => (
  certificateOf(bench, 'ca'),
  made(bench, 'ca.der', 'x509 -in ca.crt -outform DER')
)

/** What keeps TLS from being spoken. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const tls = [
  {
    area: 'TLS with the authority, or with a proxy that inspects it, fails',
    rows: [
      ['only RSA key exchange', server({ options: { ...TLS12, ciphers: 'AES128-GCM-SHA256' } }), NO_COMMON, 'RSA key exchange, DHE, CBC suites and P-521 are not supported here; in an app on Node, AZURE_OPENAI_ENTRA_TRANSPORT=node'],
      ['only DHE', server({ options: { ...TLS12, ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' } }), NO_COMMON, 'offer TLS 1.3, or TLS 1.2 with ECDHE'],
      ['only CBC suites', server({ options: { ...TLS12, ciphers: 'ECDHE-RSA-AES128-SHA' } }), NO_COMMON, 'offer TLS 1.3, or TLS 1.2 with ECDHE'],
      ['only the curve P-521', server({ options: { ecdhCurve: 'secp521r1' } }), NO_COMMON, 'offer TLS 1.3, or TLS 1.2 with ECDHE'],
      ['only TLS 1.1', server({ options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } }), NO_COMMON, 'offer TLS 1.3, or TLS 1.2 with ECDHE'],
      ['a certificate of P-521', server({ name: 'p521', algorithm: 'P-521' }), NO_COMMON, 'P-521'],
      ['no subject alternative name', server({ name: 'no-san', more: '-addext basicConstraints=CA:FALSE' }), 'has no subject alternative name', 'in subjectAltName'],
      ['another name', server({ name: 'other-name', more: '-addext basicConstraints=CA:FALSE -addext subjectAltName=DNS:other.example' }), 'other.example', 'a proxy or a sign-in page'],
      ['a self-signed certificate that no CA file has', server({ name: 'unknown', caFile: null }), 'presented the certificate of a CA that no CA file has', 'with exactly this certificate'],
    ],
  },
  {
    area: 'A CA file is not used',
    rows: [
      ['it is below ~', app({ NODE_EXTRA_CA_CERTS: '~/ca.pem' }), '~/ca.pem, named by NODE_EXTRA_CA_CERTS, could not be read', 'only a shell replaces ~ and variables'],
      ['it is missing', app({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }), '/nowhere/ca.pem, named by NODE_EXTRA_CA_CERTS, could not be read', 'set NODE_EXTRA_CA_CERTS to a file that this process can read'],
      ['it is DER', caFile('ca.cer', der), 'named by NODE_EXTRA_CA_CERTS, is a certificate in DER', 'openssl x509 -inform DER -in'],
      ['it is UTF-16', caFile('ca16.pem', (bench) => Buffer.from(`\uFEFF${certificateOf(bench, 'ca')}`, 'utf16le')), 'is UTF-16 text', 'iconv -f UTF-16 -t UTF-8'],
      ['it has TRUSTED certificates', caFile('ca-trusted.pem', (bench) => (certificateOf(bench, 'ca'), made(bench, 'ca.trusted', 'x509 -in ca.crt -trustout'))), 'has an entry 1 that is not used: it is an OpenSSL TRUSTED CERTIFICATE', 'openssl crl2pkcs7 -nocrl -certfile'],
      ['it is PKCS#7', caFile('ca.p7b', (bench) => (certificateOf(bench, 'ca'), made(bench, 'ca.p7', 'crl2pkcs7 -nocrl -certfile ca.crt'))), 'it is PKCS#7', 'openssl pkcs7 -in'],
      ['it is a certificate in Base64', caFile('ca.b64', (bench) => der(bench).toString('base64')), 'is a certificate in Base64 without the lines of PEM', 'openssl base64 -d -A -in'],
      ['an entry has no end', caFile('ca-cut.pem', (bench) => certificateOf(bench, 'ca').replace(/-----END[^]*/, '')), 'has an entry 1 that is not used: a PEM section has no end', 'copy this certificate'],
      ['an entry is not Base64', caFile('ca-noise.pem', (bench) => certificateOf(bench, 'ca').replace('MII', '!!!')), 'has an entry 1 that is not used: a PEM section is not Base64', 'copy this certificate'],
      ['it has no certificate', caFile('ca-key.pem', (bench) => keyOf(bench, 'ca')), 'has no certificate', "put the CA's certificate into it"],
      ['it is empty', caFile('ca-empty.pem', () => ''), 'is empty', 'write the certificate as PEM'],
    ],
  },
]
