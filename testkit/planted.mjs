import { randomBytes } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Messages cut and fold texts, so each stretch of a secret is looked for. */
const STRETCH = 12

/** @param {number} length */
const random = (length, alphabet = LETTERS) =>
  Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('')

/** @param {string | Buffer} value */
const base64url = (value) => Buffer.from(/** @type {string} */ (value)).toString('base64url')

/**
 * A new secret of each form that people paste in the wrong place.
 *
 * @param {string} host of the address with a password, with its port
 */
export const plants = (host) => {
  const clientSecret = `${random(3)}8Q~${random(34, `${LETTERS}_.-`)}`
  const key = randomBytes(1200).toString('base64')
  const lines = key.match(/.{1,64}/g) ?? []
  const pem = (/** @type {string} */ separator) =>
    ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join(separator)
  const pfx = Buffer.concat([Buffer.from([0x30, 0x82, 0x0a, 0x71, 2, 1, 3]), randomBytes(2000)]).toString(
    'base64',
  )
  const payload = base64url(JSON.stringify({ aud: 'api://AzureADTokenExchange', jti: random(60) }))
  const jwt = [
    base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT' })),
    payload,
    base64url(randomBytes(256)),
  ].join('.')
  const signature = random(43)
  const password = random(24)
  const digits = randomBytes(32).toString('hex')
  const keyInParts = [13, 7, 18].map((length) => `aB1${random(length - 3)}`).join('/')
  return [
    plant('a client secret', clientSecret, clientSecret),
    plant('a PEM text', pem('\n'), key),
    plant('a PEM text on one line', pem('\\n'), key),
    plant('a PFX in Base64', pfx, pfx),
    plant('a JWT', jwt, payload),
    plant('a SAS', `sv=2024-11-04&ss=b&srt=sco&sp=r&sig=${signature}%3D`, signature),
    plant('a key in Base64', keyInParts, keyInParts),
    plant('a key of hexadecimal digits', digits, digits),
    plant('an address with a password', `http://joe:${password}@${host}/p`, password),
    plant('an address with signs in its password', `http://joe:w@${password}#1@${host}/p`, password),
  ]
}

/**
 * @param {string} what
 * @param {string} text
 * @param {string} secret the part of it that nothing may tell
 */
const plant = (what, text, secret) => {
  const all = secret.match(new RegExp(`.{${STRETCH}}`, 'gs')) ?? []
  // Of a long one its beginning, and some of the rest; as text and as a library prints bytes.
  const some = all.filter((_, index) => index < 6 || index % 16 === 0)
  const stretches = some.flatMap((stretch) => [stretch.toLowerCase(), Buffer.from(stretch).join(', ')])
  return {
    what,
    text,
    /** @param {string} told in lower case */
    isIn: (told) => stretches.some((stretch) => told.includes(stretch)),
  }
}
