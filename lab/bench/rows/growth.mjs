import { runProgram } from '../testbed/process.mjs'

/** The baseline's time grows with the square of some of these, so it is asked for less. */
const BASELINE_MOST = 1000

/** Batches so short that a busy machine leaves most alone, and enough to come by every scope. */
const CALLS = { batches: 101, calls: 100 }

/** @type {import('../testbed/measure.mjs').Curve} */
export const keys = {
  id: 'keys',
  x: 'scopes in use',
  rounds: 3,
  xs: { full: [1, 10, 100, 1000, 10_000], quick: [1, 10] },
  implementations: { constant: Infinity, ours: Infinity, baseline: BASELINE_MOST },
  sample: async ({ implementation, testbed, x }) => {
    const spec = { implementation, keys: x, ...CALLS }
    const { message } = await runProgram('keys.cjs', spec, testbed.identity)
    return message
  },
  lines: [{ id: 'keys', what: 'Cached credential.getToken', key: 'time', unit: 'ns' }],
}

/** @type {import('../testbed/measure.mjs').Curve} */
export const threads = {
  id: 'threads',
  x: 'worker threads',
  rounds: 3,
  xs: { full: [1, 2, 4, 8, 16, 32, 64], quick: [1, 2] },
  implementations: { empty: Infinity, ours: Infinity, baseline: Infinity },
  sample: async ({ implementation, testbed, x }) => {
    const { message } = await runProgram('workers.cjs', { implementation, workers: x }, testbed.identity)
    return message
  },
  lines: [
    {
      id: 'threads',
      what: 'Memory of worker threads with a token, over empty ones',
      key: 'memory',
      unit: 'MiB',
      over: 'empty',
    },
  ],
}

/** @type {import('../testbed/measure.mjs').Curve} */
export const waiters = {
  id: 'waiters',
  x: 'callers at once',
  rounds: 3,
  xs: { full: [1, 10, 100, 1000, 10_000, 100_000], quick: [1, 10] },
  implementations: { request: Infinity, ours: Infinity, baseline: BASELINE_MOST },
  sample: async ({ implementation, testbed, x }) => {
    const spec = { implementation, callers: x, credentials: 1 }
    const { message } = await runProgram('cold-callers.cjs', spec, testbed.identity)
    return message
  },
  lines: [
    { id: 'waiters', what: 'A first token: until all callers have it', key: 'time', unit: 'ms' },
    {
      id: 'waiters-delay',
      what: 'A first token: longest the event loop stood still',
      key: 'delay',
      unit: 'ms',
    },
  ],
}
