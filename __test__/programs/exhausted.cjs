'use strict'

/**
 * Calls this package while the process has nothing left, and again when it has: `files 3` leaves three file
 * descriptors, `threads` has the parent take the threads. Each is done with an unused core, and with a used
 * one. Sends the outcome of the calls to the parent.
 */

const { closeSync, openSync } = require('node:fs')
const { stat } = require('node:fs/promises')
const { once } = require('node:events')
const { devNull } = require('node:os')
const { setTimeout } = require('node:timers/promises')

const {
  DefaultAzureCredential,
  EntraIdError,
  cacheStats,
  checkHealth,
  clearTokenCache,
  entraIdFetch,
  getAzureOpenAIToken,
  getBearerTokenProvider,
} = require('azure-openai-entra')

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const NOBODY = 65534
/** Above the longest back-off that one failure leads to. */
const RECOVERY_MS = 30_000

const app = { getToken: async () => ({ token: 'of the app', expiresOnTimestamp: Date.now() + 3_600_000 }) }
const CALLS = {
  getAzureOpenAIToken,
  getToken: () => new DefaultAzureCredential().getToken(SCOPE),
  provider: () => getBearerTokenProvider(app, SCOPE)(),
  entraIdFetch: async () => {
    const response = await entraIdFetch(async () => new Response())(
      'https://x.openai.azure.com/openai/v1/models',
    )
    if (!response.ok)
      throw new /** @type {any} its constructor is private */ (EntraIdError)(
        /** @type {any} JSON */ (await response.json()).error,
      )
  },
  checkHealth,
  cacheStats: async () => cacheStats(),
  clearTokenCache: async () => clearTokenCache(),
}

async function outcomes() {
  /** @type {Record<string, string>} */
  const results = {}
  for (const [name, call] of Object.entries(CALLS)) {
    try {
      await call()
      results[name] = 'served'
    } catch (error) {
      results[name] =
        error instanceof EntraIdError
          ? error.code
          : `not an EntraIdError: ${/** @type {Error} */ (error).stack}`
    }
  }
  return results
}

async function recovered() {
  for (const until = Date.now() + RECOVERY_MS; ; await setTimeout(100)) {
    try {
      return await getAzureOpenAIToken()
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

/** @returns {Promise<() => Promise<void>>} gives back what was taken */
async function take() {
  const [, , what, left] = process.argv
  if (what === 'threads') {
    await asks('take the threads')
    return () => asks('give them back')
  }
  /** @type {number[]} */
  const held = []
  try {
    for (;;) held.push(openSync(devNull, 'r'))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EMFILE') throw error
  }
  for (const descriptor of held.splice(-Number(left), Number(left))) closeSync(descriptor)
  return async () => held.forEach((descriptor) => closeSync(descriptor))
}

/** @param {string} what */
async function asks(what) {
  process.send?.({ what })
  await once(process, 'message')
}

async function main() {
  // Node's own pool ends the process if it gets no thread.
  await stat('.')
  // The limit on threads does not bind root.
  if (process.argv[2] === 'threads' && process.getuid?.() === 0) process.setuid?.(NOBODY)
  for (const core of ['unused', 'used']) {
    const giveBack = await take()
    const results = await outcomes()
    await giveBack()
    await recovered()
    clearTokenCache()
    process.send?.({ core, results })
  }
  process.disconnect()
}

main()
