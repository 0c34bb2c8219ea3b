'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const { headerOf } = require('./any-response')
const { generation } = require('./core-bridge')
const { variable } = require('./environment')
const { OF_DEFAULT, audienceIn } = require('./expected-audience')
const { log } = require('./logger')
const { own } = require('./own')
const { tokenError } = require('./failure-response')

/** @typedef {InstanceType<typeof import('./token-slot').Slot>} Slot */

/** How much of a 401's body is read, and for how long. */
const BODY_LIMIT = 16_384
const BODY_LIMIT_MS = 2_000

/**
 * The token to try after Azure OpenAI answered 401: the one that has meanwhile taken the place of `refused`, or a
 * newer one; `refused` itself if there is no reason for another attempt.
 *
 * @param {string} refused
 * @param {{ slot: Slot, response: Response, signal: any }} of any, because signals of other implementations come too
 * @returns {Promise<string>}
 * @throws the signal's reason
 */
async function tokenInPlaceOf(refused, { slot, response, signal }) {
  const said = await beginningOf(response)
  // A good token of an identity without the role: no other token of it is better.
  if (/"code"\s*:\s*"PermissionDenied"/.test(said)) return refused
  hintAtAudience(said, slot)
  const bounds = own({ signal })
  try {
    const challenge = headerOf(response, 'www-authenticate')
    return (await slot.replace(own({ token: refused, challenge }), bounds)).token
  } catch (error) {
    notReplaced(tokenError(error, signal))
    return refused
  }
}

/**
 * The audiences that were hinted at: each request of an app would be refused alike.
 *
 * @type {Set<string>}
 */
const hinted = new Set()
const MOST_HINTS = 16

/**
 * Says which scope the service wants, if its 401 names another audience than that of the token.
 *
 * @param {string} said the 401's body
 * @param {Slot} slot
 */
function hintAtAudience(said, { call }) {
  const audience = audienceIn(said)
  if (audience === undefined || hinted.has(audience) || hinted.size === MOST_HINTS) return
  const asked = call.scopes?.join(' ') ?? variable('AZURE_OPENAI_ENTRA_SCOPE')?.trim()
  if (asked ? asked.toLowerCase().includes(audience) : audience.startsWith(OF_DEFAULT)) return
  hinted.add(audience)
  log(
    'warn',
    `Azure OpenAI expects a token for ${audience}. Set the option scope, or AZURE_OPENAI_ENTRA_SCOPE, to ${audience}/.default.`,
  )
}

/**
 * The slots whose token is being replaced for later requests, and the cache's generation at its begin: a renewal from
 * before the cache was cleared says nothing of later tokens.
 *
 * @type {WeakMap<Slot, number>}
 */
const renewing = new WeakMap()

/**
 * Fetches another token for later requests, if the 401's body belongs to the caller and the request cannot be sent
 * again. Neither the caller nor the process waits.
 *
 * @param {string} refused
 * @param {Slot} slot
 * @param {string | undefined} challenge the 401's WWW-Authenticate
 */
function replaceBehind(refused, slot, challenge) {
  const since = generation()
  if (slot.peek() !== refused || renewing.get(slot) === since) return
  renewing.set(slot, since)
  const renewal = slot.replace(own({ token: refused, challenge }), own({ isBehind: true }))
  renewal.catch(notReplaced).then(() => renewing.get(slot) === since && renewing.delete(slot))
}

/** @param {Error} error */
function notReplaced({ message }) {
  log('warn', `Azure OpenAI refused a token, and no other one is available: ${message}`)
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
    const body = /** @type {any} Node's streams too */ (response.clone().body)
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
  try {
    chunks?.return?.()?.catch?.(() => {})
  } catch {
    // It is the app's own, and not read any more.
  }
  return text
}

module.exports = { replaceBehind, tokenInPlaceOf }
