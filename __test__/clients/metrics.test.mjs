import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken, openTelemetryMetrics, prometheusMetrics } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { client, clientsPath, versionOf } from '../support/clients.mjs'
import { onSource } from '../support/fixture.mjs'

/** @typedef {import('../support/clients.mjs').Driven} Driven */
/** @typedef {import('../support/fixture.mjs').Identity} Identity */

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const ODD = "https://a.example/it's={1}/.default"

/** @param {(source: Identity) => unknown} act */
const onIdentity = (act) =>
  onSource({ start: startIdentity, variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' } }, act)

describe(`parse-prometheus-text-format ${versionOf('parse-prometheus-text-format')}`, () => {
  const parse = client('parse-prometheus-text-format')

  test('reads every metric, with its type, its help and its labels, behind those of prom-client too', () =>
    onIdentity(async (source) => {
      await getAzureOpenAIToken()
      await getAzureOpenAIToken({ scope: ODD })
      const { Counter, Registry } = client('prom-client')
      const register = new Registry()
      new Counter({ name: 'requests_total', help: 'Requests.', registers: [register] }).inc(3)

      /** @type {Driven[]} */
      const read = parse((await register.metrics()) + prometheusMetrics())
      const families = new Map(read.map((family) => [family.name, family]))
      assert.equal(families.get('requests_total').metrics[0].value, '3')
      const ours = read.filter(({ name }) => name.startsWith('azure_openai_entra_'))
      assert.equal(ours.length, 7)
      for (const { help, type } of ours) {
        assert.ok(help.endsWith('.'))
        assert.match(type, /^(COUNTER|GAUGE)$/)
      }
      assert.equal(families.get('azure_openai_entra_fetches_total').metrics[0].value, '2')
      /** @type {Driven[]} */
      const statuses = families.get('azure_openai_entra_health_status').metrics
      assert.deepEqual(
        statuses.map(({ labels, value }) => [labels.status, value]),
        [
          ['idle', '0'],
          ['ok', '1'],
          ['degraded', '0'],
          ['failing', '0'],
        ],
      )
      /** @type {Driven[]} */
      const expiries = families.get('azure_openai_entra_token_expiry_timestamp_seconds').metrics
      assert.deepEqual(expiries.map(({ labels }) => labels.scope).toSorted(), [ODD, SCOPE].toSorted())
      for (const { value } of expiries) {
        assert.ok(Math.abs(value - Date.now() / 1000 - source.tokens.lifetimeSeconds) < 60)
      }
    }))
})

describe(`@opentelemetry/sdk-metrics ${versionOf('@opentelemetry/sdk-metrics')}`, () => {
  const { MeterProvider, MetricReader } = client('@opentelemetry/sdk-metrics')

  /** Reads when it is told to. */
  class Reader extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}

    /** What was measured, by name: each with its data points. */
    async read() {
      const { resourceMetrics, errors } = await this.collect()
      assert.deepEqual(errors, [])
      return new Map(
        resourceMetrics.scopeMetrics
          .flatMap((/** @type {Driven} */ { metrics }) => metrics)
          .map((/** @type {Driven} */ metric) => [metric.descriptor.name, metric]),
      )
    }
  }

  /** @param {(setting: { reader: Driven, provider: Driven, source: Identity }) => unknown} act */
  const withProvider = (act) =>
    onIdentity(async (source) => {
      const reader = new Reader()
      const provider = new MeterProvider({ readers: [reader] })
      try {
        await getAzureOpenAIToken()
        await act({ reader, provider, source })
      } finally {
        await provider.shutdown()
      }
    })

  /** @param {Map<string, Driven>} metrics @param {number} lifetimeSeconds */
  const assertMeasured = (metrics, lifetimeSeconds) => {
    assert.equal(metrics.size, 7)
    assert.ok(metrics.get('azure_openai_entra.fetches').dataPoints[0].value >= 1)
    assert.equal(metrics.get('azure_openai_entra.fetches').isMonotonic, true)
    const expiry = metrics.get('azure_openai_entra.token_expiry_timestamp')
    assert.equal(expiry.descriptor.unit, 's')
    const [{ value, attributes }] = expiry.dataPoints
    assert.deepEqual(attributes, { scope: SCOPE, tenant: '', credential: 'ManagedIdentityCredential' })
    assert.ok(Math.abs(value - Date.now() / 1000 - lifetimeSeconds) < 60)
  }

  test('a meter of a provider gets every figure until it is told to stop', () =>
    withProvider(async ({ reader, provider, source }) => {
      const end = openTelemetryMetrics(provider.getMeter('the-app'))
      assertMeasured(await reader.read(), source.tokens.lifetimeSeconds)
      end()
      // The SDK goes on with what it heard last.
      const fetches = async () => (await reader.read()).get('azure_openai_entra.fetches').dataPoints[0].value
      const heard = await fetches()
      await getAzureOpenAIToken({ forceRefresh: true })
      assert.equal(await fetches(), heard)
    }))

  test("without a meter the app's own @opentelemetry/api gives one", () =>
    withProvider(async ({ reader, provider, source }) => {
      const { metrics } = client('@opentelemetry/api')
      const { argv } = process
      // An app whose entry point stands beside its packages.
      process.argv = [argv[0], join(clientsPath, 'package.json')]
      metrics.setGlobalMeterProvider(provider)
      try {
        const end = openTelemetryMetrics()
        assertMeasured(await reader.read(), source.tokens.lifetimeSeconds)
        end()
      } finally {
        metrics.disable()
        process.argv = argv
      }
    }))
})
