import { runProgram } from '../testbed/process.mjs'

/** The rival's time grows with the square of some of these, so it is asked for less. */
const RIVAL_MOST = 1000

/** Batches so short that a busy machine leaves most alone, and enough to come by every scope. */
const CALLS = { batches: 101, calls: 100 }

export const keys = {
  id: 'keys',
  x: 'scopes in use',
  rounds: 3,
  xs: { full: [1, 10, 100, 1000, 10_000], quick: [1, 10] },
  subjects: { constant: Infinity, ours: Infinity, rival: RIVAL_MOST },
  sample: async ({ subject, stage, x }) => {
    const spec = { subject, keys: x, ...CALLS }
    const { message } = await runProgram('keys.cjs', spec, stage.identity)
    return message
  },
  lines: [{ id: 'keys', what: 'Cached credential.getToken', key: 'time', unit: 'ns' }],
}

export const threads = {
  id: 'threads',
  x: 'worker threads',
  rounds: 3,
  xs: { full: [1, 2, 4, 8, 16, 32, 64], quick: [1, 2] },
  subjects: { empty: Infinity, ours: Infinity, rival: Infinity },
  sample: async ({ subject, stage, x }) => {
    const { message } = await runProgram('workers.cjs', { subject, workers: x }, stage.identity)
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

export const waiters = {
  id: 'waiters',
  x: 'callers at once',
  rounds: 3,
  xs: { full: [1, 10, 100, 1000, 10_000, 100_000], quick: [1, 10] },
  subjects: { request: Infinity, ours: Infinity, rival: RIVAL_MOST },
  sample: async ({ subject, stage, x }) => {
    const spec = { subject, callers: x, credentials: 1 }
    const { message } = await runProgram('cold-callers.cjs', spec, stage.identity)
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
