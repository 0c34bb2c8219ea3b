import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { freePort } from '../../../testkit/listen.mjs'
import { stop } from '../../../testkit/process.mjs'
import { root, run } from '../../../scripts/support/run.mjs'
import { appFolder, installApp, packInto } from '../../support/installed-app.mjs'
import { installedApp } from './packages.mjs'
import { environmentOf } from './process.mjs'

const SOURCES = fileURLToPath(new URL('../next-app', import.meta.url))
const PACKAGES = { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' }
const VARIABLES = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', HOSTNAME: '127.0.0.1' }
/** How long a server may take to be ready, and to answer. */
const LIMIT_MS = 60_000

/**
 * Installs and builds the app outside of the repository. The next run finds its packages there.
 *
 * @returns {Promise<string>} the program of its server
 */
export const buildNextApp = async () => {
  const folder = appFolder('bench-next')
  const modules = join(await installedApp(), 'node_modules')
  const ours = await packInto(join(modules, 'azure-openai-entra'), folder)
  const platform = readdirSync(modules).find((name) => name !== 'azure-openai-entra') ?? ''
  const addon = await packInto(join(modules, platform), folder)
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const dependencies = {
    ...PACKAGES,
    '@azure/identity': devDependencies['@azure/identity'],
    'azure-openai-entra': `file:${ours}`,
    [platform]: `file:${addon}`,
  }
  await installApp(folder, { dependencies })
  cpSync(SOURCES, folder, { recursive: true })
  const command = [process.execPath, join(folder, 'node_modules/next/dist/bin/next'), 'build']
  await run(`building ${folder}`, command, { cwd: folder, env: { ...process.env, ...VARIABLES } })
  return join(folder, '.next/standalone/server.js')
}

/**
 * Starts the server, and asks one route once.
 *
 * @param {string} server
 * @param {string} route
 * @param {Record<string, string>} variables
 * @returns {Promise<{ cold: number, request: number }>} ms from the start of the process to the answer, and of the request
 */
export const coldStart = async (server, route, variables) => {
  const port = await freePort()
  const env = environmentOf({ ...VARIABLES, PORT: String(port), ...variables })
  const began = performance.now()
  const child = spawn(process.execPath, [server], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await isReady(child)
    const ready = performance.now()
    const signal = AbortSignal.timeout(LIMIT_MS)
    const response = await fetch(`http://127.0.0.1:${port}${route}`, { signal })
    const body = await response.text()
    const answered = performance.now()
    if (!response.ok) throw new Error(`${route} answered ${response.status}: ${body}`)
    return { cold: answered - began, request: answered - ready }
  } finally {
    await stop(child, { signal: 'SIGKILL' })
  }
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} child */
const isReady = async (child) => {
  let said = ''
  const signal = AbortSignal.timeout(LIMIT_MS)
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  while (!said.includes('Ready in')) {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error(`Next.js ended: ${said}`)
    })
    await Promise.race([once(child.stdout, 'data', { signal }), ended])
  }
}
