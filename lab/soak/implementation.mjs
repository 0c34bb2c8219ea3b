/**
 * One implementation under load, in a process of its own. Threads come and go in rounds; between two rounds, when all
 * of them have gone, it tells its parent how large it is.
 *
 *     node implementation.mjs <spec as JSON>
 */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { KINDS } from './keys.mjs'
import { LONGEST_WAIT_MS, count, startLoad, zero } from './load.mjs'

const THREADS = 8
const ROUND_MS = 8000
const SHORTEST_LIFE_MS = 200
const LONGEST_LIFE_MS = 4000
const ENDINGS = ['ends', 'exits', 'terminated']

/** Node has it with --expose-gc. */
const collectGarbage = /** @type {NodeJS.GCFunction} */ (globalThis.gc)

const { implementation, burst, environments } = JSON.parse(process.argv[2])
const kinds = Object.keys(KINDS)
const surroundings = { ...process.env }

const totals = zero()
/** @param {import('./load.mjs').Totals} more */
const add = ({ failures, wrong, errors, ...counts }) => {
  for (const [name, many] of Object.entries(counts)) totals[/** @type {keyof typeof counts} */ (name)] += many
  for (const [code, many] of Object.entries(failures)) count(totals.failures, code, many)
  for (const [what, many] of Object.entries(wrong)) count(totals.wrong, what, many)
  totals.errors.push(...errors)
}

/** One thread's life. @param {string} kind @param {string} ending @param {number} leftMs */
const live = async (kind, ending, leftMs) => {
  const lifeMs = Math.min(SHORTEST_LIFE_MS + Math.random() * LONGEST_LIFE_MS, leftMs)
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { implementation, burst, kind, ending, lifeMs },
    env: { ...surroundings, ...environments[kind] },
  })
  totals.threads += 1
  worker.on('message', add)
  worker.on('error', (error) => totals.errors.push(`a thread ended with ${error.stack}`))
  const gone = once(worker, 'exit')
  if (ending === 'terminated') {
    // It has loaded what it needs: Node leaks the file that a thread is reading when it is terminated.
    await once(worker, 'message')
    await setTimeout(lifeMs)
    await worker.terminate()
  }
  await gone.catch(() => {})
}

const round = () => {
  const until = Date.now() + ROUND_MS
  const seat = async (/** @type {unknown} */ _, /** @type {number} */ index) => {
    for (let nth = index; Date.now() + SHORTEST_LIFE_MS < until; nth++) {
      await live(kinds[index % kinds.length], ENDINGS[nth % ENDINGS.length], until - Date.now())
    }
  }
  return Promise.all(Array.from({ length: THREADS }, seat))
}

/** How many files the folder of `/proc/self` lists, if it exists. @param {string} folder */
const listed = (folder) => {
  try {
    return readdirSync(`/proc/self/${folder}`).length
  } catch {
    return undefined
  }
}

const measure = async () => {
  for (let again = 0; again < 3; again++) {
    collectGarbage()
    await setTimeout(100)
  }
  return {
    residentBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    descriptors: listed('fd'),
    threads: listed('task'),
  }
}

const stopping = new AbortController()
process.once('message', () => stopping.abort())

Object.assign(process.env, environments[kinds[0]])
const load = startLoad({ implementation, burst, keys: KINDS[kinds[0]] })
while (!stopping.signal.aborted) {
  await round()
  add(load.take())
  process.send?.({ at: Date.now(), ...(await measure()), totals })
}
await load.stop(LONGEST_WAIT_MS)
add(load.take())
process.send?.({ totals })
process.disconnect()
