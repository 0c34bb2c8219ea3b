/**
 * The soak: threads that come and go, endpoints that fail at random, tokens that live seconds; this package,
 * @azure/identity, and the same threads without either, side by side.
 *
 *     npm run lab -- soak [--minutes N] [--alone] [--event-loop]
 *
 * `--alone` leaves @azure/identity out, `--event-loop` looks at that instead.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { StepFailed } from '../../scripts/support/run.mjs'
import { environmentWith } from '../../testkit/environment.mjs'
import { stop, until } from '../../testkit/process.mjs'
import { baselineName, saveResults } from '../support/report.mjs'
import { startEndpoints } from './endpoints.mjs'
import { eventLoop } from './event-loop.mjs'
import { zero } from './load.mjs'
import { table } from './report.mjs'
import { judge } from './verdict.mjs'

/** How long after the last order a process may still be about: the bound of an acquisition, and then some. */
const LONGEST_END_MS = 120_000

/**
 * Calls between two pauses: the baseline gets as many as it has time for. It takes a token for expired five minutes
 * before its end.
 */
const IMPLEMENTATIONS = {
  ours: { burst: 50, addedSeconds: 0 },
  baseline: { burst: 2, addedSeconds: 300 },
  bare: { burst: 50, addedSeconds: 0 },
}

/**
 * For glibc's allocator: one arena for all threads. By default each has its own, and keeps what V8's compiler
 * once needed there, at a moment that chance decides: 12 MiB that say nothing of what is compared.
 */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' }

/**
 * Runs one implementation beside endpoints of its own.
 *
 * @param {import('./load.mjs').Side} side
 * @param {number} minutes
 */
const load = async (side, minutes) => {
  const { burst, addedSeconds } = IMPLEMENTATIONS[side]
  const endpoints = await startEndpoints({ addedSeconds })
  const spec = { implementation: side, burst, environments: endpoints.environments }
  const program = fileURLToPath(new URL('implementation.mjs', import.meta.url))
  const child = fork(program, [JSON.stringify(spec)], {
    execArgv: ['--expose-gc'],
    env: environmentWith({ ...ONE_ARENA, NODE_EXTRA_CA_CERTS: endpoints.caFile }),
  })

  /** @type {import('./verdict.mjs').Sample[]} */
  const samples = []
  let totals = zero()
  child.on(
    'message',
    (/** @type {any} of implementation.mjs's own making */ { totals: newest, ...sample }) => {
      totals = newest
      if (sample.at === undefined) return
      samples.push(sample)
      const { residentBytes, descriptors, threads } = sample
      const mebibytes = (residentBytes / 2 ** 20).toFixed(1)
      console.error(
        `${side}: ${totals.calls} calls, ${mebibytes} MiB, ${descriptors} files, ${threads} threads`,
      )
    },
  )

  await until(child, () => false, minutes * 60_000)
  if (child.connected) child.send('stop')
  await until(child, () => false, LONGEST_END_MS)
  const { code, signal } = await stop(child, { signal: 'SIGKILL' })
  await endpoints.close()
  const ended = signal ?? `exit code ${code}`
  return { side, samples, totals, endpoints: endpoints.counts, ended, minutes }
}

/** @param {number} minutes @param {boolean} isAlone */
const compare = async (minutes, isAlone) => {
  const whose = /** @type {import('./load.mjs').Side[]} */ (Object.keys(IMPLEMENTATIONS))
  const implementations = whose.filter((side) => !(isAlone && side === 'baseline'))
  const all = await Promise.all(implementations.map((side) => load(side, minutes)))
  const bare = all[all.length - 1]
  const results = all.map((seen) => ({ ...seen, ...judge(seen, bare) }))
  console.log(table(results))

  saveResults('soak', { baseline: baselineName(), node: process.version, minutes, results })
  const [ours] = results
  return ours.violations.length + ours.shortcomings.length === 0
}

/** @param {string[]} args */
export const soak = async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      alone: { type: 'boolean', default: false },
      'event-loop': { type: 'boolean', default: false },
    },
  })
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new StepFailed(`--minutes must be a number above 0, and is '${values.minutes}'.`)
  return values['event-loop'] ? eventLoop() : compare(minutes, values.alone)
}
