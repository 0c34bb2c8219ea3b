import { quickest, runProgram } from '../testbed/process.mjs'

const SUBJECTS = { subjects: ['request', 'ours', 'rival'], floor: 'request' }

export const firstToken = {
  id: 'first-token',
  ...SUBJECTS,
  rounds: 31,
  size: { full: {}, quick: {} },
  sample: async ({ subject, stage }) => {
    const { message } = await runProgram(
      'first-token.cjs',
      { subject },
      { variables: stage.identity.variables },
    )
    return message
  },
  figures: [
    {
      id: 'first-token',
      what: 'first token, in process, App Service loopback',
      key: 'time',
      unit: 'ms',
      target: { atMost: 12 },
    },
  ],
}

export const firstTokenTls = {
  id: 'first-token-tls',
  ...SUBJECTS,
  rounds: 9,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  sample: ({ subject, stage: { authority }, size }) =>
    quickest(size.tries, 'time', async () => {
      const before = authority.requests()
      const variables = { ...authority.variables, AUTHORITY_PORT: String(authority.port) }
      const { message } = await runProgram('first-token.cjs', { subject }, { variables })
      return { ...message, requests: authority.requests() - before }
    }),
  figures: [
    {
      id: 'tls-requests',
      what: 'first token, client secret over TLS: requests',
      key: 'requests',
      unit: '',
      target: { atMost: 'rival' },
    },
    {
      id: 'tls-time',
      what: 'first token, client secret over TLS: time',
      key: 'time',
      unit: 'ms',
      target: { atMost: 'rival' },
    },
  ],
}
