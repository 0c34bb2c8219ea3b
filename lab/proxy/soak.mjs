/**
 * The proxy for minutes while the identity endpoint and Azure OpenAI fail at random, tokens live seconds, and clients leave,
 * dawdle and come with wrong keys: its memory is flat, nothing hangs, and no client gets another's answer.
 */

import { readdirSync } from 'node:fs'
import http from 'node:http'
import { setTimeout } from 'node:timers/promises'

import { empty, failing, garbage, html, reset, throttled, truncated } from '../../testkit/answers.mjs'
import { trend } from '../support/trend.mjs'
import { answerOf, chat, residentMebibytes, said } from './load.mjs'
import { startTestbed } from './testbed.mjs'

const CLIENTS = 12
/** Of each client between two requests: the machine has other work as well. */
const PAUSE_MS = 20
const SAMPLE_MS = 5000
const TOKEN_SECONDS = 20
const FAULTS = [failing(500), failing(503), throttled(1), reset, truncated, html, garbage, empty]
/** Growth over the second half that is nothing. */
const NEGLIGIBLE = { 'memory, MiB': 1, files: 4 }

const oneOf = (/** @type {any[]} any answer */ list) => list[Math.floor(Math.random() * list.length)]

/** @param {{ program: string, minutes: number }} setting */
export const soak = async ({ program, minutes }) => {
  const testbed = await startTestbed(program, { answerOf })
  const { azure, identity } = testbed
  identity.tokens.lifetimeSeconds = TOKEN_SECONDS
  const proxy = await testbed.proxy({ flags: ['--log-level', 'warn'] })
  const counts = { requests: 0, right: 0, failed: 0, left: 0, 'wrong keys': 0, identity: 0, azure: 0 }
  /** @type {string[]} */
  const wrong = []
  const until = Date.now() + minutes * 60_000

  const phase = async (/** @type {number} */ faulty, /** @type {number} */ forMs) => {
    for (const end = Date.now() + forMs; Date.now() < Math.min(end, until); await setTimeout(50)) {
      for (const endpoint of [identity, azure])
        endpoint.always(Math.random() < faulty ? oneOf(FAULTS) : undefined)
    }
    for (const endpoint of /** @type {const} */ (['identity', 'azure'])) {
      counts[endpoint] += testbed[endpoint].requests.length
      testbed[endpoint].requests.length = 0
    }
  }
  const breakThings = async () => {
    while (Date.now() < until) {
      await phase(0, 8000)
      await phase(0.3, 8000)
      await phase(1, 4000)
    }
    for (const endpoint of [identity, azure]) endpoint.always()
  }

  const agent = new http.Agent({ keepAlive: true })
  const client = async (/** @type {number} */ number) => {
    for (let turn = 0; Date.now() < until; turn++) {
      const question = `q-${number}-${turn}`
      const leaves = turn % 17 === 5
      const isStranger = turn % 23 === 7
      const outcome = await chat({
        origin: proxy.origin,
        key: isStranger ? 'x'.repeat(40) : proxy.key,
        question,
        stream: turn % 2 === 0,
        padding: turn % 11 === 3 ? 300_000 : 0,
        ...(turn % 5 === 0 ? {} : { agent }),
        ...(leaves && { leaveAfterMs: Math.random() * 10 }),
      })
      counts.requests += 1
      note({ outcome, question, leaves, isStranger })
      await setTimeout(PAUSE_MS)
    }
  }
  const note = (
    /** @type {{ outcome: import('./load.mjs').Outcome, question: string, leaves: boolean, isStranger: boolean }} */
    { outcome, question, leaves, isStranger },
  ) => {
    if (outcome.hung) return wrong.push(`${question}: hung`)
    if (isStranger && outcome.status !== undefined) {
      counts['wrong keys'] += 1
      if (outcome.code !== 'PROXY_KEY') wrong.push(`${question}: ${JSON.stringify(outcome)} for a wrong key`)
      return
    }
    if (leaves && outcome.error) return (counts.left += 1)
    const isAnswer = outcome.status === 200 && outcome.body?.includes('just now')
    if (!isAnswer) return (counts.failed += 1)
    if (said(outcome.body ?? '') === answerOf(question)) return (counts.right += 1)
    wrong.push(`${question}: another's answer, ${outcome.body?.slice(0, 300)}`)
  }

  /** @type {{ at: number, 'memory, MiB': number, files: number }[]} */
  const samples = []
  const sample = async () => {
    for (const began = Date.now(); Date.now() < until; await setTimeout(SAMPLE_MS)) {
      samples.push({
        at: (Date.now() - began) / 60_000,
        'memory, MiB': residentMebibytes(proxy.pid),
        files: readdirSync(`/proc/${proxy.pid}/fd`).length,
      })
    }
  }

  await Promise.all([
    breakThings(),
    sample(),
    ...Array.from({ length: CLIENTS }, (_, number) => client(number)),
  ])
  agent.destroy()
  const last = await chat({ origin: proxy.origin, key: proxy.key, question: 'after all' })
  if (last.status !== 200) wrong.push(`no answer after the faults: ${JSON.stringify(last)}`)
  const code = await proxy.stop()
  if (code !== 0) wrong.push(`the proxy ended with ${code}`)
  await testbed.close()

  console.table(counts)
  for (const measure of /** @type {const} */ (['memory, MiB', 'files'])) {
    const half = samples.slice(Math.floor(samples.length / 2))
    const line = trend(half.map((sample) => [sample.at, sample[measure]]))
    if (!line) {
      wrong.push('too few samples: let it run longer')
      continue
    }
    const grown = line.slope * ((half.at(-1)?.at ?? 0) - half[0].at)
    const [first, end] = [samples[0][measure], half.at(-1)?.[measure] ?? NaN]
    console.log(
      `${measure}: ${first.toFixed(1)} at first, ${end.toFixed(1)} at last, ${line.slope.toFixed(3)} a minute`,
    )
    if (line.low > 0 && grown > NEGLIGIBLE[measure])
      wrong.push(`${measure} grows by ${line.slope.toFixed(2)} a minute`)
  }
  if (counts.right < counts.requests / 5 || counts.failed === 0)
    wrong.push('the faults were too many, or none')
  for (const line of wrong.slice(0, 20)) console.log(line)
  return wrong.length === 0
}
