'use strict'

const { discard, statusOf } = require('./any-response')
const { carriesPlaceholder, copyOf, holdsPlaceholder, withToken } = require('./auth-headers')
const { fixInit, initOf, isReplayable, readable } = require('./at-call')
const { slotChooser } = require('./audience-slots')
const { destinationOf, isReadAlike, notAllowed, shownOrigin } = require('./allowed-hosts')
const { configurationError } = require('./error')
const { isSignal, optionsObject, wrong } = require('./options')
const { handed, member, members, own } = require('./own')
const { checkFetchGlobals } = require('./fetch-globals')
const { isRedirect, redirected } = require('./redirect')
const { tokenInPlaceOf } = require('./unauthorized')
const { targetOf, urlOf, withoutKey } = require('./request')
const { parseUrl } = require('./url')
const { failureResponse, fallbackHeaders, isFailureResponse, tokenError } = require('./failure-response')

/** @typedef {import('./request').Input} Input */

/** As in the fetch standard. */
const MOST_REDIRECTS = 20

/**
 * The functions that {@link entraIdFetch} made, each with its credential: the core knows that only by a number, so
 * this map must reference it.
 *
 * @type {WeakMap<Function, unknown>}
 */
const made = new WeakMap()
/** The 401s that were dealt with, so that of nested ones only the innermost does. */
const final = new WeakSet()

/** @type {typeof import('..').entraIdFetch} */
function entraIdFetch(inner, options) {
  // A client was given this function instead of its result, and its users are shown the answer and no exception.
  if (isAddress(inner)) return /** @type {any} an answer, as a client expects it */ (uncalled())
  const send = innerFetch(inner)
  const slotOfAudience = slotChooser(options)

  /**
   * @param {Input} input
   * @param {RequestInit | undefined} init
   * @param {boolean} isElsewhere whether a redirect led to another origin, which gets no token, as it gets no header with a key
   * @param {number} hops the redirects that led here
   * @returns {Promise<Response>}
   */
  async function go(input, init, isElsewhere, hops) {
    const { request, url } = targetOf(input)
    const given = members(init)
    // What was judged is what is sent, now and after a 401, whatever the caller does meanwhile with its objects.
    const headers = copyOf(given.headers ?? member(request, 'headers'))
    const { audience, foreign } = destinationOf(url, headers)
    if (url === undefined || audience === undefined || isElsewhere) {
      const isRefused = carriesPlaceholder(headers) || holdsPlaceholder(url?.href)
      return isRefused
        ? failureResponse(isElsewhere ? redirectedAway(url) : notAllowed(foreign))
        : send(input, init)
    }
    fixInit(given, request)
    const judged = url.href
    const told = given.signal === undefined ? member(request, 'signal') : given.signal
    // The inner fetch refuses anything else, in its own words.
    const signal = isSignal(told) ? told : undefined
    const slot = slotOfAudience(audience)
    let token = slot.peek()
    /** @type {RequestInit['headers']} */
    let keyed
    if (token === undefined) {
      try {
        token = await slot.getToken(own({ signal }))
      } catch (error) {
        const failure = tokenError(error, signal)
        keyed = fallbackHeaders(failure, headers)
        if (keyed === undefined) return failureResponse(failure)
      }
    }

    const target = withoutKey(request, url)
    // Not every fetch keeps Authorization from another host, and none an api-key: each hop is decided on here.
    const follows = (given.redirect ?? member(request, 'redirect') ?? 'follow') === 'follow'
    if (follows) given.redirect = 'manual'
    const attempt = async (/** @type {string | undefined} */ bearer) => {
      if (request !== undefined && !goesTo(request, judged)) return failureResponse(moved())
      const sent = handed(given)
      sent.headers = bearer === undefined ? keyed : withToken(headers, bearer)
      return send(target, sent)
    }

    let response = await attempt(token)
    if (
      token !== undefined &&
      statusOf(response) === 401 &&
      !isFailureResponse(response) &&
      !final.has(response)
    ) {
      const other = await tokenInPlaceOf(token, { slot, response, signal })
      if (other !== token && isReplayable(given.body, request)) {
        discard(response)
        response = await attempt(other)
      }
      final.add(response)
    }
    if (!follows || !isRedirect(response)) return response

    const whole = own({ ...initOf(request), ...given, headers, redirect: 'follow' })
    const next = redirected(response, url, whole, isReplayable(given.body, request))
    if (next === undefined) return response
    discard(response)
    if (hops === MOST_REDIRECTS) {
      throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') })
    }
    return go(...next, hops + 1)
  }

  /** @type {typeof fetch} */
  const entraFetch = async (input, init) => {
    checkFetchGlobals(inner ?? undefined)
    return go(input, readable(init), false, 0)
  }
  made.set(entraFetch, optionsObject('options', options).credential)
  return entraFetch
}

/**
 * @param {unknown} inner
 * @returns {(input: Input, init?: RequestInit) => Promise<Response>}
 */
function innerFetch(inner) {
  // Looked up at each call: tracers and tests put another one in its place.
  if (inner === undefined || inner === null) return (input, init) => globalThis.fetch(input, init)
  if (typeof inner !== 'function') throw wrong('inner', 'a function such as fetch', inner)
  return /** @type {typeof fetch} */ (inner)
}

/**
 * Whether it is what fetch is called with.
 *
 * @param {unknown} value
 */
function isAddress(value) {
  if (typeof value === 'string') return URL.canParse(value)
  return typeof value === 'object' && value !== null && ('href' in value || 'url' in value)
}

/** @param {URL | undefined} url */
function redirectedAway(url) {
  return configurationError(
    `No token is sent to ${shownOrigin(url)}, because a redirect from another origin led there. Send the request to that address itself.`,
  )
}

/**
 * Whether a Request, which the inner fetch reads by itself, still goes to the address that was judged.
 *
 * @param {Request} request
 * @param {string} judged
 */
function goesTo(request, judged) {
  const text = String(urlOf(request))
  const url = parseUrl(text)
  return url?.href === judged && isReadAlike(text, url)
}

function moved() {
  return configurationError(
    'The address of a Request was changed while the Request was under way, or clients can read it in different ways, so the ' +
      'Request is not sent. Make a new one for each address, from new URL(address).href.',
  )
}

async function uncalled() {
  checkFetchGlobals()
  return failureResponse(
    configurationError('entraIdFetch was given to the client in place of its result. Pass entraIdFetch().'),
  )
}

/**
 * Whether {@link entraIdFetch} made it.
 *
 * @param {unknown} fetch
 */
function isEntraIdFetch(fetch) {
  return typeof fetch === 'function' && made.has(fetch)
}

module.exports = { entraIdFetch, isEntraIdFetch }
