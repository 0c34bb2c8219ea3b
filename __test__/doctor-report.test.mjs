import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'

import { render } from '../cli/doctor/render.mjs'
import { TOOL, withDoctor } from './support/doctor.mjs'
import { run } from '../testkit/process.mjs'

/** @type {Parameters<typeof render>[0]} */
const REPORT = {
  version: '0.0.0',
  node: process.version,
  platform: process.platform,
  sources: [
    {
      credential: 'AzureDeveloperCliCredential',
      state: 'failed',
      durationMs: 30_000,
      reason: `a long reason of many words, ${'again '.repeat(40)}`,
      nextStep: `see https://learn.example/${'path/'.repeat(30)}`,
    },
    { credential: 'AzureCliCredential', state: 'serves', durationMs: 1 },
  ],
  winner: { credential: 'AzureCliCredential', expiresOnTimestamp: 0 },
  surroundings: [{ what: 'proxy', ok: true, found: 'none' }],
  endpoint: { url: 'https://x.example', ok: false, status: 401, meaning: 'refused', durationMs: 1 },
  verdict: `The verdict, ${'which is long, '.repeat(12)}`,
  exitCode: 3,
}

/** @param {string} text */
// oxlint-disable-next-line no-control-regex
const withoutColours = (text) => text.replaceAll(/\u001b\[\d+m|\u001b\]8;;[^\u001b]*\u001b\\/g, '')

describe('the report', () => {
  test('colours change nothing of what is shown', () => {
    const plain = render(REPORT, { hasColours: false, columns: 100 })
    const painted = render(REPORT, { hasColours: true, columns: 100 })
    assert.ok(painted.includes('\u001b[32m') && painted.includes('\u001b[31m'))
    assert.equal(withoutColours(painted), plain)
  })

  for (const columns of [80, 100, 110]) {
    test(`nothing is wider than ${columns} columns`, () => {
      const lines = render(REPORT, { hasColours: false, columns }).split('\n')
      assert.deepEqual(
        // An address stands whole, whatever its length.
        lines.filter((line) => line.length > columns && !/^\[\d\] https:/.test(line)),
        [],
      )
    })
  }
})

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux')

describe('in a terminal', { skip: !hasScript && "there is no util-linux's script on this machine" }, () => {
  /**
   * What a terminal of `columns` columns is sent; neither colours nor the spinner's moves are taken out.
   *
   * @param {number} columns
   * @param {string[]} args
   * @param {Record<string, string | undefined>} variables
   */
  const shown = async (columns, args, variables) => {
    const tool = [process.execPath, TOOL, ...args].map((part) => `'${part}'`).join(' ')
    // Where the variable CI is set the spinner takes no terminal for one.
    const command = ['script', '-qec', `stty cols ${columns}; unset CI; ${tool}`, '/dev/null']
    // A developer's own shell might know no `unset`, and bash warns of a locale that is not installed.
    const terminal = { TERM: 'xterm', SHELL: '/bin/sh', LC_ALL: 'C' }
    const { code, stdout } = await run(command, { variables: { ...terminal, ...variables } })
    return { code, text: stdout.replaceAll('\r', '') }
  }
  /** Only the report: the spinner's line is gone by then. @param {string} text */
  const reportIn = (text) => withoutColours(text.slice(text.indexOf('┌')))
  /** @param {(variables: Record<string, string>) => unknown} act */
  const withTerminal = (act) =>
    withDoctor(async ({ identity, authority }) => {
      const { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS } = authority.environment
      await act({ ...identity.environment, AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS })
    })

  test('there are colours, a spinner that leaves, and no line over the edge', () =>
    withTerminal(async (variables) => {
      const { code, text } = await shown(80, ['doctor'], variables)
      assert.equal(code, 0, text)
      assert.match(text, /asking ManagedIdentityCredential/)
      assert.ok(text.includes('\u001b[32m'), 'it is green')
      assert.ok(text.includes('\u001b[?25h'), 'the cursor is back')
      const report = reportIn(text)
      assert.match(report, /gives a token\.\n/)
      assert.ok(
        report.split('\n').every((line) => line.replaceAll('\u001b[?25h', '').length <= 80),
        report,
      )
    }))

  for (const { how, args, variables } of [
    { how: '--no-color', args: ['--no-color'] },
    { how: 'NO_COLOR', args: [], variables: { NO_COLOR: '1' } },
  ]) {
    test(`${how}: the report has no colours`, () =>
      withTerminal(async (source) => {
        const { text } = await shown(80, ['doctor', ...args], { ...source, ...variables })
        // oxlint-disable-next-line no-control-regex
        assert.doesNotMatch(text.slice(text.indexOf('┌')), /\u001b\[\d+m/)
      }))
  }

  test('--json prints only JSON, without a spinner', () =>
    withTerminal(async (variables) => {
      const { text } = await shown(80, ['doctor', '--json'], variables)
      assert.equal(JSON.parse(text).exitCode, 0)
    }))

  test('a terminal of unknown width gets the report all the same', () =>
    withTerminal(async (variables) => {
      const { code, text } = await shown(0, ['doctor'], variables)
      assert.equal(code, 0, text)
      assert.doesNotMatch(text, /asking/)
      assert.match(reportIn(text), /gives a token\.\n/)
    }))
})
