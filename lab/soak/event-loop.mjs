/**
 * Whether anything of ours blocks the event loop: its longest gaps while an endpoint misbehaves and while a thousand
 * callers wait, beside those of a loop that has nothing to do, in the same process and by turns.
 *
 *     npm run lab -- soak --event-loop
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { failing, reset, silence } from '../../testkit/answers.mjs'
import { startAuthority } from '../../testkit/authority.mjs'
import { environmentWith } from '../../testkit/environment.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { median } from '../support/statistics.mjs'

const ROUNDS = 5

/** @param {string} what @param {string[]} figures */
const line = (what, ...figures) =>
  [what.padEnd(40), ...figures.map((figure) => String(figure).padStart(12))].join('')

export const eventLoop = async () => {
  const identity = await startIdentity()
  const authority = await startAuthority()
  const PHASES = [
    { name: 'idle', source: identity, act: 'nothing' },
    { name: 'cold stampedes, managed identity', source: identity, act: 'are answered' },
    { name: 'cold stampedes, client secret over TLS', source: authority, act: 'are answered' },
    { name: 'the endpoint is silent', source: identity, act: 'wait for a timeout', answer: silence },
    { name: 'it resets connections', source: identity, act: 'wait for a timeout', answer: reset },
    { name: 'it resets connections, over TLS', source: authority, act: 'wait for a timeout', answer: reset },
    { name: 'it answers 503', source: identity, act: 'wait for a timeout', answer: failing(503) },
  ]

  const child = fork(fileURLToPath(new URL('event-loop-implementation.mjs', import.meta.url)), {
    env: environmentWith(),
  })
  const exit = once(child, 'exit')
  const told = async () => (await once(child, 'message'))[0]

  const seen = PHASES.map((phase) => ({
    ...phase,
    rounds: /** @type {{ longest: number, usual: number }[]} */ ([]),
  }))
  await told()
  for (let round = 0; round < ROUNDS; round++) {
    for (const phase of seen) {
      phase.source.always(phase.answer)
      child.send({ act: phase.act, environment: phase.source.environment })
      phase.rounds.push(await told())
    }
  }
  child.send('end')
  await exit
  await Promise.all([identity.close(), authority.close()])

  console.log(line('gaps of the event loop, ms', 'usual', 'longest', 'worst'))
  for (const { name, rounds } of seen) {
    const longest = rounds.map((round) => round.longest)
    const usual = median(rounds.map((round) => round.usual))
    console.log(line(name, usual.toFixed(3), median(longest).toFixed(1), Math.max(...longest).toFixed(1)))
  }
  console.log(
    `\nOf ${ROUNDS} rounds by turns; the longest gap is the median of the rounds', the worst is that of all.`,
  )
}
