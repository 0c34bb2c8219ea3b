import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'

import { getAzureOpenAIAuthHeaders } from 'azure-openai-entra'

import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { tls } from '../../testkit/tls.mjs'
import { client, versionOf } from '../support/clients.mjs'
import { onSource } from '../support/fixture.mjs'

describe('getAzureOpenAIAuthHeaders for a WebSocket', () => {
  for (const name of ['undici-6', 'undici-7']) {
    test(`undici ${versionOf(name)}: the Realtime API opens by the token`, () =>
      onSource(
        { start: startIdentity, variables: { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost' } },
        async (source) => {
          const certificate = await tls()
          const azure = await startAzureOpenAI({ knows: source.knows, tls: certificate, isRealtime: true })
          const { Agent, WebSocket } = client(name)
          const dispatcher = new Agent({ connect: { ca: certificate.ca } })
          try {
            const url = `${azure.origin.replace('https:', 'wss:')}/openai/v1/realtime?model=realtime`
            const socket = new WebSocket(url, {
              dispatcher,
              headers: await getAzureOpenAIAuthHeaders({ url }),
            })
            const [{ data }] = await once(socket, 'message')
            assert.equal(JSON.parse(data).type, 'session.created')
            socket.close()
            await once(socket, 'close')
            assert.equal(source.requests.length, 1)
          } finally {
            await dispatcher.destroy()
            await azure.close()
          }
        },
      ))
  }

  for (const url of [
    'ws://my-resource.openai.azure.com/openai/v1/realtime',
    'wss://foreign.example/openai/v1/realtime',
    'wss://user@my-resource.openai.azure.com/openai/v1/realtime',
    'wss://my-resource.openai.azure.com.evil.example/',
  ]) {
    test(`${url} gets none`, () =>
      onSource({ start: startIdentity }, async (source) => {
        for (const address of [url, new URL(url)]) {
          await assert.rejects(getAzureOpenAIAuthHeaders({ url: address }), {
            code: 'ENTRA_ID_CONFIGURATION',
          })
        }
        assert.equal(source.requests.length, 0)
      }))
  }
})
