/**
 * Checks the words of documentation, comments and messages against `words/rules.mjs`, and lists every offence.
 *
 *     node scripts/words.mjs [PATH…]      only these files and folders; without a path, the whole repository
 *
 * vale, which such rules are usually written for, downloads its program when it first runs, from outside the
 * registries that this repository installs from by lock file.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'
import { proseOf } from './words/prose.mjs'
import { ALLOWED, RULES } from './words/rules.mjs'

/** @typedef {{ file: string, line: number, text: string, rule: import('./words/rules.mjs').Rule }} Offence */

/** These quote the words that they are about, or hold another program's words. */
const EXEMPT =
  /^(?:scripts\/words\/|__test__\/words\.test\.mjs|(?:lib\/)?native\.d\.ts|.*\/?__test__\/librechat\/|.*\/node_modules\/)/

/** @param {string[]} [paths] files and folders; without one, the whole repository */
export async function words(paths) {
  const files = await trackedFiles(paths)
  await step('words', () => {
    const offences = offencesIn(files)
    if (offences.length > 0) throw new StepFailed(offences.map(listed).join('\n'))
  })
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

/** @param {Offence} offence */
const listed = ({ file, line, text, rule }) =>
  `${file}:${line}: ${text.replaceAll(/\s+/g, ' ').trim()} (${rule.name}) ${rule.advice}`

/** @param {string[]} [paths] */
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

await runIfMain(import.meta.url, () => words(process.argv.slice(2)))
