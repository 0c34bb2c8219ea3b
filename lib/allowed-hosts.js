'use strict'

const { isIP } = require('node:net')

const { valuesOf } = require('./auth-headers')
const { variable } = require('./environment')
const { configurationError } = require('./error')
const { log } = require('./logger')
const { own } = require('./own')
const { parseUrl } = require('./url')

/**
 * Where a token may be sent, and whose cloud it must be of.
 *
 * @typedef {{ scope?: string }} Audience `scope` is absent where the default one is meant
 */

const VARIABLE = 'AZURE_OPENAI_ENTRA_ALLOWED_HOSTS'

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
/** @type {Audience} */
const DEFAULT = Object.freeze(own({}))

/**
 * The audience of a token that is sent to `url`; none where no token may be.
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
  for (const { suffix, audience } of KNOWN) {
    if (isBelow(hostname, suffix)) return variable('AZURE_OPENAI_ENTRA_SCOPE')?.trim() ? DEFAULT : audience
  }
  const { names, suffixes } = allowed()
  if (names.has(hostname)) return DEFAULT
  return suffixes.some((suffix) => isBelow(hostname, suffix)) && isIP(hostname) === 0 ? DEFAULT : undefined
}

/**
 * Where a request with these headers goes: the audience of its token or, where no token may be sent, the address that
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
    if (host === undefined || audienceOf(host) === undefined) return own({ foreign: host })
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

/** The entries of the variable, read again where it changes. */
let parsed = parse('')

function allowed() {
  const text = variable(VARIABLE) ?? ''
  if (text !== parsed.text) parsed = parse(text)
  return parsed
}

/** @param {string} text */
function parse(text) {
  /** @type {Set<string>} */
  const names = new Set()
  /** @type {string[]} */
  const suffixes = []
  for (const entry of text.split(/[\s,;]+/).filter(Boolean)) {
    const isSuffix = entry.startsWith('*.')
    const name = hostName(isSuffix ? entry.slice(2) : entry)
    if (name === undefined || (isSuffix && !isDomain(name))) {
      log(
        'warn',
        `${VARIABLE} has the entry '${entry}', which is not heeded: ` +
          'give names of hosts, or *.suffix with two labels or more.',
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
 * An entry as the URL parser writes it; none where it is more or less than the name of a host.
 *
 * @param {string} entry
 */
function hostName(entry) {
  const url = parseUrl(`https://${entry}`)
  const isName = url !== undefined && url.href === `https://${url.hostname}/` && !entry.includes('*')
  return isName ? url.hostname : undefined
}

/**
 * Whether hosts can be below it whom one owner answers for, as far as a name can tell.
 *
 * @param {string} name
 */
function isDomain(name) {
  return /^[^.]+\.[^.]/.test(name) && isIP(name) === 0
}

/**
 * Why no token is sent to an address. Its path and query can hold secrets, so it is named by its origin alone.
 *
 * @param {URL | undefined} url
 */
function notAllowed(url) {
  const where = url === undefined ? 'an address that cannot be read' : `${url.protocol}//${url.host}`
  return configurationError(
    `No token is sent to ${where}: tokens go over https, without a user name in the address, to the hosts of ` +
      `Azure OpenAI and to those in ${VARIABLE}. If this one is yours, add its name there.`,
  )
}

module.exports = { DEFAULT, audienceOf, destinationOf, notAllowed }
