import { runProgram } from '../testbed/process.mjs'
import { median } from '../../support/statistics.mjs'

/** @typedef {{ refreshes: number, rss: number, heapUsed: number }} Look */

/** Short enough to see one end, with an endpoint as far away as Entra is. */
const MANNER = { lifetimeS: 6, delayMs: 300 }

/**
 * @param {{ id: string, what: string, full: object, quick: object }} row
 * @returns {import('../testbed/measure.mjs').Row}
 */
const longestWait = ({ id, what, full, quick }) => ({
  id,
  implementations: ['constant', 'ours', 'baseline'],
  floor: 'constant',
  rounds: 3,
  size: { full, quick },
  sample: async ({ implementation, testbed: { identity }, size }) => {
    identity.answer(MANNER)
    try {
      const { message } = await runProgram('refresh-wait.cjs', { implementation, ...size }, identity)
      return message
    } finally {
      identity.answer()
    }
  },
  figures: [{ id, what, key: 'longest', unit: 'ms', target: { atMost: 2, over: 'floor' } }],
})

/** One refresh of ours lies within; the first token has expired at the end. */
const BEYOND_EXPIRY_MS = 7000

export const refreshWait = longestWait({
  id: 'refresh-wait',
  what: 'longest wait, across a healthy refresh',
  full: { forMs: BEYOND_EXPIRY_MS },
  quick: { forMs: 20 },
})

export const idleWait = longestWait({
  id: 'idle-wait',
  what: 'longest wait, after idling past a refresh',
  full: { idleMs: BEYOND_EXPIRY_MS },
  quick: { idleMs: 20 },
})

/** Under five minutes the baseline asks for a new one at every call; ours is told to, and refuses what is no newer. */
/** @type {Record<string, { isGrowing?: boolean, lifetimeS?: number }>} */
const REFRESHING = { ours: { isGrowing: true }, baseline: { lifetimeS: 60 } }

/** @type {import('../testbed/measure.mjs').Row} */
export const memoryKept = {
  id: 'memory-kept',
  implementations: ['ours', 'baseline'],
  rounds: 1,
  // The baseline's are slower, and a tenth of them shows as much.
  size: { full: { ours: 200_000, baseline: 20_000 }, quick: { ours: 40, baseline: 40 } },
  sample: async ({ implementation, testbed: { identity }, size }) => {
    identity.answer(REFRESHING[implementation])
    const before = identity.requests()
    const spec = { implementation, refreshes: size[implementation] }
    const { message } = await runProgram('refreshes.cjs', spec, { ...identity, flags: ['--expose-gc'] })
    identity.answer()
    const requests = identity.requests() - before
    if (requests !== size[implementation])
      throw new Error(`${implementation} made ${requests} requests of ${size[implementation]}`)
    return { ...message, ...perRefresh(message.looks) }
  },
  figures: [
    {
      id: 'memory-kept',
      what: 'memory kept by each of 100,000 refreshes',
      key: 'rss',
      unit: 'B',
      // The engine's and the allocator's own pages come and go by as much.
      target: { atMost: 16 },
    },
    { id: 'heap-kept', what: 'of that, on the JavaScript heap', key: 'heapUsed', unit: 'B' },
  ],
}

/**
 * From the second quarter to the last: by then allocators and compiler are warm. Their medians, because a page that was
 * given back during a single look is no growth of all others.
 *
 * @param {Look[]} looks
 */
const perRefresh = (looks) => {
  const [from, to] = [looks.slice(looks.length / 4, looks.length / 2), looks.slice((looks.length * 3) / 4)]
  /** @param {Look[]} some @param {keyof Look} key */
  const middle = (some, key) => median(some.map((look) => look[key]))
  const half = (looks.at(-1)?.refreshes ?? 0) / 2
  const grown = (/** @type {keyof Look} */ key) => (middle(to, key) - middle(from, key)) / half
  return { rss: grown('rss'), heapUsed: grown('heapUsed') }
}
