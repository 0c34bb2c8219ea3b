/**
 * One implementation, asked as one case says. What came of it goes to the parent.
 *
 *     node implementation.mjs <spec as JSON>
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const require = createRequire(import.meta.url)
/**
 * @typedef {import('./cases/common.mjs').Step} Step
 * @typedef {import('./cases/common.mjs').SeenOutcome} SeenOutcome
 * @typedef {any} Library either package: cases name classes and options that only one of them has
 * @typedef {{ getToken: (scopes: unknown, options?: object) => Promise<import('@azure/identity').AccessToken | null> }} Credential
 * @typedef {(step: Step, nth?: number) => Promise<string | import('@azure/identity').AccessToken | null>} Ask
 */

/** @type {import('./cases/common.mjs').Spec} */
const spec = isMainThread ? JSON.parse(process.argv[2]) : workerData

/** @returns {Library} */
const library = () => {
  if (spec.implementation === 'ours') return require('../../index.js')
  return (spec.baseline ? createRequire(`${spec.baseline}/package.json`) : require)('@azure/identity')
}

/** @param {ReturnType<Ask>} promise @returns {Promise<SeenOutcome>} */
const asked = (promise) => promise.then(accessOf, errorOf)

/** @param {Awaited<ReturnType<Ask>>} access @returns {SeenOutcome} */
const accessOf = (access) => {
  if (typeof access === 'string') return { token: access }
  if (access === null) return { error: { name: 'null', message: 'getToken gave null' } }
  const { token, expiresOnTimestamp, refreshAfterTimestamp } = access
  return { token, expiresOnTimestamp, refreshAfterTimestamp }
}

/** @param {any} error of either package or the app @returns {SeenOutcome} */
const errorOf = (error) => {
  const { name, code, status, credential, message, attempts, retryAfterMs } = error
  return { error: { name, code, status, credential, message: String(message), retryAfterMs, attempts } }
}

/**
 * One step: a call or many at once, or something that happens meanwhile.
 *
 * @param {Ask} ask
 * @param {Step} step
 * @returns {Promise<SeenOutcome | void>}
 */
const take = async (ask, step) => {
  if (step.sleep !== undefined) return sleep(step.sleep)
  if (step.write !== undefined) return writeFileSync(step.write[0], step.write[1])
  if (step.setEnv !== undefined) return void Object.assign(process.env, step.setEnv)
  if (step.advance !== undefined) return advance(step.advance)
  if (step.begin) return void asked(ask(step))
  const began = performance.now()
  if (step.abortAfter !== undefined) step.options = { abortSignal: AbortSignal.timeout(step.abortAfter) }
  const outcomes = await Promise.all(
    Array.from({ length: step.times ?? 1 }, (_, nth) => asked(ask(step, nth))),
  )
  const ms = Math.round(performance.now() - began)
  return step.times === undefined ? { ...outcomes[0], ms } : { ...summed(outcomes), ms }
}

let moved = 0
/** In place: the file is mapped by the clock, and a thread that looks while it is cut short would be killed. @param {number} seconds */
const advance = (seconds) => {
  moved += seconds
  const file = openSync(String(spec.clockFile), 'r+')
  writeSync(file, Buffer.from(BigInt64Array.of(BigInt(moved)).buffer), 0, 8, 0)
  closeSync(file)
}

/** @param {SeenOutcome[]} outcomes @returns {SeenOutcome} */
const summed = (outcomes) => {
  const tokens = new Set(outcomes.map(({ token }) => token).filter(Boolean))
  const failures = outcomes.filter(({ error }) => error)
  return {
    distinct: tokens.size,
    failures: failures.length,
    token: [...tokens][0],
    error: failures[0]?.error,
  }
}

/** Credentials of the app's own. @type {Record<string, Credential>} */
const FOREIGN = {
  null: { getToken: async () => null },
  throws: {
    getToken: async () => {
      throw new Error('the app says no')
    },
  },
}

/**
 * In place of what stands for a function that gives an assertion.
 *
 * @param {any} argument of a constructor, which a case may have of whatever type
 * @returns {unknown}
 */
const withFunction = (argument) => (argument?.assertion ? async () => argument.assertion : argument)

/** How one asks: of a credential or of a provider over it, or of a new credential each time. @returns {Ask} */
const asker = () => {
  const identity = library()
  const foreign = FOREIGN[spec.foreign ?? '']
  const make = () => {
    if (foreign) return foreign
    const { baselineClass, className, args = [], options } = spec
    if (className) return new identity[className](...structuredClone(args).map(withFunction))
    if (spec.implementation === 'baseline' && baselineClass) return new identity[baselineClass](options)
    return new identity.DefaultAzureCredential(options)
  }
  const shared = make()
  const provider = spec.provider && identity.getBearerTokenProvider(shared, SCOPE)
  return ({ scopes = SCOPE, options, apart, credential }, nth = 0) => {
    if (credential)
      return credentialOf(
        () => new identity.DefaultAzureCredential(credential),
        JSON.stringify(credential),
      ).getToken(scopes)
    if (provider) {
      if (apart) return providerOf(identity, make, nth % apart)()
      return provider()
    }
    return (apart ? credentialOf(make, nth % apart) : shared).getToken(scopes, options)
  }
}

/**
 * Credentials and providers, by their number.
 *
 * @type {Map<string | number, Library>}
 */
const made = new Map()
/** @param {() => Credential} make @param {string | number} nth @returns {Credential} */
const credentialOf = (make, nth) => made.get(nth) ?? made.set(nth, make()).get(nth)
/** @param {Library} identity @param {() => Credential} make @param {number} nth @returns {() => Promise<string>} */
const providerOf = (identity, make, nth) =>
  made.get(nth) ?? made.set(nth, identity.getBearerTokenProvider(make(), SCOPE)).get(nth)

const perform = async () => {
  if (spec.client) return [await chat(spec.client)]
  /** @type {Ask} */
  let ask
  try {
    ask = asker()
  } catch (error) {
    return [{ thrown: true, ...errorOf(error) }]
  }
  const outcomes = []
  for (const step of spec.steps) {
    const outcome = await take(ask, step)
    if (outcome) outcomes.push(outcome)
  }
  return outcomes
}

/** @param {string} client */
const chat = async (client) => {
  const identity = library()
  const provider = identity.getBearerTokenProvider(new identity.DefaultAzureCredential(), SCOPE)
  const { chatThrough } = await import('./clients.mjs')
  return chatThrough(client, spec.endpoint, spec.sync ? sync(await provider()) : provider)
}

/** A provider that has its token already. @param {string} token */
const sync = (token) => () => token

/** @param {number} count */
const performInWorkers = async (count) => {
  /** @returns {Promise<SeenOutcome[]>} */
  const run = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { ...spec, workers: undefined } })
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const each = await Promise.all(Array.from({ length: count }, run))
  return [summed(each.flat())]
}

if (isMainThread) {
  const outcomes = await (spec.workers ? performInWorkers(spec.workers) : perform())
  process.send?.({ outcomes })
  // A case ends here: what either implementation keeps open is not its subject.
  process.exit(0)
} else {
  parentPort?.postMessage(await perform())
}
