import assert from 'node:assert/strict'
import http from 'node:http'
import { describe, test } from 'node:test'

import { clearTokenCache, getAzureOpenAIToken, healthHandler } from 'azure-openai-entra'

import { close, listen } from '../../testkit/listen.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { rejectsWith } from '../support/errors.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { onSource } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */

const refused = { status: 400, body: { error: 'invalid_request' } }

/**
 * Serves the handler at /readyz in each way that docs/health.md shows; gives the port and how to end it.
 *
 * @type {Record<string, (handler: http.RequestListener) => Promise<{ port: number, end: () => Promise<unknown> }>>}
 */
const SERVERS = {
  express: async (handler) => {
    const app = client('express')()
    app.all('/readyz', handler)
    const server = http.createServer(app)
    return { port: await listen(server), end: () => close(server) }
  },
  fastify: async (handler) => {
    const fastify = client('fastify')()
    fastify.route({
      method: ['GET', 'HEAD', 'POST'],
      url: '/readyz',
      handler: (/** @type {Driven} */ request, /** @type {Driven} */ reply) => {
        reply.hijack()
        handler(request.raw, reply.raw)
      },
    })
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    return { port: fastify.server.address().port, end: () => fastify.close() }
  },
}

for (const [name, serve] of Object.entries(SERVERS)) {
  describe(`${name} ${versionOf(name)}`, () => {
    test('the probe gets status and code, 200 and 503, and nothing that its query asks for', () =>
      onSource(
        { start: startIdentity, variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' } },
        async (source) => {
          const { port, end } = await serve(healthHandler())
          const ask = async (query = '', options = {}) => {
            const response = await fetch(`http://127.0.0.1:${port}/readyz${query}`, options)
            return [response.status, await response.text()]
          }
          try {
            assert.deepEqual(await ask('?details=true&fetch=true'), [200, '{"status":"idle"}'])
            assert.equal(source.requests.length, 0)
            await getAzureOpenAIToken()
            assert.deepEqual(await ask(), [200, '{"status":"ok"}'])
            assert.deepEqual(await ask('', { method: 'HEAD' }), [200, ''])
            assert.deepEqual(await ask('', { method: 'POST' }), [405, ''])

            clearTokenCache()
            source.always(refused)
            await rejectsWith(getAzureOpenAIToken(), {})
            assert.deepEqual(await ask(), [503, '{"status":"failing","code":"ENTRA_ID_REJECTED"}'])
          } finally {
            await end()
          }
        },
      ))
  })
}
