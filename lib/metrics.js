'use strict'

const { cacheStats } = require('./cache')
const { configurationError } = require('./error')
const { cacheHealth } = require('./health')
const { wrong } = require('./options')
const { handed, nameOf, own } = require('./own')
const { requirePeer } = require('./require-peer')
const { version } = require('../package.json')

/** @typedef {import('./native').StatsFields} Stats */
/** @typedef {{ value: number, labels?: Record<string, string> }} Sample */

const STATUSES = ['idle', 'ok', 'degraded', 'failing']

/**
 * What is measured, by the names of Prometheus; OpenTelemetry's have dots and no unit in them.
 *
 * @type {{ name: string, help: string, type: 'counter' | 'gauge', read: (stats: Stats) => Sample[] }[]}
 */
const METRICS = [
  {
    name: 'fetches_total',
    help: 'Acquisitions of a token started.',
    type: 'counter',
    read: ({ fetches }) => [{ value: fetches }],
  },
  {
    name: 'fetch_failures_total',
    help: 'Acquisitions of a token that failed.',
    type: 'counter',
    read: ({ failures }) => [{ value: failures }],
  },
  {
    name: 'fallbacks_total',
    help: 'Requests that fell back to their API key.',
    type: 'counter',
    read: ({ fallbacks }) => [{ value: fallbacks }],
  },
  {
    name: 'fetches_in_flight',
    help: 'Acquisitions of a token under way.',
    type: 'gauge',
    read: ({ inFlight }) => [{ value: inFlight }],
  },
  {
    name: 'health_status',
    help: 'How tokens are served: 1 for the status that holds.',
    type: 'gauge',
    read: () => {
      const { status } = cacheHealth(false)
      return STATUSES.map((each) => ({ value: each === status ? 1 : 0, labels: { status: each } }))
    },
  },
  {
    name: 'token_expiry_timestamp_seconds',
    help: 'When a held token expires, in seconds since the epoch.',
    type: 'gauge',
    read: ({ tokens }) =>
      tokens.map((token) => ({ value: token.expiresOnTimestamp / 1000, labels: labelsOf(token) })),
  },
  {
    name: 'token_refresh_timestamp_seconds',
    help: 'When a held token is due for refresh, in seconds since the epoch.',
    type: 'gauge',
    read: ({ tokens }) =>
      tokens.map((token) => ({ value: token.refreshAfterTimestamp / 1000, labels: labelsOf(token) })),
  },
]

/** @param {import('./native').HeldFields} token */
function labelsOf(token) {
  const { scopes, tenantId, credential } = own(token)
  return { scope: scopes.join(' '), tenant: tenantId ?? '', credential }
}

/**
 * One sample for each set of labels: credentials that are configured apart can hold tokens for the same, and the one
 * that expires first is the one to watch.
 *
 * @param {Sample[]} samples
 */
function distinct(samples) {
  /** @type {Map<string, Sample>} */
  const byLabels = new Map()
  for (const each of samples) {
    const sample = own(each)
    const name = nameOf(sample.labels)
    const known = byLabels.get(name)
    if (known === undefined || sample.value < known.value) byLabels.set(name, sample)
  }
  return [...byLabels.values()]
}

/** @type {typeof import('..').prometheusMetrics} */
function prometheusMetrics() {
  const stats = cacheStats()
  const lines = METRICS.flatMap(({ name, help, type, read }) => {
    const full = `azure_openai_entra_${name}`
    const samples = distinct(read(stats)).map(({ value, labels }) => `${full}${inBraces(labels)} ${value}`)
    return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...samples]
  })
  return `${lines.join('\n')}\n`
}

/** @param {Record<string, string> | undefined} labels */
function inBraces(labels) {
  if (labels === undefined) return ''
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return `{${pairs.join(',')}}`
}

/** @param {string} value */
function escaped(value) {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** What is called of a meter. */
const METHODS = /** @type {const} */ ([
  'createObservableCounter',
  'createObservableGauge',
  'addBatchObservableCallback',
  'removeBatchObservableCallback',
])

/** @type {typeof import('..').openTelemetryMetrics} */
function openTelemetryMetrics(meter) {
  const target = meter ?? globalMeter()
  if (METHODS.some((name) => typeof target[name] !== 'function'))
    throw wrong('meter', `an OpenTelemetry Meter with the methods ${METHODS.join(', ')}`, meter)
  const instruments = METRICS.map(({ name, help, type, read }) => {
    const options = handed({ description: help, unit: name.endsWith('_seconds') ? 's' : '1' })
    const full = `azure_openai_entra.${name.replace(/_total$|_seconds$/, '')}`
    const instrument =
      type === 'counter'
        ? target.createObservableCounter(full, options)
        : target.createObservableGauge(full, options)
    return { instrument, read }
  })
  const observables = instruments.map(({ instrument }) => instrument)
  const callback = (/** @type {any} OpenTelemetry's */ result) => {
    const stats = cacheStats()
    for (const { instrument, read } of instruments) {
      for (const { value, labels } of distinct(read(stats))) result.observe(instrument, value, labels)
    }
  }
  target.addBatchObservableCallback(callback, observables)
  return () => target.removeBatchObservableCallback(callback, observables)
}

/** @returns {import('..').OpenTelemetryMeter} */
function globalMeter() {
  const api = requirePeer('@opentelemetry/api')
  if (api === undefined) {
    throw configurationError(
      'meter is missing, and @opentelemetry/api is not installed in this app. Pass a meter, or run: npm install @opentelemetry/api',
    )
  }
  return api.metrics.getMeter('azure-openai-entra', version)
}

module.exports = { openTelemetryMetrics, prometheusMetrics }
