import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { placeFiles } from './files.mjs'
import { startServers } from './servers.mjs'
import { withNames } from './normalise.mjs'
import { killGroup } from '../../../testkit/process.mjs'
import { spawnedTools, writeTools } from '../../../testkit/tools.mjs'

const IMPLEMENTATION = fileURLToPath(new URL('../implementation.mjs', import.meta.url))
const DEFAULT_LIMIT_MS = 12_000

/**
 * Runs one case for one implementation: fresh servers, a fresh process, a clean environment.
 *
 * @typedef {import('../cases/common.mjs').Setting} Setting
 * @typedef {import('../cases/common.mjs').Side} Side
 * @typedef {import('../cases/common.mjs').Spec} Spec
 * @typedef {import('../cases/common.mjs').Ran} Ran
 * @typedef {{ certificates: string, clock?: string, isolated: boolean, baseline?: string }} Settings of a run
 * @typedef {Record<string, string>} Places what stands for `{host}`, `{files}` and the like
 * @param {Setting} it
 * @param {Side} implementation
 * @param {Settings} settings
 * @returns {Promise<import('../cases/common.mjs').Seen>}
 */
export const runCase = async (it, implementation, { certificates, clock, isolated, baseline }) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-conformance-'))
  const [files, bin] = ['files', 'bin'].map((name) => join(folder, name))
  for (const path of [files, bin]) mkdirSync(path)
  const servers = await startServers(it, { certificates, isolated })
  try {
    const record = join(folder, 'spawned')
    const places = {
      ...servers.places,
      '{proxy with password}': servers.places['{proxy}'].replace('//', '//user:p%40ss@'),
      '{proxy address}': servers.places['{proxy}'].replace('http://', ''),
      '{host by name}': servers.places['{host}'].replace('127.0.0.1', 'localhost'),
      '{files}': files,
      '{certificates}': certificates,
      '{thumbprint}': thumbprint(certificates),
    }
    writeTools(bin, it.tools ?? {}, record)
    const written = placeFiles(it.files ?? {}, files, (text) => fill(text, places))
    const env = environment(it, { places, bin, certificates, servers, folder, clock, isolated })
    const spec = implementationSpec(it, implementation, {
      places,
      clockFile: env.CONFORMANCE_CLOCK,
      baseline,
    })
    const run = await runImplementation(spec, { env, cwd: folder, limit: it.limitMs ?? DEFAULT_LIMIT_MS })
    for (const file of written) rmSync(file, { recursive: true, force: true })
    const names = [
      ...Object.entries(servers.places).map(([place, address]) => [address, place]),
      ...Object.entries(servers.places).map(([place, address]) => [new URL(address).host, place]),
      [files, '{files}'],
      [certificates, '{certificates}'],
      [folder, '{folder}'],
    ]
    return {
      ...named(run, names),
      requests: servers.requests(),
      proxied: servers.proxied(),
      spawned: spawnedTools(record),
    }
  } finally {
    await servers.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} certificates */
const thumbprint = (certificates) =>
  new X509Certificate(readFileSync(join(certificates, 'server.pem'))).fingerprint.replaceAll(':', '')

/** @param {Ran} ran @param {string[][]} names @returns {Ran} */
const named = (ran, names) => JSON.parse(withNames(JSON.stringify(ran), names))

/**
 * `{host}`, `{files}` and the like, in all texts of a value.
 *
 * @template Value
 * @param {Value} value
 * @param {Places} places
 * @returns {Value}
 */
const fill = (value, places) => {
  /** @param {unknown} part @returns {unknown} */
  const filled = (part) => {
    if (typeof part === 'string')
      return Object.entries(places).reduce((text, [name, to]) => text.split(name).join(to), part)
    if (Array.isArray(part)) return part.map(filled)
    if (part === null || typeof part !== 'object') return part
    return Object.fromEntries(Object.entries(part).map(([name, element]) => [name, filled(element)]))
  }
  return /** @type {Value} */ (filled(value))
}

/**
 * Nothing of this process's own environment but what Node needs.
 *
 * @param {Setting} it
 * @param {{ places: Places, bin: string, certificates: string, folder: string, clock?: string, isolated: boolean,
 *   servers: Awaited<ReturnType<typeof startServers>> }} surroundings
 * @returns {Record<string, string>}
 */
const environment = (it, { places, bin, certificates, servers, folder, clock, isolated }) => {
  const direct = { NO_PROXY: '127.0.0.1,localhost,169.254.169.254' }
  const network = it.ownProxy ? {} : { HTTPS_PROXY: servers.places['{proxy}'], ...direct }
  // Outside the namespace the real address must not be met by accident.
  /** @type {Record<string, string>} */
  const guard = isolated ? {} : { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' }
  /** @type {Record<string, string>} */
  const moved = it.clock && clock ? { LD_PRELOAD: clock, CONFORMANCE_CLOCK: join(folder, 'clock') } : {}
  if (it.clock) writeFileSync(join(folder, 'clock'), Buffer.alloc(8))
  return {
    PATH: bin,
    HOME: folder,
    TZ: 'UTC',
    NODE_EXTRA_CA_CERTS: join(certificates, 'ca.pem'),
    ...network,
    ...guard,
    ...moved,
    ...fill(it.env ?? {}, places),
  }
}

/**
 * @param {Setting} it
 * @param {Side} implementation
 * @param {{ places: Places, clockFile?: string, baseline?: string }} surroundings
 * @returns {Spec}
 */
const implementationSpec = (it, implementation, { places, clockFile, baseline }) => ({
  implementation,
  baseline,
  steps: fill(it.calls ?? [{}], places),
  options: fill(it[`${implementation}Options`] ?? it.options, places),
  baselineClass: it.baselineClass,
  className: it.className,
  args: fill(it.args, places),
  provider: it.provider ?? false,
  workers: it.workers,
  foreign: it.foreign,
  client: it.client,
  sync: it.sync ?? false,
  endpoint: places['{host}'],
  clockFile,
})

/**
 * @param {Spec} spec
 * @param {{ env: Record<string, string>, cwd: string, limit: number }} setting
 * @returns {Promise<Ran>}
 */
const runImplementation = (spec, { env, cwd, limit }) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [IMPLEMENTATION, JSON.stringify(spec)], {
      env,
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    /** @type {Partial<Ran>} */
    let result = {}
    let hung = false
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
    child.on('message', (message) => {
      result = /** @type {Partial<Ran>} */ (message)
    })
    const timer = setTimeout(() => {
      hung = true
      killGroup(child.pid)
    }, limit)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      killGroup(child.pid)
      resolve({ outcomes: [], ...result, exitCode: code ?? signal, hung, output: output.slice(0, 200_000) })
    })
  })
