import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'

import { makeToken, readToken } from './keys.mjs'

const require = createRequire(import.meta.url)

/**
 * @typedef {import('./keys.mjs').Key} Key
 * @typedef {keyof typeof LIBRARIES} Side
 */

/** What is asked. Of `bare` there is nothing: what grows there grows by Node itself. */
const LIBRARIES = { ours: '../../index.js', baseline: '@azure/identity', bare: undefined }

/** Between two bursts of calls for a key. */
const PAUSE_MS = 20
/** Of the bursts that go to the core, because they force, abort or have a bound of their own. */
const SPECIAL = 0.02
/** Of the bursts that clear the cache before. */
const CLEARING = 0.0005

/** Longer than any acquisition: a call that takes more will never end. */
export const LONGEST_WAIT_MS = 75_000

/**
 * What is counted, by threads and by their process.
 *
 * @typedef {{
 *   calls: number, tokens: number, failures: Record<string, number>, wrong: Record<string, number>, expired: number,
 *   hung: number, unhandled: number, threads: number, errors: string[],
 * }} Totals
 */

/** @returns {Totals} */
export const zero = () => ({
  calls: 0,
  tokens: 0,
  failures: {},
  wrong: {},
  expired: 0,
  hung: 0,
  unhandled: 0,
  threads: 0,
  errors: [],
})

/** One more, or `many` more, of `what`. @param {Record<string, number>} tally @param {string} what @param {number} [many] */
export const count = (tally, what, many = 1) => {
  tally[what] = (tally[what] ?? 0) + many
}

/**
 * Asks for every key of a kind, burst after burst, until it is stopped, and looks at each token.
 *
 * @param {{ implementation: Side, keys: Key[], burst: number }} setting
 */
export const startLoad = ({ implementation, keys, burst }) => {
  const name = LIBRARIES[implementation]
  const library = name && require(name)
  const counts = zero()
  /** @type {Set<{ since: number }>} */
  const waits = new Set()
  const stopping = new AbortController()
  const { signal } = stopping

  const inspect = inspector(counts)
  /**
   * What `call` comes to; meanwhile it is among those that wait.
   *
   * @param {() => Promise<string>} call
   * @param {number} since
   */
  const watched = async (call, since) => {
    const wait = { since }
    waits.add(wait)
    try {
      return await call()
    } finally {
      waits.delete(wait)
    }
  }
  const countHung = () => {
    for (const wait of waits) {
      if (Date.now() - wait.since < LONGEST_WAIT_MS) continue
      counts.hung += 1
      waits.delete(wait)
    }
  }
  const run = async (/** @type {Key} */ key) => {
    const { ask, special } = library ? asker(library, key) : bare(key)
    while (!signal.aborted) {
      const isSpecial = implementation === 'ours' && Math.random() < SPECIAL
      if (implementation === 'ours' && Math.random() < CLEARING) library.clearTokenCache()
      const once = isSpecial ? special : ask
      for (let call = 0; call < (isSpecial ? 1 : burst) && !signal.aborted; call++) {
        counts.calls += 1
        const askedAt = Date.now()
        try {
          inspect(key, await watched(once, askedAt), askedAt)
        } catch (error) {
          const { code, name } = /** @type {NodeJS.ErrnoException} */ (error)
          count(counts.failures, code ?? name)
          break
        }
      }
      await setTimeout(PAUSE_MS)
    }
  }
  const onUnhandled = () => {
    counts.unhandled += 1
  }
  process.on('unhandledRejection', onUnhandled)
  const runs = Promise.all(keys.map(run))

  return {
    /** What has come about since this was last asked. */
    take: () => {
      countHung()
      const taken = structuredClone(counts)
      Object.assign(counts, zero())
      return taken
    },
    /** Asks no more; says whether every call that was under way has ended within `limitMs`. */
    stop: async (/** @type {number} */ limitMs) => {
      stopping.abort()
      const ended = runs.then(() => true)
      return Promise.race([ended, setTimeout(limitMs, false, { ref: false })])
    },
  }
}

/**
 * The plain way to ask for a key, and the ways around the kept answer.
 *
 * @param {typeof import('azure-openai-entra')} library or the baseline, which has what is used here alike
 * @param {Key} key
 */
const asker = (library, { scope, credential: options, tenantId }) => {
  const credential = new library.DefaultAzureCredential(options)
  const getToken = async (/** @type {import('azure-openai-entra').GetTokenOptions} */ more = {}) =>
    (await credential.getToken(scope, { tenantId, ...more })).token
  const ways = [
    () => getToken({ forceRefresh: true }),
    () => getToken({ forceRefresh: true, timeoutMs: 1 + Math.floor(Math.random() * 50) }),
    () => getToken({ abortSignal: AbortSignal.timeout(Math.floor(Math.random() * 50)) }),
  ]
  return {
    ask: tenantId === undefined ? library.getBearerTokenProvider(credential, scope) : () => getToken(),
    special: () => ways[Math.floor(Math.random() * ways.length)](),
  }
}

/** @param {Key} key */
const bare = ({ name }) => {
  const token = makeToken(name, Number.MAX_SAFE_INTEGER, 0)
  const ask = async () => token
  return { ask, special: ask }
}

/**
 * Looks at a token: it must be its key's, and good when it was asked for. The one seen last is known already.
 *
 * @param {Totals} counts
 */
const inspector = (counts) => {
  /** @type {Map<string, { token: string, name?: string, expiresAt?: number }>} */
  const known = new Map()
  return (/** @type {Key} */ { name }, /** @type {string} */ token, /** @type {number} */ askedAt) => {
    let seen = known.get(name)
    if (seen?.token !== token) {
      seen = { token, ...readToken(token) }
      known.set(name, seen)
    }
    counts.tokens += 1
    if (seen.name !== name) count(counts.wrong, `${seen.name} for ${name}`)
    if (!(askedAt < (seen.expiresAt ?? 0))) counts.expired += 1
  }
}
