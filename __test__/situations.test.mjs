import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { DefaultAzureCredential, clearTokenCache } from 'azure-openai-entra'

import { askAll } from '../cli/doctor/chain.mjs'
import { judge } from '../cli/doctor/verdict.mjs'
import { root } from '../scripts/support/run.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { SITUATIONS } from './situations/index.mjs'
import { pageOf, rowsOf, told } from './situations/page.mjs'
import { startBench } from './situations/stages.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const PAGE = join(root, 'docs', 'messages.md')

/** @type {import('./situations/stages.mjs').Bench} */
let bench
before(async () => {
  bench = await startBench()
})
after(() => bench.close())

/** @type {Map<string, string[][]>} */
const page = new Map(SITUATIONS.map(({ area }) => [area, []]))

/** A sentence begins with a capital in a message, and in the middle of the doctor's line with none. */
const has = (/** @type {string} */ text, /** @type {string} */ part) =>
  text.toLowerCase().includes(part.toLowerCase())

/** @param {() => Promise<unknown>} act */
const refusalOf = async (act) => {
  clearTokenCache()
  return act().then(
    () => assert.fail('a token was given'),
    (error) => error,
  )
}

for (const { area, rows } of SITUATIONS) {
  describe(area, () => {
    for (const [name, stage, cause, step] of rows) {
      test(`${name}: the error, the doctor and the docs tell the cause and the next step`, async () => {
        const { variables, end } = stage(bench)
        try {
          await withEnvironment(variables, async () => {
            const { attempts, message } = await refusalOf(() => new DefaultAzureCredential().getToken(SCOPE))
            assert.ok(has(message, cause), `the error tells the cause, ${cause}: ${message}`)
            assert.ok(has(message, step), `the error tells the step, ${step}: ${message}`)
            const { verdict } = judge(await askAll(undefined, () => {}), undefined)
            assert.ok(has(verdict, cause), `the doctor tells the cause: ${verdict}`)
            assert.ok(has(verdict.split('\n→ ')[1] ?? '', step), `the doctor tells the step: ${verdict}`)
            page.get(area)?.push(told(bench, name, message, attempts.at(-1)))
          })
        } finally {
          end?.()
        }
      })
    }
  })
}

describe('docs/messages.md', () => {
  test('has each situation, as it is told today', () => {
    const text = pageOf(page)
    // oxlint-disable-next-line no-process-env
    if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text)
    assert.ok(existsSync(PAGE))
    assert.deepEqual(rowsOf(readFileSync(PAGE, 'utf8')), rowsOf(text), 'run this test with UPDATE_DOCS=1')
  })
})
