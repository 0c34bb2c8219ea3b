import assert from 'node:assert/strict'

import { clearTokenCache } from 'azure-openai-entra'

import { startAuthority } from '../../testkit/authority.mjs'
import { noDeveloperTools } from '../../testkit/azure-cli.mjs'
import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { withEnvironment } from '../../testkit/environment.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { startStandIn, valuesOf } from '../../testkit/stand-in.mjs'

/**
 * An identity stand-in. Only the authority's requests for tokens have something in their form.
 *
 * @typedef {import('../../testkit/identity.mjs').Identity} Identity
 * @typedef {Omit<Identity, 'environment'> & { environment: Record<string, string> }} Source
 *
 * @typedef {() => Promise<Source>} Start
 * @typedef {Record<string, string | undefined>} Variables
 * @typedef {import('../../testkit/azure-openai.mjs').AzureOpenAI} Azure
 * @typedef {{ source: Source, azure: Azure }} Testbed
 */

/** Where a token can come from in a test of a client. @type {{ source: string, start: Start }[]} */
export const SOURCES = [
  { source: 'managed identity', start: startIdentity },
  { source: 'client secret over TLS', start: startAuthority },
]

/**
 * Runs `act` as {@link onSource} does, with an Azure OpenAI beside the source that knows its tokens.
 *
 * @param {{ start: Start, tls?: { key: string, cert: string }, variables?: Variables }} setting
 * @param {(testbed: Testbed) => unknown} act
 */
export const onTestbed = ({ start, tls, variables }, act) =>
  onSource({ start, variables }, async (source) => {
    const azure = await startAzureOpenAI({ knows: source.knows, tls })
    try {
      await act({ source, azure })
    } finally {
      await azure.close()
    }
  })

/**
 * Runs `act` with an identity source, an empty cache and an environment in which only that source is set up.
 *
 * @template {{ environment: Variables, close: () => unknown }} S
 * @param {{ start: () => Promise<S>, variables?: Variables }} setting
 * @param {(source: S) => unknown} act
 */
export const onSource = async ({ start, variables }, act) => {
  const source = await start()
  clearTokenCache()
  try {
    await withEnvironment({ ...source.environment, ...variables }, async () => act(source))
  } finally {
    clearTokenCache()
    await source.close()
  }
}

/** An instance metadata service of a machine that has no identity. */
export const startMachineWithoutIdentity = async () => {
  const standIn = await startStandIn({
    respond: () => ({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Identity not found' },
    }),
  })
  return {
    ...standIn,
    environment: { ...noDeveloperTools(), AZURE_POD_IDENTITY_AUTHORITY_HOST: standIn.origin },
  }
}

/** API keys that clients read from the environment by themselves. */
export const strayKeys = () => ({
  OPENAI_API_KEY: secret('openai-key'),
  AZURE_OPENAI_API_KEY: secret('azure-openai-key'),
  AZURE_API_KEY: secret('azure-key'),
})

/**
 * That every request so far carried the source's one token and no key, and that the token cost one request.
 *
 * @param {Testbed} testbed
 * @param {number} requests
 */
export const assertKeyless = ({ source, azure }, requests) => {
  assert.equal(azure.requests.length, requests)
  assert.equal(source.tokenRequests().length, 1)
  const [token] = source.tokens.issued
  for (const request of azure.requests) {
    assert.deepEqual(valuesOf(request, 'authorization'), [`Bearer ${token}`])
    assert.deepEqual(valuesOf(request, 'api-key'), [])
  }
}

/**
 * Starts `calls` of `call` while the source holds its answer back, so that all of the first ones wait for it.
 *
 * @param {Source} source
 * @param {number} calls
 * @param {(index: number) => Promise<unknown>} call
 */
export const stampede = async (source, calls, call) => {
  const release = source.hold()
  const started = Array.from({ length: calls }, (_, index) => call(index))
  await source.arrived(1)
  release()
  return Promise.all(started)
}
