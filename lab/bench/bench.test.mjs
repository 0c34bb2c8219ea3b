import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { CURVES, ROWS } from './rows/index.mjs'
import { run } from '../../testkit/process.mjs'

/** It starts a process for each row and implementation, which takes minutes on a busy machine. */
const LIMIT_MS = 10 * 60_000

/**
 * What is no number, or none that a measurement can give, by where it stands.
 *
 * @param {unknown} value
 * @param {string} [path]
 * @returns {string[]}
 */
const unsound = (value, path = '') => {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path]
  // JSON has no other way to write NaN and Infinity.
  if (value === null) return [path]
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => unsound(inner, `${path}/${name}`))
}

test('the benchmark measures every row, and writes JSON, tables and plots', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
  try {
    const program = "import { bench } from './lab/bench/run.mjs'; await bench(process.argv.slice(1))"
    const node = [process.execPath, '--input-type=module', '--eval', program, '--']
    const command = [...node, '--quick', '--out', folder]
    const { code, stdout, stderr } = await run(command, { limitMs: LIMIT_MS })
    assert.equal(code, 0, stderr)
    // What packs the package says how long each step takes.
    for (const line of stderr.trim().split('\n')) assert.match(line, / … [\d.]+ s$/)

    /**
     * @type {{ rows: { id: string, figures: import('./testbed/measure.mjs').Measured[] }[],
     *   curves: { id: string, lines: object[] }[] }}
     */
    const { rows, curves } = JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'))
    assert.deepEqual(unsound({ rows, curves }), [])
    assert.deepEqual(
      rows.map(({ id }) => id),
      // A test installs nothing.
      ROWS.filter(({ prepare }) => !prepare).map(({ id }) => id),
    )
    for (const { figures } of rows) {
      for (const { what, ours } of figures) {
        assert.equal(ours?.samples.length, 1, what)
        assert.ok(stdout.includes(`| ${what} |`), what)
      }
    }
    assert.deepEqual(
      curves.map(({ id, lines }) => [id, lines.length]),
      CURVES.map(({ id, lines }) => [id, lines.length]),
    )

    const plots = readdirSync(join(folder, 'bench')).filter((name) => name.endsWith('.svg'))
    assert.equal(plots.length, 2 + CURVES.flatMap(({ lines }) => lines).length)
    for (const plot of plots)
      assert.match(readFileSync(join(folder, 'bench', plot), 'utf8'), /^<svg .*<\/svg>\n$/s)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a row that does not exist: an error that names those that do', async () => {
  const { code, stderr } = await run([process.execPath, 'lab/run.mjs', 'bench', 'speed'])
  assert.equal(code, 1)
  assert.match(stderr, /^There is no row speed, only install, require, /)
})
