import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'

import { run as doctor } from '../cli/doctor/command.mjs'
import entra from '../index.js'
import { collectingLogger, tee } from './support/tee.mjs'
import { Issuer, startAssertingHost, startGitHubActions, startGoogleCloud } from '../testkit/assertions.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'
import { tls } from '../testkit/tls.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const OPENAI = 'https://my-resource.openai.azure.com/openai/models'
const AUDIENCE = 'api://AzureADTokenExchange'
const CHANNELS = ['fetch', 'refresh', 'failure', 'fallback'].map((name) =>
  channel(`azure-openai-entra:${name}`),
)

/** What was logged and published. @type {string[]} */
const heard = []
/** @param {unknown} message */
const hear = (message) => heard.push(inspect(message, { depth: 12, maxStringLength: null }))
const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, hear]))

before(() => {
  for (const each of CHANNELS) each.subscribe(hear)
  entra.setLogger(tee(/** @type {any} with all four */ (logger)))
})
after(() => {
  entra.setLogger(collectingLogger)
  for (const each of CHANNELS) each.unsubscribe(hear)
})

/** An issuer behind no endpoint: its assertion is in a file. */
const inFile = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-assertion-'))
  const issuer = new Issuer('https://issuer.example', 'chat')
  const file = join(folder, 'assertion')
  writeFileSync(file, issuer.mint(AUDIENCE))
  const close = async () => rmSync(folder, { recursive: true })
  return { issuer, close, environment: { AZURE_FEDERATED_TOKEN_FILE: file } }
}

const SOURCES = {
  'a file': inFile,
  'a file, by the token proxy of a cluster': inFile,
  'a managed identity': startAssertingHost,
  'GitHub Actions': async () => startGitHubActions(await tls()),
  'Google Cloud': startGoogleCloud,
}

for (const [name, start] of Object.entries(SOURCES)) {
  test(`no surface tells an assertion that the endpoint says again: ${name}`, async () => {
    const certificate = await tls()
    const source = await start()
    const authority = await startStandIn({
      tls: certificate,
      respond: ({ body }) => ({
        status: 401,
        body: { error: 'invalid_client', error_description: `AADSTS700024: ${decodeURIComponent(body)}` },
      }),
    })
    const byCluster = {
      AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true',
      AZURE_KUBERNETES_TOKEN_PROXY: authority.origin,
      AZURE_KUBERNETES_CA_FILE: certificate.caFile,
    }
    const variables = {
      AZURE_AUTHORITY_HOST: authority.origin,
      AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
      AZURE_CLIENT_ID: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      AZURE_TENANT_ID: 'contoso.example',
      AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential',
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      ...source.environment,
      ...(name.includes('cluster') && byCluster),
    }
    /** @type {string[]} */
    const told = []
    entra.clearTokenCache()
    try {
      await withEnvironment(variables, async () => {
        await assert.rejects(new entra.DefaultAzureCredential().getToken(SCOPE), (error) => {
          told.push(inspect(error, { depth: 12, showHidden: true, maxStringLength: null }))
          told.push(JSON.stringify(error))
          return true
        })
        const response = await entra.entraIdFetch()(OPENAI)
        told.push(inspect([...response.headers]), await response.text())
        told.push(JSON.stringify(await entra.checkHealth({ details: true })), entra.prometheusMetrics())
        await doctor(['--json'], (text) => told.push(text))
      })
      told.push(...heard.splice(0))
      // Proves that the endpoint was sent it, and that the search covered what the endpoint said.
      const minted = [...source.issuer.minted.keys()]
      const sent = authority.requests.map(({ body }) => new URLSearchParams(body).get('client_assertion'))
      assert.ok(minted.length > 0 && sent.some((each) => each !== null && minted.includes(each)))
      assert.match(told.join('\n'), /AADSTS700024: /)
      for (const part of minted.flatMap((each) => each.split('.').slice(1))) {
        assert.ok(
          told.every((each) => !each.includes(part)),
          'an assertion is told',
        )
      }
    } finally {
      await Promise.all([source.close(), authority.close()])
    }
  })
}
