import assert from 'node:assert/strict'
import { test } from 'node:test'

import { getAzureOpenAIToken, openTelemetryMetrics, prometheusMetrics } from 'azure-openai-entra'

import { throwsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'

/** @param {(source: import('./support/fixture.mjs').Identity) => unknown} act */
const onIdentity = (act) =>
  onSource({ start: startIdentity, variables: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' } }, act)

/** The samples of a Prometheus text, by name and labels. @param {string} text @returns {Map<string, number>} */
const samplesOf = (text) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(
        (line) =>
          /** @type {const} */ ([
            line.slice(0, line.lastIndexOf(' ')),
            Number(line.slice(line.lastIndexOf(' ') + 1)),
          ]),
      ),
  )

test("Prometheus' text has each figure, with its help and its type, and no token", () =>
  onIdentity(async (source) => {
    const before = samplesOf(prometheusMetrics())
    await getAzureOpenAIToken()
    await getAzureOpenAIToken({ scope: "https://quoted.example/it's/.default" })
    const text = prometheusMetrics()
    const samples = samplesOf(text)

    const fetches = 'azure_openai_entra_fetches_total'
    assert.equal(Number(samples.get(fetches)) - Number(before.get(fetches)), 2)
    assert.equal(samples.get('azure_openai_entra_health_status{status="ok"}'), 1)
    assert.equal(samples.get('azure_openai_entra_health_status{status="failing"}'), 0)
    const labels =
      '{scope="https://cognitiveservices.azure.com/.default",tenant="",credential="ManagedIdentityCredential"}'
    const expiry = samples.get(`azure_openai_entra_token_expiry_timestamp_seconds${labels}`)
    assert.ok(Math.abs(Number(expiry) - Date.now() / 1000 - source.tokens.lifetimeSeconds) < 60)

    for (const name of samples.keys()) {
      const [bare] = name.split('{')
      assert.ok(text.includes(`# HELP ${bare} `) && text.includes(`# TYPE ${bare} `), name)
    }
    assert.ok(text.endsWith('\n'))
    for (const token of source.tokens.issued) assert.ok(!text.includes(token))
  }))

test('a meter gets the same figures until it is told to stop', () =>
  onIdentity(async () => {
    await getAzureOpenAIToken()
    /** @type {Set<Function>} */
    const callbacks = new Set()
    /** @param {string} name @param {object} options */
    const create = (name, options) => ({ name, ...options })
    const meter = {
      createObservableCounter: create,
      createObservableGauge: create,
      addBatchObservableCallback: (/** @type {Function} */ callback) => callbacks.add(callback),
      removeBatchObservableCallback: (/** @type {Function} */ callback) => callbacks.delete(callback),
    }
    /** @typedef {{ name: string, value: number, attributes: Record<string, string> }} Observed */
    const end = openTelemetryMetrics(meter)
    /** @type {Observed[]} */
    const observed = []
    for (const callback of callbacks) {
      callback({
        observe: (
          /** @type {Observed} */ { name },
          /** @type {number} */ value,
          /** @type {Observed['attributes']} */ attributes,
        ) => observed.push({ name, value, attributes }),
      })
    }
    const expiry = observed.find(({ name }) => name === 'azure_openai_entra.token_expiry_timestamp')
    assert.equal(expiry?.attributes.credential, 'ManagedIdentityCredential')
    const [fetches] = observed.filter(({ name }) => name === 'azure_openai_entra.fetches')
    assert.ok(fetches.value >= 1)
    end()
    assert.equal(callbacks.size, 0)
  }))

test('what is no meter is refused', () => {
  for (const meter of [{}, 5, 'x', { createObservableCounter: 1 }, []]) {
    throwsWith(() => openTelemetryMetrics(/** @type {any} what an app may pass */ (meter)), {
      code: 'ENTRA_ID_CONFIGURATION',
      message: /^meter must be an OpenTelemetry Meter/,
    })
  }
})

test('without a meter and without @opentelemetry/api the error says what to install', () => {
  throwsWith(() => openTelemetryMetrics(), {
    code: 'ENTRA_ID_CONFIGURATION',
    message: /npm install @opentelemetry\/api/,
  })
})
