'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const native = require('./addon')
const { log } = require('./logger')
const { own } = require('./own')
const { refusalsOf } = require('./slot')
const { tokenError } = require('./token-failure')

/** @typedef {InstanceType<typeof import('./slot').Slot>} Slot */

/** In each thread, a slot's token is fetched anew because of a 401 no more often than this. */
const PAUSE_MS = 5 * 60_000
/** How much of a 401's body is read, and for how long. */
const BODY_LIMIT = 16_384
const BODY_LIMIT_MS = 2_000

/**
 * The token to try after Azure OpenAI answered 401: the one that has meanwhile taken the place of `refused`, or a
 * newer one; `refused` itself where nothing speaks for another attempt.
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
 * Has another token fetched for the requests to come, where the 401's body is not for us to read and the request not
 * to send again. Neither the caller nor the process waits.
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
  log('warn', `Azure OpenAI refused a token, and another one could not be had: ${message}`)
}

/**
 * @param {Slot} slot
 * @param {string} refused
 * @param {string | undefined} claims
 * @param {import('./options').Bounds} bounds
 */
async function renew(slot, refused, claims, bounds) {
  const known = refusalsOf(slot)
  // One under way is joined. One that failed bars no other: the cache has pauses of its own for that.
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
