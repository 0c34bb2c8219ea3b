import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

import { fakeAzureCli } from '../../../testkit/azure-cli.mjs'
import { close, freePort, listen } from '../../../testkit/listen.mjs'
import { withServer } from '../testbed/endpoints.mjs'
import { runProgram } from '../testbed/process.mjs'

const OURS_AND_BASELINE = { implementations: ['ours', 'baseline'] }

/** What `az` says, for an hour. */
const login = () => {
  const expires = new Date(Date.now() + 3_600_000)
  return {
    accessToken: randomUUID(),
    expiresOn: expires.toISOString(),
    expires_on: Math.floor(expires.getTime() / 1000),
    tokenType: 'Bearer',
  }
}

/**
 * Runs `use` with an `az` on the PATH that is logged in.
 *
 * @template T
 * @param {(az: ReturnType<typeof fakeAzureCli>) => Promise<T>} use
 */
const withAzureCli = async (use) => {
  const az = fakeAzureCli({ stdout: login() })
  try {
    return await use(az)
  } finally {
    az.remove()
  }
}

/**
 * A row of how long an identity endpoint that gives nothing holds up the chain until `az` is asked.
 *
 * @param {{ id: string, what: string, manner: import('node:http').RequestListener | undefined,
 *   variables: (url: string) => Record<string, string> }} row without a manner no process listens
 * @returns {import('../testbed/measure.mjs').Row}
 */
const nextSource = ({ id, what, manner, variables }) => ({
  id,
  ...OURS_AND_BASELINE,
  rounds: 3,
  size: { full: {}, quick: {} },
  sample: ({ implementation }) =>
    withAzureCli(async ({ environment: { PATH } }) => {
      const token = async (/** @type {string} */ url) => {
        const spec = [{ implementation }, { variables: { PATH, ...variables(url) } }]
        const { message } = await runProgram('first-token.cjs', .../** @type {[object, object]} */ (spec))
        return { time: message.time / 1000 }
      }
      return manner ? withServer(manner, token) : token('http://127.0.0.1:1')
    }),
  figures: [{ id, what, key: 'time', unit: 's', target: { atMost: 3 } }],
})

export const refusedEndpoint = nextSource({
  id: 'refused-endpoint',
  what: 'identity endpoint that refuses connections, until `az` serves',
  manner: undefined,
  variables: (url) => ({ IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: randomUUID() }),
})

export const foreignMetadata = nextSource({
  id: 'foreign-metadata',
  what: 'metadata service that answers 404, until `az` serves',
  manner: (_, response) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not Found</html>'),
  variables: (url) => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: url }),
})

/** @type {import('../testbed/measure.mjs').Row} */
export const azureCliCallers = {
  id: 'az-callers',
  ...OURS_AND_BASELINE,
  rounds: 3,
  size: { full: { callers: 100 }, quick: { callers: 3 } },
  sample: ({ implementation, size: { callers } }) =>
    withAzureCli(async ({ environment, calls }) => {
      const spec = { implementation, callers, credentials: 1 }
      const { message } = await runProgram('cold-callers.cjs', spec, { variables: environment })
      return { ...message, processes: calls().filter((line) => line === 'get-access-token').length }
    }),
  figures: [
    {
      id: 'az-processes',
      what: '100 callers, `az`: processes',
      key: 'processes',
      unit: '',
      target: { atMost: 1 },
    },
    { id: 'az-time', what: '100 callers, `az`: until all have a token', key: 'time', unit: 'ms' },
  ],
}

/**
 * How an endpoint fails that will recover; without a way, no process listens.
 *
 * @type {Record<string, { what: string, fail?: import('node:http').RequestListener }>}
 */
const FAULTS = {
  500: { what: '500', fail: (_, response) => response.writeHead(500).end() },
  503: { what: '503', fail: (_, response) => response.writeHead(503).end() },
  429: { what: '429 without Retry-After', fail: (_, response) => response.writeHead(429).end() },
  reset: { what: 'reset', fail: (request) => request.socket.resetAndDestroy() },
  refused: { what: 'refused connections' },
  silence: { what: 'silence', fail: () => {} },
}

/** @param {import('node:http').ServerResponse} response */
const healthy = (response) => {
  const expiresOn = String(Math.floor(Date.now() / 1000) + 3600)
  const token = { access_token: randomUUID(), expires_on: expiresOn, token_type: 'Bearer' }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token))
}

/** @param {string} id @returns {import('../testbed/measure.mjs').Row} */
const recovery = (id) => ({
  id: `recovery-${id}`,
  ...OURS_AND_BASELINE,
  rounds: 3,
  size: { full: { outageMs: 10_000, limitMs: 60_000 }, quick: { outageMs: 50, limitMs: 3000 } },
  sample: async ({ implementation, size: { outageMs, limitMs } }) => {
    const { fail } = FAULTS[id]
    let healthyAt = Infinity
    /** The outage begins with the first request, or with this process if none can arrive. */
    const begin = () => {
      healthyAt = Date.now() + outageMs
    }
    const server = createServer((request, response) => {
      if (healthyAt === Infinity) begin()
      return fail && Date.now() < healthyAt ? fail(request, response) : healthy(response)
    })
    const port = fail ? await listen(server) : await freePort()
    if (!fail) begin()
    const listening = fail ? undefined : setTimeout(() => server.listen(port, '127.0.0.1'), outageMs)
    const variables = {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: randomUUID(),
    }
    try {
      const { message } = await runProgram('recovery.cjs', { implementation, limitMs }, { variables })
      return { time: (message.at - healthyAt) / 1000 }
    } finally {
      clearTimeout(listening)
      server.closeAllConnections()
      await close(server)
    }
  },
  figures: [
    {
      id: `recovery-${id}`,
      what: `from the end of an outage (${FAULTS[id].what}) to the first token`,
      key: 'time',
      unit: 's',
      target: { atMost: 2 },
    },
  ],
})

export const recoveries = Object.keys(FAULTS).map(recovery)
