'use strict'

const { abortError } = require('./error')
const { Pending, ask, generation, newSlotIndex, words } = require('./session')

/** @typedef {import('..').AccessToken} AccessToken */
/** @typedef {import('./options').Bounds} Bounds */
/** @typedef {import('../native').TokenCall} TokenCall */
/** @typedef {import('../native').ServedToken} ServedToken */

/**
 * The newest answer for one credential configuration and one set of scopes, as the promises that callers get.
 *
 * While it may be kept, a call is a comparison of clocks and nothing else.
 */
class Slot {
  /** @param {TokenCall} call */
  constructor(call) {
    this.call = call
    this.index = newSlotIndex()
    /** @type {Promise<string> | undefined} */
    this.text = undefined
    /** @type {Promise<AccessToken> | undefined} */
    this.accessToken = undefined
    this.generation = 0
    /** The answer is kept from here, for a clock that is set back must not lengthen its life … */
    this.keptFrom = 0
    /** … to here. */
    this.askAt = 0
    /** @type {InstanceType<typeof Pending> | undefined} */
    this.pending = undefined
  }

  /** Whether the kept answer still stands; if so, it is being used. */
  use() {
    const now = Date.now()
    const isKept = now < this.askAt && now >= this.keptFrom && generation() === this.generation
    if (isKept) words[this.index] = 1
    return isKept
  }

  /**
   * The token for a call that is no different from all others.
   *
   * @returns {Promise<string>}
   */
  getText() {
    return this.text !== undefined && this.use() ? this.text : this.renew().then(textOf)
  }

  /**
   * @param {Bounds} [bounds]
   * @returns {Promise<AccessToken>}
   */
  getAccessToken(bounds) {
    if (this.accessToken !== undefined && !bounds?.signal?.aborted && this.use()) return this.accessToken
    return this.renew(bounds).then(accessTokenOf)
  }

  /**
   * Asks the core and keeps its answer. Callers of one thread share one call.
   *
   * @param {Bounds} [bounds]
   * @returns {Promise<ServedToken>}
   */
  async renew(bounds) {
    refuseAborted(bounds)
    if (this.pending === undefined || this.pending.ended) {
      const answer = ask(this.call, this.index)
      if (!(answer instanceof Pending)) return this.keep(answer)
      this.pending = answer
      answer.outcome.then(({ served }) => served && this.keep(served))
    }
    return this.pending.wait(bounds)
  }

  /** @param {ServedToken} served */
  keep(served) {
    this.text = Promise.resolve(served.token)
    this.accessToken = Promise.resolve(accessTokenOf(served))
    this.generation = served.generation
    this.keptFrom = Date.now()
    this.askAt = served.askAt
    return served
  }
}

/** @param {Bounds | undefined} bounds */
function refuseAborted(bounds) {
  if (bounds?.signal?.aborted) throw abortError(bounds.signal.reason)
}

/**
 * A call that is different from the others, by claims, tenant or force: it is kept by the core alone.
 *
 * @param {TokenCall} call
 * @param {Bounds} bounds
 * @returns {Promise<ServedToken>}
 */
async function askOnce(call, bounds) {
  refuseAborted(bounds)
  const answer = ask(call)
  return answer instanceof Pending ? answer.wait(bounds) : answer
}

/** @param {ServedToken} served */
function textOf(served) {
  return served.token
}

/**
 * @param {ServedToken} served
 * @returns {AccessToken}
 */
function accessTokenOf(served) {
  return Object.freeze({
    token: served.token,
    expiresOnTimestamp: served.expiresOn,
    refreshAfterTimestamp: served.refreshAt,
    tokenType: /** @type {const} */ ('Bearer'),
  })
}

/** More configurations than any app has; one that makes them up must not fill memory. */
const MOST_SLOTS = 1024
/** @type {Map<string, Slot>} */
const slots = new Map()

/**
 * The slot of a configuration: all credentials that are configured alike share it.
 *
 * @param {TokenCall} call
 * @param {string} [identity] whom the environment means, where that decides
 */
function slotFor(call, identity) {
  const name = JSON.stringify([call.credential, call.scopes, call.app, identity])
  let slot = slots.get(name)
  if (slot === undefined) {
    if (slots.size >= MOST_SLOTS) slots.clear()
    slot = new Slot(call)
    slots.set(name, slot)
  }
  return slot
}

/** @param {TokenCall} call */
function isOrdinary(call) {
  return call.tenantId === undefined && call.claims === undefined && !call.forceRefresh
}

module.exports = { Slot, accessTokenOf, askOnce, isOrdinary, slotFor, textOf }
