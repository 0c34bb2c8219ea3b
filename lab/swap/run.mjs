/**
 * Runs packages that use `@azure/identity`, each with Microsoft's package and with this one in its place by npm's `overrides`,
 * and compares what reaches the services and the identity endpoints, and what comes of it.
 *
 *     npm run lab -- swap [--publish] [--verbose] [word…]     only the apps with these words in their name
 *
 * `--publish` writes the table into docs/comparison.md, `--verbose` prints what was seen.
 */

import { isDeepStrictEqual, parseArgs } from 'node:util'

import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { progress, saveResults } from '../support/report.mjs'
import { APPS } from './apps/index.mjs'
import { installBoth } from './installations.mjs'
import { tableOf } from './report.mjs'
import { startTestbed } from './testbed.mjs'

/** @typedef {import('./testbed.mjs').Seen} Seen */
/** @typedef {{ ours: Seen, theirs: Seen, differences: string[] }} Compared */

/** @param {string[]} args */
export const swap = async (args) => {
  const { values, positionals } = parseArgs({
    args,
    options: { publish: { type: 'boolean' }, verbose: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.publish && positionals.length > 0)
    throw new StepFailed('--publish writes the whole table: name no app')
  const apps = APPS.filter(({ name }) => positionals.every((word) => name.includes(word)))
  if (apps.length === 0)
    throw new StepFailed(`No app is named so, only:\n${APPS.map(({ name }) => name).join('\n')}`)
  const { real, swapped } = await installBoth()
  const testbed = await startTestbed(real)
  const results = []
  try {
    for (const app of apps) {
      progress(app.name)
      const [served, refused] = [await compared(false), await compared(true)]
      const works = served.theirs.outcome.error === undefined
      results.push({
        app: { name: app.name, classes: app.classes, packages: app.packages },
        served,
        refused,
        works,
      })

      /** @param {boolean} isRefused @returns {Promise<Compared>} */
      async function compared(isRefused) {
        const theirs = await testbed.run(app, real, isRefused)
        const ours = await testbed.run(app, swapped, isRefused)
        return { ours, theirs, differences: differences(ours, theirs) }
      }
    }
  } finally {
    await testbed.close()
  }
  saveResults('swap', { results })
  if (values.verbose) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
  const table = tableOf(results)
  process.stdout.write(`${table}\n`)
  for (const { app, served, refused } of results)
    for (const text of [...served.differences, ...refused.differences.map((it) => `refused: ${it}`)])
      process.stdout.write(`${app.name}: ${text}\n`)
  if (values.publish) await writeSections('docs/comparison.md', { swap: table })
  return results.every(
    ({ works, served, refused }) => works && [served, refused].every((it) => it.differences.length === 0),
  )
}

/**
 * What an app, its service or an endpoint could notice. An endpoint may be asked less often for a token, but for no other.
 *
 * @param {Seen} ours
 * @param {Seen} theirs
 */
const differences = (ours, theirs) => {
  /** @type {[what: string, one: unknown, other: unknown][]} */
  const compared = [
    ['the outcome is', outcomeOf(ours), outcomeOf(theirs)],
    // Two connections at once are in any order.
    ['the service saw', ours.service.toSorted(), theirs.service.toSorted()],
    ['asked for', [...new Set(ours.identity)].toSorted(), [...new Set(theirs.identity)].toSorted()],
  ]
  const found = compared
    .filter(([, one, other]) => !isDeepStrictEqual(one, other))
    .map(([what, one, other]) => `${what} ${JSON.stringify(one)} instead of ${JSON.stringify(other)}`)
  const [asked, expected] = [ours.identity.length, theirs.identity.length]
  return asked > expected ? [...found, `${asked} requests for tokens instead of ${expected}`] : found
}

/** @param {Seen} seen */
const outcomeOf = ({ outcome: { value, error } }) => ({ value, names: error?.names, code: error?.code })
