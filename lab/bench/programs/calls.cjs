'use strict'

// Calls that find their token cached: one after the other, all at once, and what they leave on the heap.

const { SCOPE, IMPLEMENTATIONS, report, spec } = require('./implementations.cjs')

/** Shorter than what a busy machine gives a process at a time, so that most batches run undisturbed. */
const BATCH_NS = 300_000
/** Node has it with --expose-gc. */
const collectGarbage = /** @type {NodeJS.GCFunction} */ (globalThis.gc)

/**
 * @typedef {() => Promise<unknown>} Call
 * @typedef {{
 *   implementation: import('./implementations.cjs').Name, entry: string, way: 'inTurn' | 'atOnce' | 'left',
 *   calls: number, batches: number,
 * }} Spec
 */

/** @param {Call} call @param {number} calls */
const timeOf = async (call, calls) => {
  const began = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) await call()
  return Number(process.hrtime.bigint() - began)
}

/** @type {Record<Spec['way'], (call: Call, calls: number) => Promise<() => Promise<number>>>} */
const WAYS = {
  /** ns for each. */
  inTurn: async (call, calls) => {
    const each = (await timeOf(call, calls)) / calls
    const inBatch = Math.ceil(BATCH_NS / each)
    return async () => (await timeOf(call, inBatch)) / inBatch
  },
  /** ns for all. */
  atOnce: async (call, calls) => async () => {
    const began = process.hrtime.bigint()
    await Promise.all(Array.from({ length: calls }, call))
    return Number(process.hrtime.bigint() - began)
  },
  /** Bytes that each leaves on the heap: the young space of this process is made larger than all of them. */
  left: async (call, calls) => async () => {
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < calls; i++) await call()
    return (process.memoryUsage().heapUsed - before) / calls
  },
}

/** @param {Spec} spec @returns {Call} */
const callOf = ({ implementation, entry }) => {
  const { newCredential, newProvider } = IMPLEMENTATIONS[implementation]()
  if (entry === 'provider') return newProvider()
  if (entry === 'getAzureOpenAIToken') return require('azure-openai-entra').getAzureOpenAIToken
  const credential = newCredential(entry === 'credential' ? undefined : entry)
  return () => credential.getToken(SCOPE)
}

/** @param {Spec} what */
const main = async (what) => {
  const call = callOf(what)
  await call()
  const measure = await WAYS[what.way](call, what.calls)
  /** @type {number[]} */
  const batches = []
  for (let i = 0; i < what.batches; i++) batches.push(await measure())
  // The first ones run while the compiler still learns the code.
  const later = batches.slice(Math.floor(batches.length / 2)).sort((a, b) => a - b)
  report({ figure: later[Math.floor(later.length / 2)] })
}
main(spec())
