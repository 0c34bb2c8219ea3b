import { createRequire } from 'node:module'

import { runProgram } from '../testbed/process.mjs'

/** Of a young space that is never collected in between. */
const HEAP_FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

/**
 * @param {{
 *   id: string, what: string, entry: string, way: string, unit: string, calls: number, batches: number,
 *   target: import('../testbed/measure.mjs').Target, flags?: string[], per?: number,
 *   server?: 'identity' | 'authority', rounds?: number,
 * }} row `per` is what a measured figure is divided by
 * @returns {import('../testbed/measure.mjs').Row}
 */
const row = ({
  id,
  what,
  entry,
  way,
  unit,
  calls,
  batches,
  target,
  flags = [],
  per = 1,
  server = 'identity',
  rounds = 11,
}) => ({
  id,
  implementations: ['constant', 'ours', 'baseline'],
  floor: 'constant',
  rounds,
  size: { full: { calls, batches }, quick: { calls: 100, batches: 1 } },
  sample: async ({ implementation, testbed, size }) => {
    const theirs = entry === 'getAzureOpenAIToken' && implementation !== 'ours' ? 'provider' : entry
    const spec = { implementation, entry: theirs, way, ...size }
    const { message } = await runProgram('calls.cjs', spec, { variables: testbed[server].variables, flags })
    return { figure: message.figure / per }
  },
  figures: [{ id, what, key: 'figure', unit, target }],
})

const inTurn = { way: 'inTurn', unit: 'ns', calls: 20_000, batches: 301 }

export const providerCall = row({
  id: 'provider-call',
  what: 'cached provider call, awaited',
  entry: 'provider',
  target: { atMost: 1.6, of: 'floor' },
  ...inTurn,
})

export const functionCall = row({
  id: 'function-call',
  what: 'cached `getAzureOpenAIToken`, awaited',
  entry: 'getAzureOpenAIToken',
  target: { atMost: 1.6, of: 'floor' },
  ...inTurn,
})

export const credentialCall = row({
  id: 'credential-call',
  what: 'cached `credential.getToken`, awaited',
  entry: 'credential',
  target: { atMost: 2, of: 'floor' },
  ...inTurn,
})

/** @type {[name: string, server: 'identity' | 'authority'][]} */
const CLASSES = [
  ['ManagedIdentityCredential', 'identity'],
  ['EnvironmentCredential', 'authority'],
  ['ClientSecretCredential', 'authority'],
  ['ClientAssertionCredential', 'authority'],
  ['OnBehalfOfCredential', 'authority'],
]

export const classCalls = CLASSES.map(([name, server]) =>
  row({
    id: `class-${name}`,
    what: `cached \`getToken\` of ${name}, awaited`,
    entry: name,
    server,
    target: { atMost: 2, of: 'floor' },
    ...inTurn,
    // A call of the baseline's OnBehalfOfCredential takes milliseconds.
    calls: 2000,
    rounds: 5,
  }),
)

export const concurrentCalls = row({
  id: 'concurrent-calls',
  what: '10,000 concurrent cached calls',
  entry: 'provider',
  way: 'atOnce',
  unit: 'ms',
  calls: 10_000,
  batches: 11,
  per: 1e6,
  target: { atMost: 2, of: 'floor' },
})

export const heapPerCall = row({
  id: 'heap-per-call',
  what: 'heap per cached call',
  entry: 'provider',
  way: 'left',
  unit: 'B',
  calls: 10_000,
  batches: 5,
  flags: HEAP_FLAGS,
  target: { atMost: 1, of: 'floor' },
})

const isExported = 'entraIdFetch' in createRequire(import.meta.url)('azure-openai-entra')

/** There once the package has the wrapper. @type {import('../testbed/measure.mjs').Row | false} */
export const wrappedFetch = isExported && {
  id: 'wrapped-fetch',
  implementations: ['plain', 'copying', 'ours'],
  floor: 'copying',
  rounds: 11,
  size: { full: { calls: 5000, batches: 11 }, quick: { calls: 20, batches: 1 } },
  sample: async ({ implementation, testbed, size }) => {
    const options = { variables: testbed.identity.variables }
    const { message } = await runProgram('wrapped-fetch.cjs', { implementation, ...size }, options)
    return { time: message.time / 1000 }
  },
  figures: [
    {
      id: 'wrapped-fetch',
      what: '`entraIdFetch` over plain fetch, a request of 15 headers',
      key: 'time',
      unit: 'µs',
      over: 'plain',
      target: { atMost: 10 },
    },
  ],
}
