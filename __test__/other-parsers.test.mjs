import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { parse } from 'node:url'

import { entraIdFetch } from 'azure-openai-entra'

const { scopeFor } = createRequire(import.meta.url)('../lib/allowed-hosts.js')

const MINE = 'r.openai.azure.com'
const FOREIGN = 'foreign.example'

/** Every character of ASCII, and some beyond it that parsers leave out or take for another. */
const CHARACTERS = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...'\u0085\u00A0\u00AD\u200B\u200D\u2028\u2044\u3002\uFEFF\uFF0F\uFF1A\uFF20\uFF3Cß',
]
const ESCAPES = ['%00', '%09', '%20', '%23', '%2e', '%2f', '%3a', '%3f', '%40', '%5c']

/** Addresses in which a host is allowed by at least one reading. */
const addresses = [
  'https://',
  'HTTPS://',
  'https:',
  'https:/',
  'https:///',
  'https:\\\\',
  ' https://',
  'wss://',
  'Wss://',
  'hTTPS://',
  '\uFEFFhttps://',
  '\nhttps://',
].flatMap((scheme) =>
  ['', ...CHARACTERS, ...ESCAPES].flatMap((between) => [
    `${scheme}${FOREIGN}${between}${MINE}/openai`,
    `${scheme}${FOREIGN}${between}@${MINE}/openai`,
    `${scheme}${FOREIGN}${between}.${MINE}`,
    `${scheme}${MINE}${between}${FOREIGN}/openai`,
    `${scheme}${MINE}${between}@${FOREIGN}/openai`,
    `${scheme}${MINE}${between}`,
  ]),
)

/**
 * The hosts that clients find in `text`: by Node's older parser, which node-fetch 2 and superagent have, by the expression
 * of RFC 3986, as in appendix B, and by superagent and needle, which go without TLS to what has no scheme of theirs.
 *
 * @param {string} text
 */
const readings = (text) => {
  const [, , , , authority] = /^(([^:/?#]+):)?(\/\/([^/?#]*))?/.exec(text) ?? []
  const host = authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  const withScheme = /^(?:http|wss?:)/.test(text) ? text : `http://${text}`
  return [older(text), host, older(withScheme)].map((name) => name?.toLowerCase())
}

/** @param {string} text */
const older = (text) => {
  try {
    return parse(text).hostname ?? undefined
  } catch {
    return 'refused by the parser'
  }
}

const isMine = (/** @type {string | undefined} */ host) => host?.endsWith('.openai.azure.com')

/** @param {string} address as a caller gives it before it sends by itself */
const getsToken = (address) => {
  try {
    scopeFor(address)
    return true
  } catch {
    return false
  }
}

test('no client finds a foreign host in an address that a token is given for', () => {
  const given = addresses.filter(getsToken)
  for (const address of given) {
    for (const host of readings(address.trimEnd()))
      assert.ok(isMine(host), `${JSON.stringify(address)}: ${host}`)
  }
  assert.ok(
    given.length > 10 && given.length < addresses.length / 2,
    `${given.length} of ${addresses.length}`,
  )
})

test('no client finds a foreign host in what the inner fetch is given', async () => {
  /** @type {string[]} */
  const given = []
  const getToken = async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 })
  /** @type {typeof fetch} */
  const inner = async (url, init) => {
    if (new Headers(init?.headers).has('authorization')) given.push(String(url))
    return new Response()
  }
  const fetchWithToken = entraIdFetch(inner, { credential: { getToken } })
  for (const address of addresses) await fetchWithToken(address)
  for (const address of given) {
    for (const host of readings(address)) assert.ok(isMine(host), `${JSON.stringify(address)}: ${host}`)
  }
  assert.ok(
    given.length > 10 && given.length < addresses.length / 2,
    `${given.length} of ${addresses.length}`,
  )
})

test('no client finds a foreign host in a Host header beside a token', async () => {
  /** @type {string[]} */
  const given = []
  const getToken = async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 })
  /** @type {typeof fetch} */
  const inner = async (_, init) => {
    const { host, Authorization } = /** @type {Record<string, string>} */ (init?.headers ?? {})
    if (Authorization) given.push(host)
    return new Response()
  }
  const fetchWithToken = entraIdFetch(inner, { credential: { getToken } })
  for (const address of addresses) {
    const host = address.replace(/^\s*(?:https|wss):[/\\]*/i, '')
    await fetchWithToken(`https://${MINE}/`, { headers: { host } })
  }
  for (const host of given) assert.match(host, /^[\w.-]+\.openai\.azure\.com(?::\d+)?$/i)
  assert.ok(
    given.length > 10 && given.length < addresses.length / 2,
    `${given.length} of ${addresses.length}`,
  )
})
