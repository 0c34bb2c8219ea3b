/** Runs the cases that its parent names, one after the other, for both implementations. */
import { caseById } from './cases/index.mjs'
import { fixtureById } from './troubleshooting.mjs'
import { endings, judge, verdictOf } from './testbed/judge.mjs'
import { runCase } from './testbed/run-case.mjs'

/** @type {import('./testbed/run-case.mjs').Settings} */
const settings = {
  certificates: String(process.env.CONFORMANCE_CERTIFICATES),
  clock: process.env.CONFORMANCE_CLOCK_LIBRARY,
  baseline: process.env.CONFORMANCE_BASELINE,
  isolated: process.env.CONFORMANCE_ISOLATED === 'true',
}

/** For the documentation: what one is told. @param {import('./cases/common.mjs').Fixture} fixture */
const tell = async (fixture) => {
  const { outcomes } = await runCase(fixture, 'ours', settings)
  return { id: fixture.id, error: outcomes[0]?.error }
}

/** @param {string} id */
const compare = async (id) => {
  const fixture = fixtureById(id)
  if (fixture) return tell(fixture)
  const it = caseById(id)
  if (!it) throw new Error(`There is no case ${id}.`)
  const [ours, baseline] = [await runCase(it, 'ours', settings), await runCase(it, 'baseline', settings)]
  const wrong = { ours: judge(it.expect, ours, 'ours'), baseline: judge(it.expect, baseline, 'baseline') }
  if (it.className && !it.endsChain) wrong.ours.push(...endings(ours, baseline))
  const verdict = verdictOf(wrong.ours, wrong.baseline, it.peer)
  return {
    id,
    what: it.what,
    peer: it.peer,
    verdict,
    wrong,
    seen: { ours: trim(ours), baseline: trim(baseline) },
  }
}

/** @param {import('./cases/common.mjs').Seen} seen */
const trim = ({ output, ...seen }) => ({ ...seen, output: output.slice(0, 4000) })

process.on('message', (/** @type {string} */ id) =>
  compare(id).then(
    (result) => process.send?.(result),
    (error) =>
      process.send?.({
        id,
        what: '',
        verdict: 'broken',
        wrong: { ours: [String(error.stack)], baseline: [] },
      }),
  ),
)
process.send?.({ ready: true })
