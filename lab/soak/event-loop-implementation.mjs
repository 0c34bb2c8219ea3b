/**
 * The event loop that `event-loop.mjs` looks at. The endpoints are its parent's, so that this loop has nothing but the
 * callers' work.
 */
import { once } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'

import { clearTokenCache, getAzureOpenAIToken } from 'azure-openai-entra'

const ROUND_MS = 1500
const WAIT_MS = 200

/** The gaps between the turns of a loop that always has another one, in ms: what others do in a turn lies in between. @param {() => Promise<unknown>} act */
const gapsWhile = async (act) => {
  /** @type {number[]} */
  const gaps = []
  const over = new AbortController()
  const acting = act().finally(() => over.abort())
  let last = performance.now()
  while (!over.signal.aborted) {
    await setImmediate()
    const now = performance.now()
    gaps.push(now - last)
    last = now
  }
  await acting
  return gaps
}

/**
 * Callers with an empty cache, all at once, again and again until the round is over.
 *
 * @param {number} callers
 * @param {{ timeoutMs?: number }} [options]
 */
const stampedes = (callers, options) => async () => {
  const until = performance.now() + ROUND_MS
  while (performance.now() < until) {
    clearTokenCache()
    await Promise.allSettled(Array.from({ length: callers }, () => getAzureOpenAIToken(options)))
  }
}

/** @type {Record<string, () => Promise<unknown>>} */
const ACTS = {
  nothing: () => setTimeout(ROUND_MS),
  'are answered': stampedes(1000),
  'wait for a timeout': stampedes(100, { timeoutMs: WAIT_MS }),
}

const tell = (/** @type {unknown} */ message) => {
  process.send?.(message)
  return once(process, 'message')
}

let [order] = await tell('ready')
while (order !== 'end') {
  Object.assign(process.env, order.environment)
  const gaps = (await gapsWhile(ACTS[order.act])).sort((a, b) => a - b)
  clearTokenCache()
  for (const name of Object.keys(order.environment)) delete process.env[name]
  ;[order] = await tell({
    longest: gaps.at(-1),
    usual: gaps[Math.floor(gaps.length / 2)],
    turns: gaps.length,
  })
}
process.disconnect()
