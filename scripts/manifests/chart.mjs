/** Renders the proxy's Helm chart with Helm's own engine. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { pythonEnvironment, pythonPrograms } from '../platforms/toolchain.mjs'
import { root, StepFailed } from '../support/run.mjs'

export const CHART = join(root, 'proxy/helm')
const PROGRAM = fileURLToPath(new URL('render.py', import.meta.url))

const REQUIRED = {
  upstream: 'https://my-resource.openai.azure.com',
  keySecret: { name: 'local-keys', key: 'keys' },
  clientId: '11111111-1111-1111-1111-111111111111',
}

/** What the check renders: the least that one can give, and everything. */
export const VALUES = [
  REQUIRED,
  {
    ...REQUIRED,
    tls: { secretName: 'proxy-tls' },
    allowHosts: ['proxy.example.com'],
    allowPaths: ['/openai/v1/files*', '/openai/v1/vector_stores*'],
    env: [{ name: 'AZURE_OPENAI_ENTRA_HOSTS', value: 'my-resource.openai.azure.com' }],
    image: { repository: 'example.azurecr.io/proxy', digest: `sha256:${'0'.repeat(64)}` },
    imagePullSecrets: [{ name: 'pull' }],
    replicas: 3,
    autoscaling: { enabled: false },
    networkPolicy: {
      enabled: true,
      clients: [{ namespaceSelector: { matchLabels: { team: 'ai' } } }],
      metrics: [{ podSelector: { matchLabels: { app: 'prometheus' } } }],
      egressPorts: [443, 3128],
    },
    podAnnotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8788' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'ai', operator: 'Exists' }],
  },
]

/**
 * What each set of values gives: what is wrong, or the manifests by their templates.
 *
 * @param {object[]} values
 * @returns {Promise<{ faults: string[], manifests: Record<string, string> }[]>}
 */
export async function renderChart(values) {
  const python = join(pythonPrograms(await pythonEnvironment('helm')), 'python')
  const options = { input: JSON.stringify(values), encoding: /** @type {const} */ ('utf8'), timeout: 120_000 }
  const { status, stdout, stderr } = spawnSync(python, [PROGRAM, CHART], options)
  if (status !== 0) throw new StepFailed(`helm ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
