import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { stop } from '../../testkit/process.mjs'
import { setUp } from './testbed.mjs'
import { limitOf } from './verdict.mjs'

const IMPLEMENTATION = fileURLToPath(new URL('implementation.mjs', import.meta.url))
const LOOK_EVERY_MS = 50
/** Traffic goes on for so long after the recovery. */
const SETTLE_MS = 1000
/** And after the first failure if there is no recovery, so that a second one is seen too. */
const AFTER_FAILURE_MS = 3000
/** Without a waiting caller there is no failure to wait for. */
const WHILE_VALID_MS = 10_000
/** To load, and to end with nothing left to do. */
const START_LIMIT_MS = 30_000
const EXIT_LIMIT_MS = 3000

/**
 * @typedef {import('./testbed.mjs').Testbed} Testbed
 * @typedef {import('./testbed.mjs').Token} Token
 * @typedef {import('./implementation.mjs').Told} Told
 * @typedef {(told: Partial<Told>) => unknown} IsReached
 */

/**
 * Runs one cell for one implementation, in a process of its own with servers of its own.
 *
 * @param {import('./cells.mjs').Cell} cell
 * @param {import('./cells.mjs').Side} library
 * @param {import('./testbed.mjs').Setting} setting
 */
export const runCase = async (cell, library, setting) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-faults-'))
  const testbed = await setUp(cell, { ...setting, folder })
  const implementation = startImplementation(library, testbed.env, folder)
  try {
    return await perform(cell, testbed, implementation)
  } finally {
    await implementation.kill()
    await testbed.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {import('./cells.mjs').Cell} cell
 * @param {Testbed} testbed
 * @param {ReturnType<typeof startImplementation>} implementation
 * @returns {Promise<import('./verdict.mjs').Seen>}
 */
const perform = async ({ fault, state, recovery, source }, testbed, implementation) => {
  await implementation.until(({ ready }) => ready, START_LIMIT_MS)
  if (state.life) {
    testbed.grants(state.life, state.refreshIn)
    implementation.say('once')
    await implementation.until(({ done }) => done, START_LIMIT_MS)
    testbed.grants(3600)
  }
  const held = testbed.tokens.at(-1)
  await testbed.breaks()
  const before = testbed.attempts.length
  if (state.isBusy) implementation.say('traffic')
  // The states that look at what is held begin with a token.
  const moment = state.moment(/** @type {Token} */ (held))
  await sleep(Math.max(0, moment - Date.now()))
  if (!state.isBusy) implementation.say('traffic')

  /** @type {number | undefined} */
  let healthyAt
  if (recovery !== 'never') {
    await sleep(Math.max(0, moment + recovery * 1000 - Date.now()))
    await testbed.mends()
    healthyAt = Date.now()
  }
  const recoveredAt = () => firstNewer(implementation.told().served, testbed.tokens, held)
  const isOver = () => {
    const now = Date.now()
    const { failedAt } = implementation.told()
    if (implementation.hasExited()) return true
    if (recoveredAt() !== undefined) return now > (recoveredAt() ?? now) + SETTLE_MS
    if (healthyAt === undefined && state.staysValid) return now > moment + WHILE_VALID_MS
    if (healthyAt === undefined && failedAt) return now > failedAt + AFTER_FAILURE_MS
    return now > (healthyAt ?? moment) + limitOf({ fault, source })
  }
  while (!isOver()) await sleep(LOOK_EVERY_MS)
  const endedAt = Date.now()
  const ending = await implementation.end()
  const { served, ...told } = /** @type {Told} */ (implementation.told())
  return {
    moment,
    healthyAt,
    recoveredAt: recoveredAt(),
    heldUntil: held?.expiresAt,
    endedAt,
    attempts: testbed.attempts.slice(before),
    lost: lostOf(testbed.tokens, served, { endedAt }),
    ...told,
    ...ending,
  }
}

/**
 * When a caller first got a token that is newer than the cached one, and valid.
 *
 * @param {Told['served'] | undefined} served
 * @param {Token[]} tokens
 * @param {Token | undefined} held
 */
const firstNewer = (served = {}, tokens, held) => {
  const newer = tokens
    .slice(held ? tokens.indexOf(held) + 1 : 0)
    .filter(({ issuedAt, expiresAt }) => expiresAt > issuedAt)
  const moments = newer.map(({ name }) => served[name]).filter(Boolean)
  return moments.length === 0 ? undefined : Math.min(...moments)
}

/**
 * Valid tokens that arrived and that no caller got in the next second, despite traffic.
 *
 * @param {Token[]} tokens
 * @param {Told['served'] | undefined} served
 * @param {{ endedAt: number }} run
 */
const lostOf = (tokens, served = {}, { endedAt }) =>
  tokens.filter(
    ({ name, isGood, deliveredAt }) =>
      isGood && deliveredAt !== undefined && deliveredAt + SETTLE_MS < endedAt && served[name] === undefined,
  ).length

/** @param {import('./cells.mjs').Side} library @param {NodeJS.ProcessEnv} env @param {string} cwd */
const startImplementation = (library, env, cwd) => {
  const child = spawn(process.execPath, [IMPLEMENTATION, library], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  /** @type {{ told: Partial<Told>, exit: number | string | undefined }} */
  const state = { told: {}, exit: undefined }
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  child.on('message', (/** @type {Partial<Told>} */ message) => (state.told = message))
  child.on('close', (code, signal) => (state.exit = code ?? signal ?? undefined))
  const say = (/** @type {import('./implementation.mjs').Command} */ command) => {
    state.told = { ...state.told, done: false }
    if (child.connected) child.send(command, () => {})
  }
  const hasExited = () => state.exit !== undefined
  const until = async (/** @type {IsReached} */ isReached, /** @type {number} */ limitMs) => {
    const end = Date.now() + limitMs
    while (!isReached(state.told) && !hasExited() && Date.now() < end) await sleep(LOOK_EVERY_MS)
    return isReached(state.told)
  }
  return {
    say,
    until: async (/** @type {IsReached} */ isReached, /** @type {number} */ limitMs) => {
      if (!(await until(isReached, limitMs)))
        throw new Error(`it did not get under way:\n${output.slice(0, 2000)}`)
    },
    told: () => state.told,
    hasExited,
    kill: () => stop(child, { signal: 'SIGKILL' }),
    /** Lets it end by itself. */
    end: async () => {
      say('end')
      await until(hasExited, EXIT_LIMIT_MS)
      return {
        exit: state.exit ?? 'lingers',
        unhandled: output.split('uncaught: unhandledRejection').length - 1,
        output: output.slice(0, 2000),
      }
    },
  }
}
