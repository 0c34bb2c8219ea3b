'use strict'

// Calls that find their token cached: one after the other, all at once, and what they leave on the heap.

const { SCOPE, SUBJECTS, report, spec } = require('./subjects.cjs')

/** @param {() => Promise<unknown>} call */
const inTurn = async (call, calls) => {
  const began = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) await call()
  return Number(process.hrtime.bigint() - began)
}

const atOnce = async (call, calls) => {
  const began = process.hrtime.bigint()
  await Promise.all(Array.from({ length: calls }, call))
  return Number(process.hrtime.bigint() - began)
}

/** What is left on the heap by calls in turn: the young space of this process is made larger than all of it. */
const left = async (call, calls) => {
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < calls; i++) await call()
  return process.memoryUsage().heapUsed - before
}

const WAYS = { inTurn, atOnce, left }

const callOf = ({ subject, entry }) => {
  const { newCredential, newProvider } = SUBJECTS[subject]()
  if (entry === 'provider') return newProvider()
  if (entry === 'getAzureOpenAIToken') return require('azure-openai-entra').getAzureOpenAIToken
  const credential = newCredential()
  return () => credential.getToken(SCOPE)
}

const main = async (what) => {
  const call = callOf(what)
  await call()
  const measure = WAYS[what.way]
  const batches = []
  for (let i = 0; i < what.batches; i++) batches.push(await measure(call, what.calls))
  // The first ones run while the compiler still learns the code.
  const figure = batches.slice(Math.floor(batches.length / 2)).sort((a, b) => a - b)
  report({ figure: figure[Math.floor(figure.length / 2)] })
}
main(spec())
