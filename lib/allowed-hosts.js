'use strict'

const { isIP } = require('node:net')

const { valuesOf } = require('./auth-headers')
const { variable } = require('./environment')
const { configurationError } = require('./error')
const { log } = require('./logger')
const { own } = require('./own')
const { isShared } = require('./shared-suffixes')
const { behindHost, described, hasHiddenBreak, kindOf, quoted, shownHost } = require('./shown')
const { parseUrl } = require('./url')

/**
 * The hosts that may get a token, and the cloud that it must be of.
 *
 * @typedef {{ scope?: string }} Audience `scope` is absent for the default one
 */

/** Hosts beside Azure OpenAI's. */
const ADDED = 'AZURE_OPENAI_ENTRA_ALLOWED_HOSTS'
/** The only hosts, in place of Azure OpenAI's and of those in {@link ADDED}. */
const PINNED = 'AZURE_OPENAI_ENTRA_HOSTS'

/** What stands before a cloud's zone in the names of Azure OpenAI's resources. */
const SERVICES = ['openai', 'cognitiveservices', 'services.ai']
const ZONES = ['azure.com', 'azure.us', 'azure.cn']

/**
 * The hosts of Azure OpenAI. Those that run customers' code, such as `inference.ml.azure.com`, are not among them.
 *
 * @see https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
 * @see https://learn.microsoft.com/azure/china/resources-developer-guide
 */
const KNOWN = ZONES.flatMap((zone) =>
  SERVICES.map((service) => ({
    suffix: `.${service}.${zone}`,
    audience: Object.freeze({ scope: `https://cognitiveservices.${zone}/.default` }),
  })),
)
/** Microsoft Foundry's projects, which want tokens of their own: below which name, below which path, and the scope. */
const PROJECTS = ['.services.ai.azure.com', '/api/projects/', 'https://ai.azure.com/.default']
const OF_PROJECTS = Object.freeze({ scope: PROJECTS[2] })
/** @type {Audience} */
const DEFAULT = Object.freeze(own({}))

/**
 * The names of DNS, and addresses. The URL parser takes other characters as well, such as `}`, at which the parsers of some
 * clients end the name of another host.
 */
const NAME = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/

/**
 * The audience of a token that is sent to `url`; undefined if no token may be sent.
 *
 * Names are compared as the URL parser writes them: in lower case, look-alikes in Punycode. A port decides nothing,
 * for TLS proves the name on each; a name that ends in a dot is another one.
 *
 * @param {URL} url
 * @returns {Audience | undefined}
 */
function audienceOf(url) {
  // A custom fetch could turn a user name into an Authorization header of its own.
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  const { hostname } = url
  if (!NAME.test(hostname)) return undefined
  const known = KNOWN.find(({ suffix }) => isBelow(hostname, suffix))
  const pinned = hostsIn(PINNED)
  if (pinned === undefined ? !known && !matches(hostsIn(ADDED), hostname) : !matches(pinned, hostname))
    return undefined
  if (known === undefined || variable('AZURE_OPENAI_ENTRA_SCOPE')?.trim()) return DEFAULT
  const [suffix, folder] = PROJECTS
  return hostname.endsWith(suffix) && url.pathname.startsWith(folder) ? OF_PROJECTS : known.audience
}

/**
 * The target of a request with these headers: the audience of its token or, if no token may be sent, the address that
 * decides so, as far as it is one. A Host header also says which name TLS is to prove, so it must be allowed as well.
 *
 * @param {URL | undefined} url
 * @param {import('./auth-headers').HeadersInit} headers
 * @returns {{ audience?: Audience, foreign?: URL }}
 */
function destinationOf(url, headers) {
  const audience = url && audienceOf(url)
  if (audience === undefined) return own({ foreign: url })
  for (const name of valuesOf(headers, 'host')) {
    const host = parseUrl(`https://${name}`)
    // Of what is more than a host, as a key or an address is, the parser takes a part for it.
    const isHost = host !== undefined && isPlain(String(name), host)
    if (!isHost || audienceOf(host) === undefined) return own({ foreign: isHost ? host : undefined })
  }
  return own({ audience })
}

/**
 * @param {string} hostname
 * @param {string} suffix with its leading dot
 */
function isBelow(hostname, suffix) {
  return hostname.length > suffix.length && hostname.endsWith(suffix)
}

/** @typedef {{ text: string, names: Set<string>, suffixes: string[] }} Hosts */

/**
 * @param {Hosts | undefined} hosts
 * @param {string} hostname
 */
function matches(hosts, hostname) {
  if (hosts === undefined) return false
  if (hosts.names.has(hostname)) return true
  return isIP(hostname) === 0 && hosts.suffixes.some((suffix) => isBelow(hostname, suffix))
}

/** The entries of each variable, read again when it changes. @type {Map<string, Hosts>} */
const parsed = new Map()

/**
 * The hosts in a variable; none if it is not set. A variable that is set and names none allows none.
 *
 * @param {string} name
 */
function hostsIn(name) {
  const text = variable(name)
  if (text === undefined) return undefined
  let hosts = parsed.get(name)
  if (hosts?.text !== text) {
    hosts = parse(name, text)
    parsed.set(name, hosts)
  }
  return hosts
}

/**
 * @param {string} variable
 * @param {string} text
 * @returns {Hosts}
 */
function parse(variable, text) {
  /** @type {Set<string>} */
  const names = new Set()
  /** @type {string[]} */
  const suffixes = []
  // A secret with a comma or a blank in it is told in no piece either.
  const isTold = kindOf(text) === undefined && !text.includes('@')
  const tell = (/** @type {string} */ entry) => (isTold ? quotedHost(entry) : described(entry))
  for (const entry of text.split(/[\s\u0085,;]+/).filter(Boolean)) {
    if (hasOtherLetters(entry)) {
      log(
        'warn',
        `${variable} has an entry that is ignored: ${tell(entry)}. Write the letters beyond ASCII in its host as Punycode (xn--).`,
      )
      continue
    }
    const isSuffix = entry.startsWith('*.')
    const name = isSuffix ? hostName(entry.slice(2)) : (hostOfAddress(entry) ?? hostName(entry))
    if (name === undefined || (isSuffix && !isDomain(name))) {
      log(
        'warn',
        `${variable} has an entry that is ignored: ${tell(entry)}. Set it to host names, or to *.suffix with two labels or more.`,
      )
    } else if (isSuffix && isShared(name)) {
      log(
        'warn',
        `${variable} has the entry ${tell(entry)}, which is ignored: other customers can register names below it. List your own hosts.`,
      )
    } else if (isSuffix) {
      suffixes.push(`.${name}`)
    } else {
      names.add(name)
    }
  }
  return { text, names, suffixes }
}

/**
 * Whether the host of an entry has letters beyond ASCII, or escapes, which can be some. Parsers differ by version in what a
 * few of them become, and the addon and the proxy are to read the same hosts.
 *
 * @param {string} entry
 */
function hasOtherLetters(entry) {
  const [host] = entry.replace(/^https:\/\//i, '').split(/[/?#\\]/, 1)
  return /[^!-$&-~]/.test(host)
}

/**
 * An entry, for messages. What stands behind the host is shown only if it is the length of a block of addresses.
 *
 * @param {string} entry
 */
function quotedHost(entry) {
  // A name with a dot: without one it can be what stands before the first / of a key in Base64.
  const [, host, path] = /^((?:https?:\/\/)?[^/.]+\.[^/]+)\/(.*)$/i.exec(entry) ?? []
  if (host === undefined || /^\d{0,3}$/.test(path)) return quoted('hosts', entry)
  const told = quoted('hosts', host)
  return told === `'${host}'` ? `${told} and ${path.length} more characters` : quoted('hosts', entry)
}

/**
 * The host of an entry that is an address.
 *
 * @param {string} entry
 */
function hostOfAddress(entry) {
  const url = /^https:\/\//i.test(entry) ? parseUrl(entry) : undefined
  return url?.username === '' && url.password === '' && NAME.test(url.hostname) ? url.hostname : undefined
}

/**
 * An entry as the URL parser writes it; none if it is more or less than the name of a host.
 *
 * @param {string} entry
 */
function hostName(entry) {
  const url = parseUrl(`https://${entry}`)
  const isName = url !== undefined && url.href === `https://${url.hostname}/` && NAME.test(url.hostname)
  return isName ? url.hostname : undefined
}

/** The schemes that messages show. A parser takes any word before a colon for a scheme, also a password. */
const SCHEMES = ['http', 'https', 'ws', 'wss', 'ftp', 'file', 'data', 'blob', 'unix']

/**
 * The target of a request, for messages: the other parts of its address can hold secrets.
 *
 * @param {URL | undefined} url
 */
function shownOrigin(url) {
  if (url === undefined) return 'an address that cannot be read'
  const scheme = url.protocol.slice(0, -1)
  const host = shownHost(url)
  if (host === undefined)
    return `an address with ${behindHost(url).includes('@') ? 'an @' : 'what looks like a key'} behind its host`
  if (!SCHEMES.includes(scheme)) return `an address whose scheme is ${described(scheme)}`
  return `${scheme}://${host}`
}

/**
 * Whether one owner can answer for the hosts below it, as far as a name can tell.
 *
 * @param {string} name
 */
function isDomain(name) {
  return /^[^.]+\.[^.]/.test(name) && isIP(name) === 0
}

/**
 * Why no token is sent to an address. Its path and query can hold secrets, so only its origin is named.
 *
 * @param {URL | undefined} url
 */
function notAllowed(url) {
  const where = shownOrigin(url)
  const pinned = hostsIn(PINNED)
  if (pinned === undefined) {
    return configurationError(
      `No token is sent to ${where}: tokens go over https, without a user name in the address, to the hosts of ` +
        `Azure OpenAI and to those in ${ADDED}. If this host is yours, add its name to ${ADDED}.`,
    )
  }
  const isEmpty = pinned.names.size + pinned.suffixes.length === 0
  return configurationError(
    isEmpty
      ? `No token is sent to ${where}: ${PINNED} allows no host. Set it to your resource's host, or unset it.`
      : `No token is sent to ${where}: tokens go over https, without a user name in the address, only to the hosts in ` +
          `${PINNED}. If this host is yours, add its name to ${PINNED}.`,
  )
}

/**
 * The scope of the token for a caller that names the address.
 *
 * @param {unknown} address
 * @returns {any} undefined for the default one
 */
function scopeFor(address) {
  if (address === undefined || address === null) return undefined
  const isText = typeof address === 'string' || address instanceof URL
  const text = isText ? String(address).trimEnd() : ''
  // A WebSocket begins as a request over TLS to the same host.
  const url = hasHiddenBreak(text) ? undefined : parseUrl(text.replace(/^wss:/i, 'https:'))
  const audience = url && audienceOf(url)
  if (url === undefined || audience === undefined) throw notAllowed(url)
  if (!isReadAlike(text, url)) {
    throw configurationError(
      `No token is given for an address that clients can read in different ways. Write it as ${shownOrigin(url)}, ` +
        'or send to new URL(address).href and pass that.',
    )
  }
  return audience.scope
}

/**
 * Whether every client finds the scheme and the host of `url` in `text`, which it reads by a parser of its own. Some take what does
 * not begin with `https:` or `wss:` in small letters for a host, and send to it without TLS.
 *
 * @param {string} text
 * @param {URL} url
 */
function isReadAlike(text, url) {
  return isPlain(/^(?:https|wss):\/\/([^/?#]*)/.exec(text)?.[1] ?? '', url)
}

/**
 * Whether all parsers find the host of `url` in `authority`. They differ in backslashes, missing slashes, control characters,
 * escapes and letters beyond ASCII.
 *
 * @param {string} authority
 * @param {URL} url
 */
function isPlain(authority, { host, hostname }) {
  return [host, `${hostname}:443`].includes(authority.toLowerCase())
}

module.exports = { DEFAULT, audienceOf, destinationOf, isReadAlike, notAllowed, scopeFor, shownOrigin }
