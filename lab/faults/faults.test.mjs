import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { cellById, choose } from './cells.mjs'
import { isDoubtful, judge } from './verdict.mjs'
import { runWorkers } from '../../testkit/worker-pool.mjs'

/**
 * @typedef {import('./verdict.mjs').Seen} Seen
 * @typedef {import('./cells.mjs').Cell} Cell
 */

/** What is seen of a cell in which all goes well: the endpoint is well after 5 s and serves a second later. */
const well = {
  moment: 0,
  healthyAt: 5000,
  recoveredAt: 6000,
  heldUntil: 0,
  endedAt: 7000,
  attempts: [
    { began: 1000, ended: 1010 },
    { began: 5990, ended: 6000 },
  ],
  waiting: 0,
  longestMs: 6000,
  longestWhileValidMs: 0.1,
  failuresWhileValid: 0,
  expired: 0,
  lost: 0,
  unhandled: 0,
  exit: 0,
}
const missed = (/** @type {string} */ id, /** @type {Partial<Seen>} */ seen) =>
  judge(cellById(id), { ...well, ...seen }).map(({ target }) => target)
const COLD = 'app-service/503/cold/5'

describe('the verdict over a cell of the fault matrix', () => {
  it('passes what goes well', () => assert.deepEqual(missed(COLD, {}), []))

  for (const [seen, target] of /** @type {[Partial<Seen>, string][]} */ ([
    [{ longestWhileValidMs: 26 }, 'valid'],
    [{ failuresWhileValid: 1 }, 'valid'],
    [{ expired: 1 }, 'expired'],
    [{ recoveredAt: undefined }, 'recovery'],
    [{ longestMs: 61_001 }, 'bound'],
    [{ unhandled: 1 }, 'survival'],
    [{ exit: 1 }, 'survival'],
    [{ exit: 'lingers' }, 'survival'],
    [{ lost: 1 }, 'survival'],
    [{ attempts: Array.from({ length: 14 }, () => ({ began: 5990, ended: 5995 })) }, 'restraint'],
  ])) {
    it(`finds ${JSON.stringify(seen).slice(0, 60)} missing the target of ${target}`, () =>
      assert.deepEqual(missed(COLD, seen), [target]))
  }

  /** @param {string} id @param {Partial<Seen>} seen @param {boolean} isInTime */
  const recovers = (id, seen, isInTime) => assert.deepEqual(missed(id, seen), isInTime ? [] : ['recovery'])

  const at = (/** @type {number} */ ms, heldUntil = 0) => ({ recoveredAt: 5000 + ms, heldUntil })

  it('gives a waiting caller its token within two seconds and what the machine takes', () => {
    for (const id of [COLD, 'client-secret/503/cold/5', 'app-service/silence/cold/5', 'imds/410/cold/5']) {
      recovers(id, at(3000), true)
      recovers(id, at(3001), false)
    }
  })

  it('allows for what the endpoint asks, and for a connection that is being made', () => {
    recovers('app-service/429-30/cold/5', at(33_000), true)
    recovers('app-service/429-30/cold/5', at(33_001), false)
    recovers('app-service/blackhole/cold/5', at(8000), true)
    recovers('app-service/blackhole/cold/5', at(8001), false)
  })

  it('has the cap of the back-off for a token that is valid meanwhile, and two seconds from its expiry on', () => {
    recovers('client-secret/503/due/5', at(31_000, 80_000), true)
    recovers('client-secret/503/due/5', at(31_001, 80_000), false)
    recovers('client-secret/503/half/5', at(8000, 10_000), true)
    recovers('client-secret/503/half/5', at(8001, 10_000), false)
  })

  it('doubts only short waits', () => {
    const isDoubted = (/** @type {Partial<Seen>} */ seen) =>
      isDoubtful({ ...well, ...seen, missed: judge(cellById(COLD), { ...well, ...seen }) })
    assert.equal(isDoubted({}), false)
    assert.equal(isDoubted({ longestWhileValidMs: 249 }), true)
    assert.equal(isDoubted({ longestWhileValidMs: 250 }), false)
    assert.equal(isDoubted({ longestWhileValidMs: 26, failuresWhileValid: 1 }), false)
    assert.equal(isDoubted({ longestWhileValidMs: 26, lost: 1 }), false)
  })

  it('asks for no recovery if the fault lasts', () => {
    const never = { healthyAt: undefined, recoveredAt: undefined }
    assert.deepEqual(missed('app-service/503/cold/never', never), [])
    assert.deepEqual(missed('app-service/503/cold/never', { ...never, longestMs: 62_000 }), ['bound'])
    assert.deepEqual(missed('app-service/410/cold/never', { ...never, longestMs: 62_000 }), [])
  })
})

describe('the cells of a run', () => {
  const kindsOf = (/** @type {Cell[]} */ cells) =>
    new Set(cells.map(({ fault, state, recovery }) => `${fault.id} ${state.id} ${recovery}`))

  it('are by default everything on one source of Entra ID and one managed identity, and every source', () => {
    const [all, some] = [choose({}, { all: true }), choose({}, {})]
    for (const kind of ['entra', 'identity']) {
      const of = (/** @type {Cell[]} */ cells) => kindsOf(cells.filter(({ source }) => source.kind === kind))
      assert.deepEqual(of(some), of(all))
    }
    assert.deepEqual(new Set(some.map(({ source }) => source)), new Set(all.map(({ source }) => source)))
    assert.ok(some.length < all.length / 3)
  })

  it('are those that are named', () => {
    assert.deepEqual(
      choose({ source: ['imds'], fault: ['429'], state: ['due', 'cold'], recovery: ['never'] }, {}).map(
        ({ id }) => id,
      ),
      ['imds/429/cold/never', 'imds/429/due/never'],
    )
    assert.throws(() => choose({ fault: ['flood'] }, {}), /there is no fault 'flood', only refused, /)
  })
})

describe('the workers in which cells are run', () => {
  it('fail the run if one cannot start, and do not leave out its cells', () =>
    assert.rejects(
      runWorkers({
        program: new URL('no-such-worker.mjs', import.meta.url),
        workers: 1,
        isolated: false,
        env: process.env,
        queue: ['a cell'],
        onResult: assert.fail,
      }),
      { message: 'a worker ended with 1 during its start' },
    ))
})
