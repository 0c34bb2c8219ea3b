/**
 * Checks the words of documentation, comments and messages against `words/rules.mjs`.
 *
 *     node scripts/words.mjs              fails if a folder has more offences than words/baseline.json allows it
 *     node scripts/words.mjs PATH…        lists the offences in these files and folders
 *
 * The baseline can only shrink: a run that finds less writes that down. A folder that it does not name has no allowance
 * but what others gave up, because files move.
 *
 * vale, which such rules are usually written for, downloads its program when it first runs, from outside the
 * registries that this repository installs from by lock file.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'
import { proseOf } from './words/prose.mjs'
import { ALLOWED, RULES } from './words/rules.mjs'

/**
 * @typedef {{ file: string, line: number, text: string, rule: import('./words/rules.mjs').Rule }} Offence
 * @typedef {Record<string, number>} Counts of offences, by folder
 */

const BASELINE = 'scripts/words/baseline.json'

/** These quote the words that they are about, or hold another program's words. */
const EXEMPT =
  /^(?:scripts\/words\/|__test__\/words\.test\.mjs|(?:lib\/)?native\.d\.ts|.*\/?__test__\/librechat\/|.*\/node_modules\/)/

/** The whole check, as `npm run ready` runs it. */
export async function words() {
  const files = await trackedFiles()
  await step('words', () => {
    const counts = countsOf(offencesIn(files))
    const allowed = /** @type {Counts} */ (JSON.parse(readFileSync(join(root, BASELINE), 'utf8')))
    const excess = excessOf(counts, allowed)
    if (excess !== undefined) throw new StepFailed(`${excess} List them with: node scripts/words.mjs PATH`)
    writeFileSync(join(root, BASELINE), `${JSON.stringify(counts, null, 2)}\n`)
  })
}

/**
 * What is above the baseline, as a sentence.
 *
 * @param {Counts} counts
 * @param {Counts} allowed
 */
export function excessOf(counts, allowed) {
  for (const [folder, count] of Object.entries(counts)) {
    if (count > (allowed[folder] ?? Infinity)) {
      return `${folder} has ${count} offences against the rules for words, more than its ${allowed[folder]} before.`
    }
  }
  const [total, before] = [counts, allowed].map((each) =>
    Object.values(each).reduce((sum, it) => sum + it, 0),
  )
  return total > before
    ? `The repository has ${total} offences against the rules for words, more than the ${before} before.`
    : undefined
}

/**
 * @param {string} file
 * @param {string} source
 * @returns {Offence[]}
 */
export function offencesOf(file, source) {
  const prose = proseOf(file, source) ?? ''
  const right = ALLOWED.flatMap((pattern) =>
    [...prose.matchAll(pattern)].map((it) => [it.index, it.index + it[0].length]),
  )
  return RULES.flatMap((rule) =>
    [...prose.matchAll(rule.pattern)]
      .filter(({ index }) => !right.some(([start, end]) => start <= index && index < end))
      .map(({ index, 0: text }) => ({ file, rule, text, line: prose.slice(0, index).split('\n').length })),
  )
}

/** @param {string[]} files */
function offencesIn(files) {
  return files.flatMap((file) => {
    try {
      return offencesOf(file, readFileSync(join(root, file), 'utf8'))
    } catch (error) {
      throw new StepFailed(`${file} does not parse: ${/** @type {Error} */ (error).message}`)
    }
  })
}

/** @param {Offence[]} offences */
function countsOf(offences) {
  /** @type {Counts} */
  const counts = {}
  for (const { file } of offences) {
    const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '.'
    counts[folder] = (counts[folder] ?? 0) + 1
  }
  return counts
}

/** @param {string[]} paths */
async function trackedFiles(paths = []) {
  const list = [
    'git',
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '-z',
    '--',
    ...paths,
  ]
  const deleted = new Set(
    (await run('files that are deleted', ['git', 'ls-files', '--deleted', '-z'])).split('\0'),
  )
  const files = (await run('files to read', list)).split('\0')
  return files.filter((file) => file !== '' && !deleted.has(file) && !EXEMPT.test(file)).toSorted()
}

await runIfMain(import.meta.url, async () => {
  const paths = process.argv.slice(2)
  if (paths.length === 0) return words()
  const offences = offencesIn(await trackedFiles(paths))
  for (const { file, line, text, rule } of offences) {
    process.stdout.write(
      `${file}:${line}: ${text.replaceAll(/\s+/g, ' ').trim()} (${rule.name}) ${rule.advice}\n`,
    )
  }
  if (offences.length > 0) throw new StepFailed(`${offences.length} offences`)
})
