'use strict'

const { abortError } = require('./error')
const { variable } = require('./environment')
const { atFirstUse } = require('./first-use')
const { nameOf, own } = require('./own')
const { Pending, ask, generation, newSlotIndex, whole, words } = require('./core-bridge')

/** @typedef {import('..').AccessToken} AccessToken */
/** @typedef {import('./options').Bounds} Bounds */
/** @typedef {import('./native').TokenCall} TokenCall */
/** @typedef {import('./native').ServedToken} ServedToken */

/**
 * The newest answer for one credential configuration and one set of scopes, as the promises that callers get.
 *
 * While it may be kept, a call is a comparison of clocks and nothing else.
 */
class Slot {
  // Fields are defined: an assignment would meet what `Object.prototype` has under their names.
  /** @type {TokenCall} */
  call
  /** @type {string | undefined} */
  name
  /** That of the environment, if the call has none. @type {string | undefined} */
  scope
  index = newSlotIndex()
  /** @type {string | undefined} */
  token = undefined
  /** @type {Promise<string> | undefined} */
  text = undefined
  /** @type {Promise<AccessToken> | undefined} */
  accessToken = undefined
  generation = 0
  /** The answer is kept from here, because a clock that is set back must not lengthen its life, */
  keptFrom = 0
  /** to here. */
  askAt = 0
  /** How far a clock that a test moved was ahead when the answer was fetched: its life is counted from there. */
  ahead = 0
  /** @type {InstanceType<typeof Pending> | undefined} */
  pending = undefined
  /** The generation in which it began: later callers must not get what was cleared since. */
  pendingSince = 0

  /**
   * @param {TokenCall} call
   * @param {string} [name] under which it is shared
   */
  constructor(call, name) {
    this.call = call
    this.name = name
    this.scope = scopeOf(call)
  }

  /**
   * The core is asked. If the environment has changed since this slot got its name, later calls under that name must not get its
   * token.
   */
  note() {
    const isOther = this.scope !== scopeOf(this.call)
    if (isOther && this.name !== undefined && slots.get(this.name) === this) slots.delete(this.name)
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
    return this.text !== undefined && this.use() ? this.text : this.renew(textOf)
  }

  /** The kept token if it is still good, at once. */
  peek() {
    return this.token !== undefined && this.use() ? this.token : undefined
  }

  /**
   * @param {Bounds} bounds
   * @returns {Promise<string>}
   */
  async getToken(bounds) {
    return this.peek() ?? this.renew(textOf, bounds)
  }

  /**
   * @param {Bounds} [bounds]
   * @returns {Promise<AccessToken>}
   */
  getAccessToken(bounds) {
    if (this.accessToken !== undefined && !bounds?.signal?.aborted && this.use()) return this.accessToken
    return this.renew(accessTokenOf, bounds)
  }

  /**
   * Asks the core and keeps its answer. Callers of one thread share one call.
   *
   * @template T
   * @param {(served: ServedToken) => T} part what the caller gets of it
   * @param {Bounds} [bounds]
   * @returns {Promise<T>}
   */
  renew(part, bounds) {
    try {
      refuseAborted(bounds)
      const answer = this.start()
      return answer instanceof Pending ? answer.wait(bounds, part) : Promise.resolve(part(answer))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * The core's answer if it holds a token; otherwise the call in flight, or a new one.
   *
   * @returns {ServedToken | InstanceType<typeof Pending>}
   */
  start() {
    if (this.pending === undefined || this.pending.ended || this.pendingSince !== generation()) {
      const answer = askByAppClock(this.call, this)
      if (!(answer instanceof Pending)) return this.keep(answer)
      this.pending = answer
      this.pendingSince = generation()
      const keep = answer.outcome.then(
        ({ served }) => served && this.pending === answer && this.keep(served, true),
      )
      // Its callers get what fails: a clock of the app's that throws must not end the process besides.
      keep.catch(() => {})
    }
    return this.pending
  }

  /**
   * The token, if one is cached. Otherwise starts a fetch, for which neither the caller nor the process waits.
   *
   * @returns {string | undefined}
   */
  tokenOrStart() {
    const kept = this.peek()
    if (kept !== undefined) return kept
    try {
      const answer = this.start()
      return answer instanceof Pending ? undefined : answer.token
    } catch {
      // A caller that waits for a token gets the reason.
      return undefined
    }
  }

  /**
   * Asks for another token than `token`, which a service refused. It is the same one if there is no reason to renew it.
   *
   * @param {import('./native').RefusedToken} refused
   * @param {Bounds} bounds
   * @returns {Promise<ServedToken>}
   */
  async replace(refused, bounds) {
    refuseAborted(bounds)
    const answer = ask(own({ ...this.call, inPlaceOf: refused }), this)
    const served = answer instanceof Pending ? await answer.wait(bounds, whole) : answer
    this.pending = undefined
    return this.keep(served, answer instanceof Pending)
  }

  /**
   * @param {ServedToken} served
   * @param {boolean} [isFetched] for this call, and not before
   */
  keep(served, isFetched) {
    const now = Date.now()
    if (served.expiresOn > now) this.ahead = 0
    else if (isFetched) this.ahead = aheadOfSystem()
    this.token = served.token
    this.text = Promise.resolve(served.token)
    this.accessToken = Promise.resolve(accessTokenOf(served))
    this.generation = served.generation
    this.keptFrom = now
    this.askAt = served.askAt + this.ahead
    return served
  }
}

/** @param {Bounds | undefined} bounds */
function refuseAborted(bounds) {
  if (bounds?.signal?.aborted) throw abortError(bounds.signal.reason)
}

/**
 * Asks the core, which knows only the system's clock: a token that has expired by the one that a test moved is renewed.
 *
 * @param {TokenCall} call
 * @param {Slot} [slot]
 */
function askByAppClock(call, slot) {
  const answer = ask(call, slot)
  if (answer instanceof Pending || answer.expiresOn + (slot?.ahead ?? 0) > Date.now()) return answer
  return aheadOfSystem() > 0 ? ask(own({ ...call, forceRefresh: true }), slot) : answer
}

/** How far the app's clock is ahead of the system's, which matters once a token has expired by the app's. */
function aheadOfSystem() {
  // Most apps never need it.
  return atFirstUse(() => require('./app-clock')).aheadOfSystem()
}

/**
 * A call that is different from the others, by claims, tenant or force: only the core keeps it.
 *
 * @param {TokenCall} call
 * @param {Bounds} bounds
 * @returns {Promise<ServedToken>}
 */
async function askOnce(call, bounds) {
  refuseAborted(bounds)
  const answer = askByAppClock(call)
  return answer instanceof Pending ? answer.wait(bounds, whole) : answer
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

/** More configurations than any app has; an app that generates them must not fill memory. */
const MOST_SLOTS = 1024
/** @type {Map<string, Slot>} */
const slots = new Map()

/**
 * The slot of a call that no credential of this package's makes: calls that are alike share it. It follows the environment as one.
 *
 * @param {TokenCall} call
 */
function slotFor(call) {
  call = own(call)
  const name = nameOf([call.scopes ?? scopeOf(call), call.enableCae, call.app])
  let slot = slots.get(name)
  if (slot === undefined) {
    if (slots.size >= MOST_SLOTS) slots.clear()
    slot = new Slot(call, name)
    slots.set(name, slot)
  }
  return slot
}

/** The scope that the environment names for a call without one. @param {TokenCall} call */
function scopeOf({ scopes }) {
  return scopes === undefined ? variable('AZURE_OPENAI_ENTRA_SCOPE')?.trim() : undefined
}

/** @param {TokenCall} call */
function isOrdinary(call) {
  return call.tenantId === undefined && call.claims === undefined && !call.forceRefresh
}

module.exports = { Slot, accessTokenOf, askOnce, isOrdinary, slotFor, textOf }
