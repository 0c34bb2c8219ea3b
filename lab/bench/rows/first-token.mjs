import { quickest, runProgram } from '../testbed/process.mjs'

const IMPLEMENTATIONS = { implementations: ['request', 'ours', 'baseline'], floor: 'request' }

/** @type {import('../testbed/measure.mjs').Row} */
export const firstToken = {
  id: 'first-token',
  ...IMPLEMENTATIONS,
  rounds: 31,
  size: { full: {}, quick: {} },
  sample: async ({ implementation, testbed }) => {
    const { message } = await runProgram(
      'first-token.cjs',
      { implementation },
      { variables: testbed.identity.variables },
    )
    return message
  },
  figures: [
    {
      id: 'first-token',
      what: 'first token, in process, App Service loopback',
      key: 'time',
      unit: 'ms',
      target: { atMost: 8 },
    },
  ],
}

/** @type {import('../testbed/measure.mjs').Row} */
export const firstTokenTls = {
  id: 'first-token-tls',
  ...IMPLEMENTATIONS,
  rounds: 9,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  sample: ({ implementation, testbed: { authority }, size }) =>
    quickest(size.tries, 'time', async () => {
      const before = authority.requests()
      const variables = { ...authority.variables, AUTHORITY_PORT: String(authority.port) }
      const { message } = await runProgram('first-token.cjs', { implementation }, { variables })
      return { ...message, requests: authority.requests() - before }
    }),
  figures: [
    {
      id: 'tls-requests',
      what: 'first token, client secret over TLS: requests',
      key: 'requests',
      unit: '',
      target: { atMost: 'baseline' },
    },
    {
      id: 'tls-time',
      what: 'first token, client secret over TLS: time',
      key: 'time',
      unit: 'ms',
      target: { atMost: 'baseline' },
    },
  ],
}
