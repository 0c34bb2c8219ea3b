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

/** The server that each asks. @type {Record<string, 'identity' | 'authority'>} */
const CLASSES = {
  DefaultAzureCredential: 'identity',
  ManagedIdentityCredential: 'identity',
  ClientSecretCredential: 'authority',
  ClientAssertionCredential: 'authority',
  OnBehalfOfCredential: 'authority',
}

/**
 * Of OnBehalfOfCredential, each object is another user's.
 *
 * @type {import('../testbed/measure.mjs').Curve}
 */
export const objects = {
  id: 'objects',
  x: 'objects',
  rounds: 3,
  xs: { full: [1, 10, 100, 1000, 10_000], quick: [2] },
  implementations: {
    constant: Infinity,
    ...Object.fromEntries(
      Object.keys(CLASSES).flatMap((name) => [
        [`ours of ${name}`, Infinity],
        [`baseline of ${name}`, BASELINE_MOST],
      ]),
    ),
  },
  sample: async ({ implementation, className, testbed, x }) => {
    const { variables } = testbed[CLASSES[className] ?? 'identity']
    const spec = { implementation, className, objects: x, ...CALLS }
    const { message } = await runProgram('objects.cjs', spec, { variables, flags: ['--expose-gc'] })
    return message
  },
  lines: [
    {
      id: 'objects-memory',
      what: 'Memory of credential objects that each got a token, over a process without the package',
      key: 'memory',
      unit: 'MiB',
      over: 'constant',
    },
    { id: 'objects-time', what: 'Cached getToken in turn over the objects', key: 'time', unit: 'ns' },
  ],
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
