import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Script, createContext } from 'node:vm'

import { parse } from '@babel/parser'

import { DefaultAzureCredential, entraIdFetch, getAzureOpenAIAuthHeaders } from 'azure-openai-entra'

import { commandIn } from '../cli/doctor/plan.mjs'
import { usesIn } from '../cli/swap/uses.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

const LENGTH = 20_000
/** What is linear takes less than a millisecond, what is quadratic takes some hundreds. */
const LIMIT_MS = 50
/** What is slow by accident, as when garbage is collected, is not slow again. */
const TRIES = 3

/** The processor's time that `act` takes, in ms; other processes do not count. @param {() => unknown} act */
const cost = async (act) => {
  let least = Infinity
  for (let tries = 0; tries < TRIES && least >= LIMIT_MS; tries += 1) {
    const before = process.cpuUsage()
    await act()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** A search that is worse than quadratic would not end by itself. */
const SEARCH_MS = 5000
const context = createContext({})
const script = new Script('act()')
/** Ends `act` with an error after a bound. @param {() => unknown} act */
const bounded = (act) => {
  context.act = act
  script.runInContext(context, { timeout: SEARCH_MS })
}

/**
 * Of a word fewer than of a character, and more characters in all: what is quadratic looks at all of them once per word.
 *
 * @param {string} text
 */
const repeat = (text) => text.repeat(Math.ceil(LENGTH / Math.sqrt(text.length)))
const CHARACTERS = [
  '?',
  '&',
  '=',
  '/',
  ':',
  ';',
  ',',
  '"',
  '<',
  '.',
  '-',
  ' ',
  '\t',
  '\n',
  '\r\n',
  'a',
  '0',
  '%',
]

/** Every regular expression in the code, by its place. */
const EXPRESSIONS = ['lib', 'cli'].flatMap((folder) =>
  readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true })
    .map((file) => `${folder}/${file}`)
    .filter((path) => /\.m?js$/.test(path))
    .flatMap((path) => {
      const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
      const { tokens } = parse(text, { sourceType: 'unambiguous', tokens: true })
      return (tokens ?? assert.fail(path))
        .filter(({ type }) => type.label === 'regexp')
        .map(({ value }) => ({ place: path, ...value }))
    }),
)

/** Other characters before a text and behind it: a part of a name, and none. A match can need or refuse either. */
const AROUND = ['', 'x', '!', '\0']

/** Texts that begin a match of `pattern` again and again, and end none. @param {string} pattern */
const attacks = (pattern) => {
  const words = [...new Set(pattern.replaceAll(/\\n/g, '\n').match(/[\w" ,<:/-]{2,}|\W/g) ?? [])].slice(0, 20)
  const pieces = [...CHARACTERS, ...words]
  return pieces.flatMap((piece) => [
    ...AROUND.flatMap((before) => AROUND.map((behind) => before + repeat(piece) + behind)),
    ...words.flatMap((word) => [
      word + repeat(piece),
      `${word}${repeat(piece)}!`,
      `x${repeat(piece)}${word}!`,
    ]),
    ...words.flatMap((word) => [repeat(word + piece), `x${repeat(word + piece)}!`]),
  ])
}

describe('no text makes a regular expression take more than linear time', () => {
  test('the search for regular expressions finds them', () => assert.ok(EXPRESSIONS.length > 10))
  test('and the attacks find a quadratic one', async () => {
    const quadratic = /[?&][^&=]*key=/i
    const [text] = attacks(quadratic.source).filter((each) => each.startsWith('??'))
    assert.ok((await cost(() => quadratic.test(text))) > LIMIT_MS)
  })
  test('and a search without end fails', () => {
    const text = `${repeat(' ')}\0`
    assert.throws(() => bounded(() => text.search(/^\s*\s*\s*$/)), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })
  })
  for (const { place, pattern, flags } of EXPRESSIONS) {
    test(`/${pattern}/${flags} of ${place}`, async () => {
      const expression = new RegExp(pattern, flags)
      for (const text of attacks(pattern)) {
        // Each match and what is between them, not only the first.
        const all = expression.global ? expression : new RegExp(pattern, `${flags}g`)
        const took = await cost(() => bounded(() => text.replace(all, '')))
        assert.ok(took < LIMIT_MS, `${Math.round(took)} ms for ${JSON.stringify(text.slice(0, 40))}…`)
      }
    })
  }
})

describe('a long repetitive text for an expression that is made of parts', () => {
  const MODULE = "'@azure/identity'"
  const LOADED = `require(${MODULE})`
  const SCRIPT = [
    'import {',
    'import * as a ',
    'import a ',
    'export {',
    '{}',
    '{',
    '}',
    'a=',
    ' = ',
    'await ',
    'f(',
    ')',
  ]
  const SIGNS = [
    '.then(',
    'async ',
    'a.',
    'a.b',
    ' ',
    '\n',
    '$',
    '/*',
    '/** ',
    '*/',
    '//\n',
    '`@azure/identity/',
    '"',
  ]
  const SENTENCE = ['unset ', ' A', 'az ', ': az ', ', and ', ' (https:', "run 'az ", "'", ' ', ':', 'curl ']
  /** @type {Record<string, { act: (text: string) => unknown, pieces: string[], ends: [before: string, behind: string][] }>} */
  const READERS = {
    'the text of a package': {
      act: usesIn,
      pieces: [MODULE, LOADED, `import(${MODULE})`, `from ${MODULE}`, ...SCRIPT, ...SIGNS],
      ends: [
        [MODULE, '!'],
        ['x', `${MODULE}!`],
      ],
    },
    'a next step': {
      act: commandIn,
      pieces: SENTENCE,
      ends: [
        ['', ''],
        ['unset A', '!'],
        ['x', '\n!'],
      ],
    },
  }
  for (const [what, { act, pieces, ends }] of Object.entries(READERS)) {
    test(what, async () => {
      for (const text of pieces.flatMap((first) => ['', ...pieces].map((second) => first + second))) {
        for (const [before, behind] of ends) {
          const took = await cost(() => bounded(() => act(before + repeat(text) + behind)))
          assert.ok(took < LIMIT_MS, `${Math.round(took)} ms for ${JSON.stringify([before, text, behind])}`)
        }
      }
    })
  }
})

describe('long repetitive input', () => {
  const inner = async () =>
    new Response('{}', { status: 401, headers: { 'www-authenticate': repeat('Bearer a="') } })
  const CHAT = 'https://x.openai.azure.com/openai/models'
  /** @type {Record<string, (text: string, send: typeof fetch) => Promise<unknown>>} */
  const PATHS = {
    'a query': (text, send) => send(`${CHAT}?${text}`),
    'a path': (text, send) => send(`${CHAT}/${text}`),
    'a header': (text, send) => send(CHAT, { headers: { 'x-other': `a${text.replaceAll(/\s/g, ' ')}a` } }),
    'a foreign address': (text, send) => send(`https://elsewhere.example/?${text}`),
    'options.url': (text) => getAzureOpenAIAuthHeaders({ url: `${CHAT}?${text}` }),
  }
  for (const [place, act] of Object.entries(PATHS)) {
    test(`in ${place}`, () =>
      onSource({ start: startIdentity }, async () => {
        const send = entraIdFetch(inner)
        await send(CHAT)
        for (const piece of [...CHARACTERS, '?a', '&key', 'api-key', '%61pi-key&', 'Basic ', 'Bearer ']) {
          const took = await cost(() => act(repeat(piece), send))
          assert.ok(took < LIMIT_MS, `${Math.round(took)} ms for ${JSON.stringify(piece)}`)
        }
      }))
  }
})

describe('long repetitive settings, which the core looks at to see whether they may be shown', () => {
  const SIGNS = [
    '8Q~',
    'eyJ',
    '-----BEGIN ',
    '-----END ',
    '://',
    '://@',
    'sig=',
    'aA1',
    '{"',
    '[',
    '\\',
    '@',
    'é',
  ]
  const create = (/** @type {object} */ options) => {
    try {
      return new DefaultAzureCredential(options)
    } catch {
      return undefined
    }
  }
  /** @type {Record<string, (value: string) => unknown>} */
  const SETTINGS = {
    authorityHost: (authorityHost) => create({ authorityHost }),
    requiredEnvVars: (requiredEnvVars) => create({ requiredEnvVars }),
    AZURE_TOKEN_CREDENTIALS: (value) => withEnvironment({ AZURE_TOKEN_CREDENTIALS: value }, () => create({})),
    AZURE_AUTHORITY_HOST: (value) => withEnvironment({ AZURE_AUTHORITY_HOST: value }, () => create({})),
  }
  for (const [name, act] of Object.entries(SETTINGS)) {
    test(`in ${name}`, async () => {
      for (const piece of [...CHARACTERS, ...SIGNS]) {
        for (const end of ['', ' x', '@']) {
          const took = await cost(() => act(`x${repeat(piece).repeat(2)}${end}`))
          assert.ok(took < LIMIT_MS, `${Math.round(took)} ms for ${JSON.stringify(piece + end)}`)
        }
      }
    })
  }
})
