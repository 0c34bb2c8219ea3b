'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const { native } = require('./addon')
const { publishFetch } = require('./diagnostics-channels')
const { EntraIdError } = require('./error')
const { snapshot } = require('./environment')
const { atFirstUse } = require('./first-use')
const { followEnvironment } = require('./logger')
const { newWords, outsideOfCalls, weakly } = require('./realm')
const { define, own } = require('./own')
const { within } = require('./within')

/** @typedef {import('./native').ServedToken} ServedToken */
/** @typedef {import('./native').ErrorFields} ErrorFields */
/** @typedef {{ served?: ServedToken, refused?: ErrorFields }} Outcome */

/**
 * Longer than every bound of the core: should the core ever fail to answer, the caller is told even so.
 */
const CORE_LIMIT_MS = 6 * 60_000

/** More slots than an app has credential configurations and scopes; beyond, they share words. */
const SLOT_WORDS = 1023

/**
 * Word 0 is the cache's generation, written by the core from its own thread. The others are set by slots whose answer
 * is used, and cleared by the core when it looks. Its size prevents the engine from moving it.
 */
const words = newWords(1 + SLOT_WORDS)
let slotsMade = 0

/** The index of a new slot's word. */
function newSlotIndex() {
  return 1 + (slotsMade++ % SLOT_WORDS)
}

/** @type {import('./native').CoreBridge | undefined} */
let bridge
/** @type {Map<number, Pending>} */
const pendingCalls = new Map()

/** The cache's generation: what was kept under another one must be asked for again. */
function generation() {
  return Atomics.load(words, 0)
}

/**
 * The app's credentials that are gone, and of which the core does not know it yet.
 *
 * @type {number[]}
 */
let gone = []

/** @param {number} object its tokens cannot be requested again */
function noteGone(object) {
  // All that one collection finds are told at once.
  if (gone.push(object) === 1) Promise.resolve().then(forgetGone)
}

function forgetGone() {
  bridge?.forget(gone)
  gone = []
}

/**
 * The app's credential, function or transport that `call` is for, or the object with which its token is forgotten.
 *
 * @param {import('./native').TokenCall} call
 */
function credentialOf({ app, credential }) {
  const parameters = credential?.class
  const object =
    app?.object ?? parameters?.holder ?? parameters?.getAssertion ?? credential?.network?.transport
  if (object === undefined) return undefined
  const appCredentials = atFirstUse(() => require('./app-credential'))
  appCredentials.onGone(noteGone)
  return appCredentials.objectOf(object)
}

/** Under which every `@opentelemetry/api` of version 1 shares what the app registers, whichever copy of it the app has. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1')

/** @returns {import('./tracing').OpenTelemetry | undefined} without it a call costs only this look */
function openTelemetry() {
  return /** @type {any} a global of another package */ (globalThis)[OPEN_TELEMETRY]
}

/** A call that waits for the core, and this thread's callers that wait for it. */
class Pending {
  // Fields are defined, as those of a Slot.
  /** @type {number} */
  id
  /** @type {import('./native').TokenCall} */
  call
  /** @type {unknown} */
  credential
  waiters = 0
  /** What was sent for the call, if it began the fetch. @type {import('./native').SentFields[] | undefined} */
  sent = undefined
  /** @type {(outcome: Outcome) => void} */
  settle = () => {}
  /** @type {Promise<Outcome>} */
  outcome = new Promise((resolve) => {
    this.settle = resolve
  })
  hold = setTimeout(() => {
    const message = `The native core did not answer within ${CORE_LIMIT_MS / 1000} s. Please report this.`
    this.end({ refused: { code: 'ENTRA_ID_TIMEOUT', message, attempts: [], attemptMessages: [] } })
  }, CORE_LIMIT_MS).unref()

  /**
   * @param {number} id
   * @param {import('./native').TokenCall} call
   * @param {unknown} credential the app's that is asked: its caller may hold it no longer
   */
  constructor(id, call, credential) {
    this.id = id
    this.call = call
    this.credential = credential
    pendingCalls.set(id, this)
  }

  /** @param {Outcome} outcome @param {import('./native').SentFields[]} [sent] */
  end(outcome, sent) {
    if (!pendingCalls.delete(this.id)) return
    this.credential = undefined
    this.sent = sent
    clearTimeout(this.hold)
    this.settle(own(outcome))
  }

  get ended() {
    return !pendingCalls.has(this.id)
  }

  /**
   * Waits for the outcome within one caller's bounds. When the last caller has left, so has the call.
   *
   * @template T
   * @param {import('./options').Bounds | undefined} bounds
   * @param {(served: ServedToken) => T} part what the caller gets of it
   * @returns {Promise<T>}
   */
  wait(bounds, part) {
    const tracer = tracing()
    if (tracer === undefined) return this.settled(bounds, part)
    const act = () => this.settled(bounds, whole)
    return tracer.traced(tracer.api, this.call, bounds?.parent, act, () => this.takeSent()).then(part)
  }

  /** For one of the callers: what was sent is told once. */
  takeSent() {
    const { sent } = this
    this.sent = undefined
    return sent
  }

  /**
   * One promise and one function for each caller: a hundred thousand may wait.
   *
   * @template T
   * @param {import('./options').Bounds | undefined} bounds
   * @param {(served: ServedToken) => T} part
   * @returns {Promise<T>}
   */
  settled(bounds, part) {
    this.waiters += 1
    // It keeps the process alive while a caller waits: the core by itself never does.
    if (!bounds?.isBehind) this.hold.ref()
    return within(bounds, this.outcome, this).then(({ served, refused }) => {
      // Created here and not in the core's callback, so that the stack shows the caller.
      if (served === undefined) throw errorOf(this.call, refused)
      return part(served)
    })
  }

  /** A caller has given up, and is not counted any more from now on: the cache may be cleared next. */
  leave() {
    this.waiters -= 1
    if (this.waiters > 0 || this.ended) return
    bridge?.cancel(this.id)
    this.end({})
  }
}

/** @param {ServedToken} served */
function whole(served) {
  return served
}

/** @param {ErrorFields | undefined} fields */
function fromFields(fields) {
  return new EntraIdError(/** @type {any} the constructor is private */ (fields))
}

/**
 * Why a call got no token: of a credential, an error that code for `@azure/identity` knows.
 *
 * @param {import('./native').TokenCall} call
 * @param {ErrorFields | null | undefined} fields
 */
function errorOf(call, fields) {
  const error = call.credential && fields ? credentialError(call, fields) : fromFields(fields ?? undefined)
  const number = own(fields).cause
  const cause = number && atFirstUse(() => require('./app-credential-error')).causeOf(number)
  if (cause) define(error, 'cause', cause)
  // A stack has ten frames, and the caller's are the ones that tell.
  Error.captureStackTrace(error, errorOf)
  return error
}

/**
 * @param {import('./native').TokenCall} call
 * @param {ErrorFields} fields
 */
function credentialError(call, fields) {
  const { identityError } = atFirstUse(() => require('./identity-error'))
  const { only, class: parameters } = own(call.credential)
  return identityError(fields, call, only === undefined && parameters === undefined)
}

/**
 * Asks the core.
 *
 * @param {import('./native').TokenCall} call
 * @param {{ index: number, note(): void }} [slot] will keep the answer
 * @returns {ServedToken | Pending} a token at once, or a call to wait for
 * @throws {EntraIdError} at once, if the call is wrong or its failure is remembered
 */
function ask(call, slot) {
  followEnvironment()
  bridge ??= newBridge()
  call = own(call)
  const { served, refused, pending } = own(bridge.getToken(snapshot(), call, slot?.index))
  slot?.note()
  if (served) return served
  if (pending === undefined || pending === null) throw traceRefusal(call, errorOf(call, refused))
  return new Pending(pending, call, credentialOf(call))
}

/**
 * A call that is refused at once, because the last failure is recent, is seen by the app's tracer as well.
 *
 * @template {Error} T
 * @param {import('./native').TokenCall} call
 * @param {T} error
 */
function traceRefusal(call, error) {
  const tracer = tracing()
  const refused = tracer?.traced(tracer.api, call, undefined, () => Promise.reject(error))
  refused?.catch(() => {})
  return error
}

/** What has the app's tracer see a call; none without a tracer, or if it fails or cannot be loaded: the call goes on. */
function tracing() {
  try {
    const api = openTelemetry()
    if (!api?.trace) return undefined
    return { api, traced: loadTraced() }
  } catch {
    return undefined
  }
}

/** Outside of a try: what is required in one is missing in a bundle by Rollup. */
function loadTraced() {
  return require('./tracing').traced
}

function newBridge() {
  const { CoreBridge } = native()
  return outsideOfCalls(
    () => new CoreBridge(words, weakly(complete), weakly(askAppCredential), weakly(publishFetch)),
  )
}

/**
 * @param {number} id
 * @param {ErrorFields | null | undefined} refused
 * @param {ServedToken | null | undefined} served
 * @param {import('./native').SentFields[] | null | undefined} sent
 */
function complete(id, refused, served, sent) {
  const outcome = { refused: refused ?? undefined, served: served ?? undefined }
  pendingCalls.get(id)?.end(outcome, sent ?? undefined)
}

/**
 * @param {number} id
 * @param {import('./native').AppCredentialRequest} request
 */
async function askAppCredential(id, request) {
  const answer = await answerTo(id, own(request))
  // The end of an earlier request has none.
  if (answer === undefined) return
  try {
    bridge?.answerAppCredential(id, own(answer))
  } catch {
    // The caller waits for an answer, whatever the app's credential gave.
    bridge?.answerAppCredential(id, own(UNREADABLE))
  }
}

/** @type {import('./native').AppCredentialAnswer} */
const UNREADABLE = { code: 'ENTRA_ID_REJECTED', reason: 'it gave what cannot be read' }

/**
 * @param {number} id
 * @param {import('./native').AppCredentialRequest} request
 * @returns {Promise<import('./native').AppCredentialAnswer | undefined>}
 */
async function answerTo(id, request) {
  let appCredentials
  try {
    // Loaded here, because most apps have no credential of their own.
    appCredentials = atFirstUse(() => require('./app-credential'))
  } catch (error) {
    if (error instanceof EntraIdError) return { code: error.code, reason: error.message }
    // Jest loads nothing any more once a test file has ended.
    return { code: 'ENTRA_ID_UNAVAILABLE', reason: 'the calling sandbox has ended' }
  }
  if (request.credential !== 'abort') return appCredentials.askCredential(id, request)
  appCredentials.abort(id)
  return undefined
}

module.exports = { Pending, ask, fromFields, generation, newSlotIndex, whole, words }
