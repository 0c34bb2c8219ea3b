import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { environmentWith } from './environment.mjs'
import { stop } from './process.mjs'
import { secret } from './secrets.mjs'

const execute = promisify(execFile)

const ending = process.platform === 'win32' ? '.exe' : ''
/** The program that `cargo test` builds before the tests in JavaScript run. */
export const TESTED_PROXY = fileURLToPath(
  new URL(`../target/debug/azure-openai-entra-proxy${ending}`, import.meta.url),
)
/** Why its tests do not run, if it is not built. */
export const skipProxy = existsSync(TESTED_PROXY)
  ? false
  : 'Run `cargo build -p azure-openai-entra-proxy` first.'

/** @typedef {Awaited<ReturnType<typeof startProxyProgram>>} ProxyProgram */

/**
 * Starts `azure-openai-entra-proxy` and waits until it is ready.
 *
 * @param {{
 *   program?: string, upstream: string, variables: Record<string, string | undefined>, key?: string, listen?: string,
 *   flags?: string[],
 * }} options `variables` are those of the credential and of the upstream's CA
 */
export const startProxyProgram = async ({
  program = TESTED_PROXY,
  upstream,
  variables,
  key = secret('local-key'),
  listen = '127.0.0.1:0',
  flags = [],
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-proxy-'))
  const admin = `unix:${join(folder, 'admin.sock')}`
  const env = environmentWith({
    AZURE_OPENAI_ENTRA_HOSTS: 'localhost',
    AZURE_OPENAI_ENTRA_PLACEHOLDER: key,
    ...variables,
  })
  const args = ['--upstream', upstream, '--listen', listen, '--admin', admin, ...flags]
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  let [said, log] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text))
  const fail = (/** @type {string} */ why) => new Error(`The proxy ${why}: ${log || said}`)
  try {
    await Promise.race([
      execute(program, ['wait', '--admin', admin, '--timeout', '20'], { env }),
      exit.then(() => Promise.reject(fail('ended'))),
    ])
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const [, origin] = /Listening on (\S+) for/.exec(said) ?? []
  if (origin === undefined) throw fail('does not say where it listens')
  return {
    origin,
    key,
    pid: /** @type {number} */ (child.pid),
    /** What it has logged. */
    log: () => log,
    /** Its exit code after `signal`. @param {NodeJS.Signals} [signal] */
    stop: async (signal = 'SIGTERM') => {
      const { code } = await stop(child, { signal })
      rmSync(folder, { recursive: true, force: true })
      return code
    },
  }
}

/** Sends a chat through the proxy. @param {ProxyProgram} proxy */
export const chatThrough = ({ origin, key }) =>
  fetch(`${origin}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Hello' }] }),
  })
