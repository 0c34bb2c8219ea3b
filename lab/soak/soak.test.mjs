import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { trend } from '../support/trend.mjs'
import { judge } from './verdict.mjs'

const MIB = 2 ** 20

/** Always the same, and without a rhythm: between -1 and 1. @param {number} nth */
const wobble = (nth) => ((nth * 7919) % 200) / 100 - 1

/** @param {number} x @param {number} y @returns {[number, number]} */
const point = (x, y) => [x, y]

/** @param {[number, number][]} points */
const trendOf = (points) => {
  const found = trend(points)
  assert.ok(found)
  return found
}

/**
 * @template T
 * @param {number} count
 * @param {(nth: number) => T} at
 */
const range = (count, at) => Array.from({ length: count }, (_, nth) => at(nth))

describe('the trend of points', () => {
  test('of a straight line: its slope, without doubt', () => {
    assert.deepEqual(trend(range(10, (x) => [x, 3 * x + 1])), { slope: 3, low: 3, high: 3 })
  })

  test('with noise: an interval around the slope, narrower with more points', () => {
    const noisy = (/** @type {number} */ count) => trendOf(range(count, (x) => [x, x + 5 * wobble(x)]))
    for (const count of [20, 80]) {
      const { low, high } = noisy(count)
      assert.ok(low < 1 && 1 < high, `${low} … ${high}`)
    }
    assert.ok(noisy(80).high - noisy(80).low < noisy(20).high - noisy(20).low)
  })

  test('the interval is that of a textbook if the points are independent', () => {
    // x 1 … 5 and residuals -1, 2, -2, 2, -1 around y = x: s² = 14/3, spread 10, t with 3 degrees = 3.182.
    const { slope, low, high } = trendOf(
      [-1, 2, -2, 2, -1].map((residual, nth) => [nth + 1, nth + 1 + residual]),
    )
    assert.equal(slope, 1)
    const margin = 3.182 * Math.sqrt(14 / 3 / 10)
    assert.ok(Math.abs(high - 1 - margin) < 0.02 * margin, `${high}`)
    assert.equal(high - slope, slope - low)
  })

  test('points that hang together count for fewer', () => {
    const wave = (/** @type {number} */ x) => 10 * Math.sin(x / 5)
    const apart = range(60, (x) => point(x, wave((x * 37) % 60)))
    const together = range(60, (x) => point(x, wave(x)))
    const width = (/** @type {{ low: number, high: number }} */ { low, high }) => high - low
    assert.ok(width(trendOf(together)) > 1.5 * width(trendOf(apart)))
  })

  test('of fewer than four points: none', () => {
    assert.equal(trend(range(3, (x) => [x, x])), undefined)
  })
})

describe('the verdict on a soak', () => {
  const MINUTES = 10
  /** @typedef {Partial<import('./verdict.mjs').Sample>} More */
  /** @param {number} nth @param {More} more */
  const sample = (nth, more) => ({
    at: 1_800_000_000_000 + nth * 10_000,
    residentBytes: (80 + wobble(nth)) * MIB,
    heapBytes: 4 * MIB,
    handles: 5,
    descriptors: 29,
    threads: 16,
    ...more,
  })
  const run = (/** @type {(nth: number) => More} */ more = () => ({})) => ({
    samples: range(60, (nth) => sample(nth, more(nth))),
    totals: {
      calls: 20_000_000,
      tokens: 19_000_000,
      wrong: {},
      expired: 0,
      hung: 0,
      unhandled: 0,
      errors: [],
    },
    endpoints: { requests: 2000, faults: 400, tokens: 1600 },
    ended: 'exit code 0',
    minutes: MINUTES,
  })

  const flat = run()

  test('flat: nothing is held against it', () => {
    const { violations, shortcomings } = judge(run(), flat)
    assert.deepEqual([violations, shortcomings], [[], []])
  })

  test('growth only during warm-up does not count', () => {
    const warming = (/** @type {number} */ nth) => ({ residentBytes: (60 + Math.min(nth, 25)) * MIB })
    assert.deepEqual(judge(run(warming), flat).violations, [])
  })

  for (const {
    leak,
    more,
    says,
  } of /** @type {{ leak: string, more: (nth: number) => More, says: RegExp }[]} */ ([
    {
      leak: 'half a MiB a minute below noise of two',
      more: (nth) => ({ residentBytes: (80 + wobble(nth) + nth / 12) * MIB }),
      says: /^resident memory: grows by /,
    },
    {
      leak: 'a file in every minute',
      more: (nth) => ({ descriptors: 29 + Math.floor(nth / 6) }),
      says: /^file d/,
    },
    {
      leak: 'a thread in every minute',
      more: (nth) => ({ threads: 16 + Math.floor(nth / 6) }),
      says: /^threads: /,
    },
    { leak: 'handles', more: (nth) => ({ handles: 5 + nth }), says: /^handles: grows by / },
    { leak: 'heap', more: (nth) => ({ heapBytes: (4 + nth / 30) * MIB }), says: /^JavaScript heap: / },
  ])) {
    test(`growth is found: ${leak}`, () => {
      const { violations } = judge(run(more), flat)
      assert.equal(violations.length, 1)
      assert.match(violations[0], says)
    })
  }

  test('what Node itself grows by is not held against it, and more than that is', () => {
    const growing = (/** @type {number} */ mebibytes) =>
      run((nth) => ({ residentBytes: (80 + wobble(nth) + nth * mebibytes) * MIB }))
    assert.deepEqual(judge(growing(0.1), growing(0.1)).violations, [])
    assert.equal(judge(growing(0.3), growing(0.1)).violations.length, 1)
  })

  test('what the machine does not tell is not held against it', () => {
    const { violations, growth } = judge(
      run(() => ({ descriptors: undefined, threads: undefined })),
      flat,
    )
    assert.deepEqual(violations, [])
    const unmeasured = growth.filter(({ isMeasured }) => !isMeasured).map(({ name }) => name)
    assert.deepEqual(unmeasured, ['file descriptors', 'threads'])
  })

  test('every single wrong or expired token, unhandled rejection, error and bad end counts', () => {
    const seen = run()
    Object.assign(seen.totals, {
      wrong: { 'a for b': 1 },
      expired: 1,
      hung: 1,
      unhandled: 1,
      errors: ['a thread ended with x'],
    })
    assert.deepEqual(judge({ ...seen, ended: 'SIGSEGV' }, flat).violations, [
      '1 tokens of another key: a for b',
      '1 tokens that had expired when they were asked for',
      '1 calls that did not end',
      '1 unhandled rejections',
      'a thread ended with x',
      'the process ended with SIGSEGV',
    ])
  })

  test('a run that did nothing shows nothing', () => {
    const seen = run()
    const idle = {
      ...seen,
      samples: seen.samples.slice(0, 5),
      totals: { ...seen.totals, calls: 1000, tokens: 10 },
      endpoints: { requests: 10, faults: 0, tokens: 10 },
    }
    assert.equal(judge(idle, flat).shortcomings.length, 4)
  })
})
