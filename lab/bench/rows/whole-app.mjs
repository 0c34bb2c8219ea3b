import { randomUUID } from 'node:crypto'

import { withServer } from '../testbed/endpoints.mjs'
import { buildNextApp, coldStart } from '../testbed/next-app.mjs'
import { quickest, runProgram } from '../testbed/process.mjs'

/**
 * A route of Next.js that asks App Service's endpoint for a token.
 *
 * @type {import('../testbed/measure.mjs').Row<string>}
 */
export const nextRoute = {
  id: 'next-route',
  implementations: ['request', 'ours', 'baseline'],
  floor: 'request',
  rounds: 7,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  prepare: buildNextApp,
  sample: ({ implementation, testbed: { identity }, size, prepared: server }) =>
    quickest(size.tries, 'cold', () => coldStart(server, `/api/${implementation}`, identity.variables)),
  figures: [
    {
      id: 'next-cold',
      what: 'Next.js: from its start to the first answer of a route',
      key: 'cold',
      unit: 'ms',
    },
    {
      id: 'next-request',
      what: 'Next.js: first request to a route that needs a token',
      key: 'request',
      unit: 'ms',
      // What a first token may take.
      target: { atMost: 8, over: 'floor' },
    },
  ],
}

/** @type {import('../testbed/measure.mjs').Row} */
export const lambda = {
  id: 'lambda',
  implementations: ['request', 'ours', 'baseline'],
  floor: 'request',
  rounds: 9,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  sample: ({ implementation, testbed: { authority }, size }) =>
    quickest(size.tries, 'cold', () => {
      /** @type {{ next: number, response: number }} */
      const at = { next: NaN, response: NaN }
      /** @type {import('node:http').RequestListener} */
      const runtimeApi = ({ url = '' }, response) => {
        at[url.endsWith('/next') ? 'next' : 'response'] = performance.now()
        response.setHeader('lambda-runtime-aws-request-id', randomUUID()).end('{}')
      }
      return withServer(runtimeApi, async (url) => {
        const { variables, port } = authority
        const more = { AUTHORITY_PORT: String(port), AWS_LAMBDA_RUNTIME_API: new URL(url).host }
        const began = performance.now()
        await runProgram('lambda.cjs', { implementation }, { variables: { ...variables, ...more } })
        return { init: at.next - began, cold: at.response - began }
      })
    }),
  figures: [
    { id: 'lambda-init', what: 'AWS Lambda: init', key: 'init', unit: 'ms' },
    {
      id: 'lambda-cold',
      what: 'AWS Lambda: from its start to the first answer with a token',
      key: 'cold',
      unit: 'ms',
      target: { atMost: 1, of: 'floor' },
    },
  ],
}
