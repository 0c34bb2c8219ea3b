import { runProgram } from '../testbed/process.mjs'

/** @typedef {{ id: string, what: string, credentials: number, server?: 'identity' | 'authority' }} Arrangement */

/** @type {Arrangement[]} */
const ARRANGEMENTS = [
  { id: 'one', what: 'one credential', credentials: 1 },
  { id: 'ten', what: 'ten credentials', credentials: 10 },
  { id: 'each', what: 'a new one per call', credentials: Infinity },
  { id: 'secret', what: 'client secret, a new one per call', credentials: Infinity, server: 'authority' },
]

/** @param {Arrangement} arrangement @returns {import('../testbed/measure.mjs').Row} */
const coldCallers = ({ id, what, credentials, server = 'identity' }) => ({
  id: `cold-callers-${id}`,
  implementations: ['ours', 'baseline'],
  rounds: 3,
  size: { full: { callers: 1000 }, quick: { callers: 10 } },
  sample: async ({ implementation, testbed, size: { callers } }) => {
    const { requests, variables } = testbed[server]
    const before = requests()
    const spec = { implementation, callers, credentials: Math.min(credentials, callers) }
    const { message } = await runProgram('cold-callers.cjs', spec, { variables })
    return { ...message, requests: requests() - before }
  },
  figures: [
    {
      id: `cold-callers-${id}`,
      what: `1,000 cold callers, ${what}: requests`,
      key: 'requests',
      unit: '',
      target: { atMost: 1 },
    },
    ...(id === 'one'
      ? [
          {
            id: 'loop-delay',
            what: '1,000 cold callers: longest the event loop stood still',
            key: 'delay',
            unit: 'ms',
          },
        ]
      : []),
  ],
})

export const stampedes = ARRANGEMENTS.map(coldCallers)

/** @type {import('../testbed/measure.mjs').Row} */
export const workers = {
  id: 'workers',
  implementations: ['empty', 'nothing', 'ours', 'baseline'],
  rounds: 7,
  size: { full: { workers: 8 }, quick: { workers: 2 } },
  sample: async ({ implementation, testbed, size }) => {
    const { requests, variables } = testbed.identity
    const before = requests()
    const { message } = await runProgram('workers.cjs', { implementation, ...size }, { variables })
    return { ...message, memory: message.memory / size.workers, requests: requests() - before }
  },
  figures: [
    {
      id: 'worker-requests',
      what: '8 worker threads: requests',
      key: 'requests',
      unit: '',
      target: { atMost: 1 },
    },
    {
      id: 'worker-memory',
      what: '8 worker threads: memory of each over an empty one',
      key: 'memory',
      unit: 'MiB',
      over: 'empty',
      floor: 'nothing',
      target: { atMost: 2 ** 20 },
    },
  ],
}

/** @type {import('../testbed/measure.mjs').Row} */
export const refusedTokens = {
  id: 'refused-tokens',
  implementations: ['ours'],
  rounds: 3,
  size: { full: { workers: 8, requests: 100 }, quick: { workers: 2, requests: 3 } },
  sample: async ({ testbed: { identity }, size }) => {
    const before = identity.requests()
    await runProgram('refused-tokens.cjs', size, { variables: identity.variables })
    // The first one gets the token that is refused.
    return { forced: identity.requests() - before - 1 }
  },
  figures: [
    {
      id: 'refused-tokens',
      what: '8 worker threads, 100 requests each, all refused with 401: forced fetches',
      key: 'forced',
      unit: '',
      target: { atMost: 1 },
    },
  ],
}
