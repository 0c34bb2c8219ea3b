import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import entra from '../index.js'
import { startAuthority } from '../testkit/authority.mjs'
import { startAzureOpenAI } from '../testkit/azure-openai.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { chatThrough, skipProxy, startProxyProgram } from '../testkit/proxy-program.mjs'
import { tls } from '../testkit/tls.mjs'
import { makeCluster, startTokenProxy } from '../testkit/token-proxy.mjs'

const { DefaultAzureCredential, ManagedIdentityCredential, WorkloadIdentityCredential, clearTokenCache } =
  entra
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ENABLED = { AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true' }

/**
 * @typedef {{
 *   authority: Awaited<ReturnType<typeof startAuthority>>, cluster: Awaited<ReturnType<typeof startTokenProxy>>,
 *   variables: Record<string, string>, write: (ca: string) => void,
 * }} Pod `write` replaces the CA file
 */

/**
 * Calls `act` in a pod of a cluster with identity bindings, whose variables have `more`.
 *
 * @param {Record<string, string>} more
 * @param {(pod: Pod) => unknown} act
 */
async function inPod(more, act) {
  const folder = mkdtempSync(join(tmpdir(), 'entra-pod-'))
  const [token, caFile] = [join(folder, 'token'), join(folder, 'ca.pem')]
  const authority = await startAuthority()
  const cluster = await startTokenProxy(authority)
  const write = (/** @type {string} */ ca) => writeFileSync(caFile, ca)
  write(cluster.ca)
  writeFileSync(token, authority.federatedToken)
  const variables = {
    ...authority.workloadEnvironment(token),
    ...cluster.environment,
    AZURE_KUBERNETES_CA_FILE: caFile,
    AZURE_TOKEN_CREDENTIALS: 'prod',
    ...more,
  }
  clearTokenCache()
  try {
    await withEnvironment(variables, () => act({ authority, cluster, variables, write }))
  } finally {
    await Promise.all([cluster.close(), authority.close()])
    rmSync(folder, { recursive: true })
  }
}

/** @type {Record<string, [Record<string, string>, () => InstanceType<typeof DefaultAzureCredential>]>} */
const WAYS = {
  'WorkloadIdentityCredential by its option': [
    {},
    () => new WorkloadIdentityCredential({ enableAzureProxy: true }),
  ],
  'the default chain by its option': [{}, () => new DefaultAzureCredential({ enableAzureProxy: true })],
  'WorkloadIdentityCredential by the variable': [ENABLED, () => new WorkloadIdentityCredential()],
  'the default chain by the variable': [ENABLED, () => new DefaultAzureCredential()],
  'the pod’s managed identity by the variable': [ENABLED, () => new ManagedIdentityCredential()],
  'an app with a transport of its own': [
    { ...ENABLED, AZURE_OPENAI_ENTRA_TRANSPORT: 'node' },
    () => new DefaultAzureCredential(),
  ],
  'an app behind a proxy of its network': [
    { ...ENABLED, HTTPS_PROXY: 'http://127.0.0.1:1' },
    () => new DefaultAzureCredential(),
  ],
}
for (const [name, [more, make]] of Object.entries(WAYS)) {
  test(`the token proxy, and not the authority, serves ${name}`, () =>
    inPod(more, async ({ authority, cluster }) => {
      const { token } = await make().getToken(SCOPE)
      assert.ok(authority.knows(token))
      assert.equal(authority.requests.length, 0)
      const [{ method, path, headers }, ...others] = cluster.requests
      assert.deepEqual([method, path], ['POST', `/proxy/${authority.tenantId}/oauth2/v2.0/token`])
      assert.equal(headers.host, `127.0.0.1:${cluster.port}`)
      assert.deepEqual([others, cluster.names], [[], [cluster.environment.AZURE_KUBERNETES_SNI_NAME]])
    }))
}

test('the token proxy serves azure-openai-entra-proxy', { skip: skipProxy }, () =>
  inPod(ENABLED, async ({ authority, cluster, variables }) => {
    const azure = await startAzureOpenAI({ knows: authority.knows, tls: await tls() })
    const proxy = await startProxyProgram({
      upstream: azure.origin,
      variables: { ...variables, SSL_CERT_FILE: authority.caFile },
    })
    try {
      const answer = await chatThrough(proxy)
      assert.equal(answer.status, 200, proxy.log())
      assert.deepEqual([authority.requests.length, cluster.requests.length > 0], [0, true])
    } finally {
      await proxy.stop()
      await azure.close()
    }
  }),
)

/** @type {[string, { enableAzureProxy?: boolean }, Record<string, string>][]} */
const DIRECT = [
  ['without an opt-in', {}, {}],
  ['if the option says no', { enableAzureProxy: false }, ENABLED],
]
for (const [name, options, more] of DIRECT) {
  test(`${name} the exchange goes to the authority`, () =>
    inPod(more, async ({ authority, cluster }) => {
      const { token } = await new WorkloadIdentityCredential(options).getToken(SCOPE)
      assert.ok(authority.knows(token))
      assert.deepEqual([authority.tokenRequests().length, cluster.connections()], [1, 0])
    }))
}

test('the CA can be in a variable', () =>
  inPod(ENABLED, async ({ authority, cluster }) => {
    delete process.env.AZURE_KUBERNETES_CA_FILE
    process.env.AZURE_KUBERNETES_CA_DATA = cluster.ca
    const { token } = await new WorkloadIdentityCredential().getToken(SCOPE)
    assert.ok(authority.knows(token))
  }))

test('no CA but the cluster’s is trusted, and the assertion is not sent to a stranger', () =>
  inPod(ENABLED, async ({ cluster, write, variables }) => {
    const stranger = await makeCluster()
    process.env.NODE_EXTRA_CA_CERTS = variables.AZURE_KUBERNETES_CA_FILE + '.extra'
    writeFileSync(process.env.NODE_EXTRA_CA_CERTS, cluster.ca)
    write(stranger.ca)
    await assert.rejects(new WorkloadIdentityCredential().getToken(SCOPE), (/** @type {Error} */ error) => {
      assert.match(error.message, /only the CA of the cluster's token proxy is trusted/)
      assert.match(error.message, /AZURE_KUBERNETES_CA_FILE/)
      return true
    })
    assert.equal(cluster.requests.length, 0)
  }))

test('a CA file that is replaced is read again, and an empty one leaves the last in use', () =>
  inPod(ENABLED, async ({ authority, cluster, write }) => {
    const credential = new WorkloadIdentityCredential()
    const served = async () => {
      const { token } = await credential.getToken(SCOPE, { forceRefresh: true })
      return authority.knows(token) && token === authority.tokens.issued.at(-1)
    }
    assert.ok(await served())
    write('')
    assert.ok(await served())
    write(await cluster.rotate())
    assert.ok(await served())
    write('')
    assert.ok(await served())
  }))

test('a CA file that is stale is named', () =>
  inPod(ENABLED, async ({ cluster }) => {
    await cluster.rotate()
    await assert.rejects(new WorkloadIdentityCredential().getToken(SCOPE), /AZURE_KUBERNETES_CA_FILE/)
    assert.equal(cluster.requests.length, 0)
  }))

test('what a refusal says is in the error, with the binding to make and without the assertion', () =>
  inPod(ENABLED, async ({ authority, cluster }) => {
    const body = { kind: 'Status', message: 'service account is not allowed to use the identity' }
    cluster.always({ status: 403, body })
    await assert.rejects(new DefaultAzureCredential().getToken(SCOPE), (/** @type {Error} */ error) => {
      assert.match(error.message, /is not allowed to use the identity/)
      assert.match(error.message, /az aks identity-binding list/)
      assert.ok(error.message.includes(`use-managed-identity on ${authority.clientId}`), error.message)
      assert.ok(!error.message.includes(authority.federatedToken))
      return true
    })
  }))
