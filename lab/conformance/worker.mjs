/** Plays the cases that its parent names, one after the other, for both implementations. */
import { caseById } from './cases/index.mjs'
import { sceneById } from './troubleshooting.mjs'
import { judge, verdictOf } from './testbed/judge.mjs'
import { play } from './testbed/run-case.mjs'

const settings = {
  certificates: process.env.CONFORMANCE_CERTIFICATES,
  clock: process.env.CONFORMANCE_CLOCK_LIBRARY,
  rival: process.env.CONFORMANCE_RIVAL,
  isolated: process.env.CONFORMANCE_ISOLATED === 'true',
}

/** For the documentation: what one is told. */
const tell = async (id) => {
  const { outcomes } = await play(sceneById(id), 'ours', settings)
  return { id, error: outcomes[0]?.error }
}

const compare = async (id) => {
  if (sceneById(id)) return tell(id)
  const it = caseById(id)
  const [ours, rival] = [await play(it, 'ours', settings), await play(it, 'rival', settings)]
  const wrong = { ours: judge(it.expect, ours, 'ours'), rival: judge(it.expect, rival, 'rival') }
  const verdict = verdictOf(wrong.ours, wrong.rival, it.peer)
  return { id, what: it.what, peer: it.peer, verdict, wrong, seen: { ours: trim(ours), rival: trim(rival) } }
}

const trim = ({ output, ...seen }) => ({ ...seen, output: output.slice(0, 4000) })

process.on('message', (id) =>
  compare(id).then(
    (result) => process.send(result),
    (error) =>
      process.send({ id, what: '', verdict: 'broken', wrong: { ours: [String(error.stack)], rival: [] } }),
  ),
)
process.send({ ready: true })
