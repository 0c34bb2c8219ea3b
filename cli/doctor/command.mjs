import { statSync } from 'node:fs'

import { usePeersOf, variable } from '#doctor-api'
import { shown } from '#shown'
import { checkHealth } from 'azure-openai-entra'
import spinner from 'yocto-spinner'

import manifest from '../../package.json' with { type: 'json' }
import { legible } from '../foreign-text.mjs'
import { UsageError, loadEnvironment, readArguments } from '../usage.mjs'
import { askAll, winnerOf } from './chain.mjs'
import { lookAtApp } from './app.mjs'
import { addressOf, tryEndpoint } from './endpoint.mjs'
import { federation } from './federation.mjs'
import { planOf } from './plan.mjs'
import { judge } from './verdict.mjs'
import { render } from './render.mjs'
import { lookAround } from './surroundings.mjs'

/**
 * @typedef {{
 *   version: string, node: string, platform: string, sources: import('./chain.mjs').Source[],
 *   winner?: { credential: string, expiresOnTimestamp: number, identity?: import('../../index.js').TokenIdentity },
 *   surroundings: import('./surroundings.mjs').Finding[], endpoint?: import('./endpoint.mjs').EndpointReport,
 *   verdict: string, exitCode: 0 | 1 | 3,
 * }} Report
 */

/**
 * @param {string[]} args
 * @param {(text: string) => void} print
 * @returns {Promise<number>} the exit code
 */
export async function run(args, print) {
  const options = read(args)
  const report = legible(await examine(options))
  const { isTTY, columns } = process.stdout
  const hasColours = Boolean(isTTY) && options.colours && !variable('NO_COLOR')
  const text = options.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : options.plan
      ? planOf(report)
      : render(report, { hasColours, columns })
  print(text)
  return report.exitCode
}

/** What a browser shows while the resource is in view. */
const PORTALS = /^(?:portal|ai|oai)\.azure\.(?:com|us|cn)$/

/** @param {string[]} args */
function read(args) {
  const { values } = readArguments({
    args,
    options: {
      endpoint: { type: 'string' },
      deployment: { type: 'string' },
      'api-version': { type: 'string' },
      scope: { type: 'string' },
      app: { type: 'string' },
      dotenv: { type: 'string' },
      'fix-plan': { type: 'boolean' },
      json: { type: 'boolean' },
      'no-color': { type: 'boolean' },
    },
  })
  const { endpoint, deployment, scope } = values
  for (const name of /** @type {const} */ (['deployment', 'api-version'])) {
    if (values[name] !== undefined && endpoint === undefined)
      throw new UsageError(`--${name} needs --endpoint`)
  }
  const url =
    endpoint === undefined
      ? undefined
      : addressOf({ endpoint, deployment, apiVersion: values['api-version'] })
  if (url && PORTALS.test(url.hostname)) {
    throw new UsageError(
      "--endpoint is the address of a portal. Pass the resource's endpoint, which the portal shows under Keys and Endpoint",
    )
  }
  if (values.app !== undefined) lookInApp(values.app)
  loadEnvironment(values.dotenv)
  return {
    url,
    deployment,
    scope,
    json: values.json ?? false,
    plan: values['fix-plan'] ?? false,
    app: values.app,
    colours: !values['no-color'],
  }
}

/** @param {string} folder */
function lookInApp(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(
      `--app ${shown('path', folder)} is not a folder. Name the folder that holds the app's node_modules`,
    )
  }
  usePeersOf(folder)
}

/**
 * @param {ReturnType<typeof read>} options
 * @returns {Promise<Report>}
 */
async function examine({ url, deployment, scope, json, app }) {
  // It draws only on a terminal, and never into what a machine reads; without a width it would draw for ever.
  const progress = spinner({ stream: process.stderr })
  const isShown = !json && Boolean(process.stderr.isTTY) && process.stderr.columns > 0
  const say = (/** @type {string} */ text) => {
    if (!isShown) return
    progress.text = text
    progress.start()
  }
  try {
    const asked = await askAll(scope === undefined ? undefined : [scope], (name) => say(`asking ${name}`))
    const { sources } = asked
    const winner = await describe(winnerOf(sources))
    say('looking at the way to Entra ID')
    const surroundings = [
      ...(await lookAround({ app, url, scope })),
      ...federation(sources),
      ...(app === undefined ? [] : lookAtApp(app)),
    ]
    if (url && winner) say(`asking ${shown('host', url.host)}`)
    const endpoint = url && winner && (await tryEndpoint(url, { deployment, scope, winner }))
    const { version } = manifest
    const platform = `${process.platform}-${process.arch}`
    return {
      version,
      node: process.version,
      platform,
      sources,
      winner,
      surroundings,
      endpoint,
      ...judge(asked, endpoint),
    }
  } finally {
    progress.stop()
  }
}

/** @param {import('./chain.mjs').Source | undefined} source */
async function describe(source) {
  if (source === undefined) return undefined
  const { tokens = [] } = await checkHealth({ details: true })
  const token = tokens.find(({ credential }) => credential === source.credential)
  return {
    credential: source.credential,
    expiresOnTimestamp: source.expiresOnTimestamp ?? 0,
    identity: token?.identity,
  }
}
