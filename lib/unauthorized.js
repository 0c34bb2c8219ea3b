'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const native = require('./addon')
const { log } = require('./logger')
const { own } = require('./own')
const { refusalsOf } = require('./token-slot')
const { tokenError } = require('./failure-response')

/** @typedef {InstanceType<typeof import('./token-slot').Slot>} Slot */

/** In each thread, a 401 triggers a fetch of a slot's token no more often than this. */
const PAUSE_MS = 5 * 60_000
/** How much of a 401's body is read, and for how long. */
const BODY_LIMIT = 16_384
const BODY_LIMIT_MS = 2_000

/**
 * The token to try after Azure OpenAI answered 401: the one that has meanwhile taken the place of `refused`, or a
 * newer one; `refused` itself if there is no reason for another attempt.
 *
 * @param {string} refused
 * @param {{ slot: Slot, response: Response, signal: any }} of
 * @returns {Promise<string>}
 * @throws the signal's reason
 */
async function tokenInPlaceOf(refused, { slot, response, signal }) {
  // A good token of an identity without the role: no other token of it is better.
  if (/"code"\s*:\s*"PermissionDenied"/.test(await beginningOf(response))) return refused
  const bounds = own({ signal: signal ?? undefined })
  try {
    const held = await slot.getToken(bounds)
    const challenge = response.headers.get('www-authenticate') ?? undefined
    return held === refused ? await renew(slot, refused, claimsOf(challenge), bounds) : held
  } catch (error) {
    notReplaced(tokenError(error, signal))
    return refused
  }
}

/**
 * Fetches another token for later requests, if the 401's body belongs to the caller and the request cannot be sent
 * again. Neither the caller nor the process waits.
 *
 * @param {string} refused
 * @param {Slot} slot
 * @param {string | undefined} challenge the 401's WWW-Authenticate
 */
function replaceBehind(refused, slot, challenge) {
  if (slot.peek() !== refused || refusalsOf(slot).waiting > 0) return
  renew(slot, refused, claimsOf(challenge), own({ isBehind: true })).catch(notReplaced)
}

/** @param {Error} error */
function notReplaced({ message }) {
  log('warn', `Azure OpenAI refused a token, and no other one is available: ${message}`)
}

/**
 * @param {Slot} slot
 * @param {string} refused
 * @param {string | undefined} claims
 * @param {import('./options').Bounds} bounds
 */
async function renew(slot, refused, claims, bounds) {
  const known = refusalsOf(slot)
  // Joins a fetch in flight. A failed one does not prevent the next: the cache has its own back-off.
  if (known.waiting === 0 && performance.now() - known.renewedAt < PAUSE_MS) return refused
  known.waiting += 1
  try {
    const { token } = await slot.replace(claims, bounds)
    known.renewedAt = performance.now()
    return token
  } finally {
    known.waiting -= 1
  }
}

/**
 * The claims that a 401 asks for, as JSON text.
 *
 * @param {string | undefined} challenge
 */
function claimsOf(challenge = '') {
  const encoded = native.challengeClaims(challenge)
  if (!encoded) return undefined
  const claims = Buffer.from(encoded, 'base64').toString()
  try {
    const parsed = JSON.parse(claims)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? claims : undefined
  } catch {
    return undefined
  }
}

/**
 * The first part of a response's body, which is left whole for the caller.
 *
 * @param {Response} response
 */
async function beginningOf(response) {
  const decoder = new TextDecoder()
  let text = ''
  /** @type {AsyncIterator<Uint8Array> | undefined} */
  let chunks
  const read = async () => {
    // Node's streams, which other implementations of fetch have for bodies, are read likewise.
    const body = /** @type {any} */ (response.clone().body)
    if (!body) return
    const own = (chunks = /** @type {AsyncIterator<Uint8Array>} */ (body[Symbol.asyncIterator]()))
    while (text.length < BODY_LIMIT) {
      const { done, value } = await own.next()
      if (done) return
      text += decoder.decode(value, { stream: true })
    }
  }
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, BODY_LIMIT_MS)
  })
  // A body that cannot be read says nothing.
  await Promise.race([read().catch(() => {}), limit])
  clearTimeout(timer)
  chunks?.return?.()?.catch(() => {})
  return text
}

module.exports = { replaceBehind, tokenInPlaceOf }
