/** What is measured side by side: each is a proxy that adds a token to requests for an upstream over TLS. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { StepFailed } from '../../scripts/support/run.mjs'
import { environmentWith } from '../../testkit/environment.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { freePort } from '../../testkit/listen.mjs'
import { stop, until } from '../../testkit/process.mjs'
import { startProxyProgram } from '../../testkit/proxy-program.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { startNginx } from './nginx.mjs'

const START_MS = 240_000

/** @typedef {{ origin: string, key: string, pid: number, target?: string, stop: () => Promise<unknown> }} Running */
/** @typedef {{ upstream: string, caFile: string, answer?: string }} Setting */

/**
 * The sides, ours first.
 *
 * @param {{ program: string, python?: string }} programs
 * @returns {Record<string, (setting: Setting) => Promise<Running>>}
 */
export const sides = ({ program, python }) => ({
  proxy: async ({ upstream, caFile }) => {
    const identity = await startIdentity()
    const variables = { ...identity.environment, SSL_CERT_FILE: caFile }
    const running = await startProxyProgram({ program, upstream, variables, flags: ['--log-level', 'warn'] })
    return { ...running, stop: async () => Promise.all([running.stop(), identity.close()]) }
  },
  nginx: async ({ upstream }) => {
    const { host } = new URL(upstream)
    const port = await freePort()
    const running = await startNginx(
      `listen 127.0.0.1:${port};
    location / {
      proxy_pass https://azure; proxy_http_version 1.1; proxy_buffering off; client_max_body_size 32m;
      proxy_set_header Host ${host}; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer ${secret('token')}";
    }`,
      `upstream azure { server ${host.replace('localhost', '127.0.0.1')}; keepalive 64; keepalive_requests 10000000; }`,
    )
    return { ...running, origin: `http://127.0.0.1:${port}`, key: 'none' }
  },
  node: async ({ upstream, caFile }) => {
    const key = secret('local-key')
    const file = fileURLToPath(new URL('programs/node-proxy.mjs', import.meta.url))
    const env = environmentWith({
      UPSTREAM: upstream,
      KEY: key,
      TOKEN: secret('token'),
      NODE_EXTRA_CA_CERTS: caFile,
    })
    const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(child.stdout, 'data')
    return {
      origin: String(line).trim(),
      key,
      pid: /** @type {number} */ (child.pid),
      stop: () => stop(child),
    }
  },
  ...(python && { LiteLLM: (/** @type {Setting} */ setting) => startLiteLlm(python, setting) }),
})

/** @param {string} python @param {Setting} setting @returns {Promise<Running>} */
const startLiteLlm = async (python, { upstream, caFile }) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-litellm-'))
  const [key, port] = [`sk-${secret('local-key')}`, await freePort()]
  const params = {
    model: 'azure/chat',
    api_base: upstream,
    api_key: secret('key'),
    api_version: '2024-10-21',
  }
  const config = {
    model_list: [{ model_name: 'chat', litellm_params: params }],
    general_settings: { master_key: key },
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config))
  const env = environmentWith({
    SSL_CERT_FILE: caFile,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    NO_PROXY: '127.0.0.1,localhost',
  })
  const program = join(python, '..', 'litellm')
  const args = [
    '--config',
    join(folder, 'config.yaml'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--num_workers',
    '1',
  ]
  const child = spawn(program, args, { env, cwd: folder, stdio: 'ignore' })
  const origin = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${origin}/health/liveliness`).then(
      ({ ok }) => ok,
      () => false,
    )
  const end = async () => {
    await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
  if (!(await until(child, isReady, START_MS))) {
    await end()
    throw new StepFailed('LiteLLM did not start.')
  }
  return { origin, target: '/v1/chat/completions', key, pid: /** @type {number} */ (child.pid), stop: end }
}
