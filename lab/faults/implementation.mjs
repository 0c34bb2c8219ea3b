/**
 * A process that asks for tokens as its parent says, and tells it what came of that. It ends by itself if nothing keeps
 * it.
 *
 *     node implementation.mjs <ours or baseline>
 */
import { createRequire } from 'node:module'
import { readFileSync, writeSync } from 'node:fs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const CALL_EVERY_MS = 100
const TELL_EVERY_MS = 200
/** A token counts as valid up to here: endpoints write whole seconds, and a client may keep two in hand. */
const SLACK_MS = 3000
/** And as expired from here: a life in seconds is counted from when the answer arrives. */
const GRACE_MS = 2000
const OPTIONS = { disableInstanceDiscovery: process.env.FAULTS_OWN_AUTHORITY === 'true' }

/**
 * @typedef {typeof seen & { waiting: number, ready?: boolean, done?: boolean }} Told what the parent hears
 *
 * @typedef {{ starved: number, at: number }} Start
 */

const seen = {
  calls: 0,
  /** The longest wait, of those that ended and of those that go on. */
  longestMs: 0,
  longestWhileValidMs: 0,
  failures: 0,
  failuresWhileValid: 0,
  /** Calls that were served a token after its end. */
  expired: 0,
  /** Of the first failure. */
  failedAt: /** @type {number | undefined} */ (undefined),
  error: /** @type {string | undefined} */ (undefined),
  /** When each token was first served, by its name. */
  served: /** @type {Record<string, number>} */ ({}),
}
/** @type {Map<number, { began: Start, isValid: boolean }>} */
const waiting = new Map()
let validUntil = 0

process.on('uncaughtExceptionMonitor', (_, origin) => writeSync(2, `\nuncaught: ${origin}\n`))

/** For how long this thread could have run and did not, in ms: many processes share few cores. Only Linux tells. */
const starved = () => {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

/** The clock is read last: to look at the thread takes time too. */
const start = () => ({ starved: starved(), at: performance.now() })

const load = () => {
  const require = createRequire(import.meta.url)
  return require(process.argv[2] === 'ours' ? '../../index.js' : '@azure/identity')
}
const { DefaultAzureCredential, getBearerTokenProvider } = load()
const provider = getBearerTokenProvider(new DefaultAzureCredential(OPTIONS), SCOPE)

const call = async () => {
  seen.calls += 1
  const id = seen.calls
  const began = start()
  const isValid = Date.now() < validUntil - SLACK_MS
  waiting.set(id, { began, isValid })
  try {
    note(await provider())
  } catch (error) {
    seen.failures += 1
    if (isValid) seen.failuresWhileValid += 1
    seen.failedAt ??= Date.now()
    const { code, name, message } = /** @type {NodeJS.ErrnoException} */ (error)
    seen.error ??= `${code ?? name}: ${String(message).slice(0, 600)}`
  }
  waiting.delete(id)
  measure(began, isValid)
}

/** @param {Start} began @param {boolean} isValid */
const measure = (began, isValid) => {
  const ms = performance.now() - began.at
  seen.longestMs = Math.max(seen.longestMs, ms)
  if (!isValid) return
  const waited = Math.max(0, ms - (starved() - began.starved))
  seen.longestWhileValidMs = Math.max(seen.longestWhileValidMs, waited)
}

/** A token says by itself when it expires. @param {string} token */
const note = (token) => {
  const [name, expiresAt] = token.split('.')
  seen.served[name] ??= Date.now()
  validUntil = Number(expiresAt)
  if (Date.now() > validUntil + GRACE_MS) seen.expired += 1
}

const tell = (/** @type {{ done?: boolean }} */ more = {}) => {
  // They stand in their order: the first of each kind has waited longest.
  const [oldest] = waiting.values()
  const oldestWhileValid = [...waiting.values()].find(({ isValid }) => isValid)
  for (const one of [oldest, oldestWhileValid]) if (one) measure(one.began, one.isValid)
  process.send?.({ ...seen, waiting: waiting.size, ...more })
}

/** @type {NodeJS.Timeout | undefined} */
let traffic
/** @type {NodeJS.Timeout | undefined} */
let telling
/** @typedef {keyof typeof COMMANDS} Command */
const COMMANDS = {
  once: () => call().then(() => tell({ done: true })),
  traffic: () => {
    // The first token came from an endpoint that was well.
    seen.longestMs = 0
    call()
    traffic = setInterval(call, CALL_EVERY_MS)
    telling = setInterval(() => tell(), TELL_EVERY_MS)
  },
  end: () => {
    clearInterval(traffic)
    clearInterval(telling)
    tell({ done: true })
    // A waiting caller would rightly keep the process alive.
    if (waiting.size > 0) process.exit(0)
    process.disconnect()
  },
}
process.on('message', (/** @type {Command} */ command) => COMMANDS[command]())
process.send?.({ ready: true })
