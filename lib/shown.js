'use strict'

const { isIP } = require('node:net')

/**
 * Which values a message of this side may show: the rules of `core/src/shown.rs`, both tested on
 * `core/src/shown/values.json`. People swap variables and paste the wrong text, so a value is shown only if it has the form
 * that its setting asks for.
 *
 * @typedef {'host' | 'hosts' | 'path' | 'words'} Form
 */

const LONGEST_PATH = 255
const LONGEST_HOST = 253
/** Letters and digits of a name without a dot, as NetBIOS has it. A Base64 key in an address ends at its first `/`. */
const LONGEST_BARE = 15
const SHORTEST_BASE64 = 200
const WORD = /^[A-Za-z_-]{0,40}$/
/** What a path has only as the colon of a drive, and what moves a terminal's cursor or is not seen. */
const BEYOND_PATH = /[:;=?#\xAD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|[\uFE00-\uFE0F]|\p{Cc}/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
/** The beginning of an address, as in `10.0.0.0/8`, `10.` and `10.*`. */
const BLOCK = /^\d{1,3}(?:\.\d{1,3})*(?:\.\*)?$/
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** More than a name follows the ending of a file, as the password does in `cert.pem:password`. */
const BEHIND_FILE = /\.(?:pem|crt|cer|der|key|p8|pfx|p12|txt|jwt|json|env)[^\w.\-/\\~]/i
/** What no path has before a name of hexadecimal digits, which is a folder's behind the other signs. */
const BEFORE_KEY = /[^\da-f/\\._-]/i
const FILE = /\.(?:pem|crt|cer|der|key|p8|pfx|p12|txt|jwt|json|env)$/i

/** @type {Record<Form, (text: string) => boolean>} */
const FORMS = {
  host: isHost,
  // As people write them in lists: with `*.` before the name, with a scheme, as a block of addresses or as `*`, which is all.
  hosts: (text) =>
    text
      .split(/[\s,;]+/)
      .map(nameIn)
      .every((name) => isHost(name) || name === '*' || BLOCK.test(name)),
  path: (text) =>
    text !== '' &&
    [...text].length <= LONGEST_PATH &&
    !BEYOND_PATH.test(text.replace(/^[a-z]:(?:\\|\/(?!\/))/i, '')) &&
    !BEHIND_FILE.test(text) &&
    !text.split(BEFORE_KEY).some((part) => /^[\da-f]{32}/i.test(part)) &&
    (/[/\\]/.test(text) || FILE.test(text) || text === '.'),
  words: (text) => text.split(/[,;] ?/).every((word) => WORD.test(word)),
}

/**
 * `text` if it has the form that its setting asks for; else its length and what it looks like.
 *
 * @param {Form} form
 * @param {string} text
 */
function shown(form, text) {
  const trimmed = text.trim()
  return kindOf(trimmed) === undefined && FORMS[form](trimmed) ? trimmed : described(text)
}

/**
 * The same for a sentence: a value stands in quotation marks, a description does not.
 *
 * @param {Form} form
 * @param {string} text
 */
function quoted(form, text) {
  const told = shown(form, text)
  if (told !== text.trim()) return told
  return told === text ? `'${told}'` : `'${told}' with white space around it`
}

/**
 * The host of an address, if it has the form of one; none if it can be a part of a secret. Of a password with a `/`, `?` or `#` in it,
 * and of a key in Base64, the parser takes what is before that for the host.
 *
 * @param {URL} url
 */
function shownHost(url) {
  const behind = behindHost(url)
  const isPartOfKey = !url.host.includes('.') && kindOf(behind) !== undefined
  return behind.includes('@') || isPartOfKey ? undefined : shown('host', url.host)
}

/** @param {URL} url */
function behindHost({ pathname, search, hash }) {
  return pathname + search + hash
}

/**
 * The same of an address as it is written.
 *
 * @param {string} address
 */
function shownHostIn(address) {
  return hasHiddenBreak(address) || !URL.canParse(address) ? undefined : shownHost(new URL(address))
}

/**
 * Whether it has a line break or a tab in it, which the URL parser leaves out: what it joins can look like a host.
 *
 * @param {string} address
 */
function hasHiddenBreak(address) {
  return /[\t\r\n]/.test(address.trim())
}

/**
 * Whether the host that the URL parser finds in `address` stands behind its last `@`, and is no part of a password.
 *
 * @param {string} address
 */
function isHostBehindLogin(address) {
  const start = address.indexOf('://') + 3
  const whole = address.slice(0, start) + address.slice(Math.max(address.lastIndexOf('@') + 1, start))
  return (
    !hasHiddenBreak(address) && URL.canParse(whole) && new URL(whole).hostname === new URL(address).hostname
  )
}

/** @param {string} text */
function described(text) {
  const { length } = [...text]
  return `${kindOf(text.trim()) ?? 'a text'} of ${length.toLocaleString('en-US')} character${length === 1 ? '' : 's'}`
}

/**
 * What `text` looks like; none if it looks like no secret.
 *
 * @param {string} text
 */
function kindOf(text) {
  if (text.includes('-----BEGIN ')) return 'a PEM text'
  if (isBase64(text)) return 'a Base64 text'
  if (text.includes('eyJ')) return 'a JWT'
  if (hasLogin(text)) return 'an address with a user name or password'
  if (/sig=|AccountKey=|SharedAccess/.test(text)) return 'a shared access signature'
  if (/\dq~\S{18}/i.test(text)) return 'what looks like a client secret'
  const isKey =
    text.split(/[^A-Za-z0-9~_+-]/).some(isRandom) || text.split(/[^A-Za-z0-9+/=]/).some(isBase64Key)
  if (isKey) return 'what looks like a key'
  return undefined
}

/**
 * The host of an entry, with letters instead of the `*` of `*.suffix`: no other belongs to a host.
 *
 * @param {string} entry
 */
function nameIn(entry) {
  const [, name] = /^(?:https?:\/\/)?\.?([^/]*?)\.?(?:\/\d{0,3})?$/.exec(
    entry.replace(/^(https?:\/\/)?\*\./i, '$1xx.'),
  ) ?? [entry, entry]
  return name
}

/** @param {string} text */
function isHost(text) {
  if (isIP(text) !== 0) return true
  const [, host = text, port] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (Number(port ?? 0) > 65_535) return false
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return true
  // A dot behind a name makes it another name, and the form of a host all the same.
  const name = host.replace(/\.$/, '')
  const labels = name.split('.')
  return (
    name.length <= LONGEST_HOST &&
    labels.every((label) => LABEL.test(label) && (GUID.test(label) || !isKeyLike(label))) &&
    (labels.length === 1 ? !isLongBare(name) : /^(?:[a-z]{2,}|xn--.*)$/i.test(labels.at(-1) ?? ''))
  )
}

/** @param {string} name without a dot */
function isLongBare(name) {
  return !GUID.test(name) && name.split('-').some((run) => run.length > LONGEST_BARE && /\d/.test(run))
}

/**
 * As a PFX is pasted. A shorter one is found by its letters.
 *
 * @param {string} text
 */
function isBase64(text) {
  return text.length >= SHORTEST_BASE64 && /^[A-Za-z0-9+/=\s]*$/.test(text) && text.split('/').some(isRandom)
}

/**
 * Whether there is a user name or a password before the host of an address.
 *
 * @param {string} text
 */
function hasLogin(text) {
  const addresses = text.split('://').slice(1)
  return addresses.some((rest) => {
    const [address] = rest.split(' ', 1)
    const [host] = address.split(/[/?#]/, 1)
    // A password can hold a sign that should have been percent-encoded: what is before it has then a `:` without a port.
    const isWhole = host.includes('@') || host.startsWith('[') || /^[^:]*(?::\d+)?$/.test(host)
    return (isWhole ? host : address).includes('@')
  })
}

/**
 * A key in Base64, whose `/` can be anywhere: no part between two of them need be long. What only begins with `/` is a
 * path, unless it is the host of an address.
 *
 * @param {string} run
 */
function isBase64Key(run) {
  const text = run.replace(/^\/\//, '')
  return (!text.startsWith('/') || /[+=]/.test(text)) && isRandom(text)
}

/** Of sixteen bytes or more: by chance, letters and digits change seldom in some. */
const HEX_KEY = /[\da-f]{32}/i
/** Without a sign in it. Some tokens are of small letters and few digits. */
const LONGEST_NAME = 40

/**
 * Whether letters and digits change as often as chance has it, whatever their case: the URL parser writes hosts in lower
 * case.
 *
 * @param {string} label
 */
function isKeyLike(label) {
  if (HEX_KEY.test(label)) return true
  const runs = label.split(/[^A-Za-z0-9]/).filter((run) => run.length >= LONGEST_NAME)
  if (runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run))) return true
  return label.length >= 25 && changes(label, (letter) => /\d/.test(letter)) > 0.2
}

/**
 * Whether small letters, capitals and digits change as often as chance has it.
 *
 * @param {string} run
 */
function isRandom(run) {
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run)
  return run.length >= 20 && isMixed && changes(run, classOf) > 0.35
}

/** @param {string} letter */
function classOf(letter) {
  if (/\d/.test(letter)) return 'digit'
  return letter === letter.toUpperCase() ? 'capital' : 'small'
}

/**
 * How often neighbours among the letters and digits of `text` are of different classes, from 0 to 1.
 *
 * @param {string} text
 * @param {(letter: string) => unknown} classify
 */
function changes(text, classify) {
  const classes = [...text].filter((letter) => /[A-Za-z0-9]/.test(letter)).map(classify)
  const changed = classes.filter((each, index) => index > 0 && each !== classes[index - 1]).length
  return changed / Math.max(classes.length, 1)
}

module.exports = {
  behindHost,
  described,
  hasHiddenBreak,
  isHostBehindLogin,
  kindOf,
  quoted,
  shown,
  shownHost,
  shownHostIn,
}
