/**
 * The librechat tool on LibreChat's own source: applies, checks, parses and type-checks the changed files by themselves,
 * and reverts to the byte. It works on a copy, and builds nothing.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'

import { StepFailed, root } from '../../scripts/support/run.mjs'
import { parseFailures, typeErrors } from './changed-files.mjs'

/** What the tool changes, with what its files import from each other. */
const SOURCES = ['api', 'packages/api', '.env.example']
const NOT_SOURCE = new Set(['node_modules', 'dist', 'build', 'coverage', '.turbo'])
const OLDEST = [0, 8, 0]
/** A program of the lab, which takes seconds, hangs. */
const LIMIT_MS = 10 * 60_000

/** @typedef {{ tree: string, problems: string[], changed: number, seconds: number }} Result */

/**
 * Runs a program to its end.
 *
 * @param {string[]} command
 * @param {string} [cwd]
 */
const outcomeOf = ([file, ...args], cwd = root) => {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: LIMIT_MS,
  })
  if (error) throw new StepFailed(`${file} cannot be started, or does not end: ${error.message}`)
  return { code: status, output: `${stdout}${stderr}` }
}

/** @param {string[]} command */
const mustRun = (command) => {
  const { code, output } = outcomeOf(command)
  if (code !== 0)
    throw new StepFailed(`${command.slice(0, 4).join(' ')} ended with ${code}: ${output.trim()}`)
  return output
}

/**
 * The releases that a git folder holds and the tool supports, oldest first.
 *
 * @param {string} folder
 */
export const releasesIn = (folder) =>
  mustRun(['git', '-C', folder, '-c', 'versionsort.suffix=-rc', 'tag', '--sort=version:refname'])
    .split('\n')
    .filter((tag) => {
      const [, version, candidate] = /^v(\d+\.\d+\.\d+)(-rc\d+)?$/.exec(tag) ?? []
      if (version === undefined) return false
      const numbers = version.split('.').map(Number)
      const at = numbers.findIndex((number, index) => number !== OLDEST[index])
      return at === -1 ? candidate === undefined : numbers[at] > OLDEST[at]
    })

/**
 * Copies the sources of a release, or of the folder as it is.
 *
 * @param {string} folder
 * @param {string | undefined} tag
 * @param {string} copy
 */
const copySources = (folder, tag, copy) => {
  if (tag === undefined) {
    for (const name of SOURCES) {
      const filter = (/** @type {string} */ path) => !NOT_SOURCE.has(basename(path))
      cpSync(join(folder, name), join(copy, name), { recursive: true, filter })
    }
    return
  }
  const archive = join(copy, 'sources.tar')
  mustRun(['git', '-C', folder, 'archive', '--format=tar', '-o', archive, tag, ...SOURCES])
  mustRun(['tar', '-xf', archive, '-C', copy])
  rmSync(archive)
}

/** @param {string} folder @returns {Map<string, Buffer>} its files */
const snapshotOf = (folder) =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file).split(sep).join('/'), readFileSync(file)]),
  )

/** @param {Map<string, Buffer>} before @param {Map<string, Buffer>} after */
const differences = (before, after) =>
  [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
    const [old, now] = [before.get(path), after.get(path)]
    return old === undefined || now === undefined || !old.equals(now)
  })

/** @param {string} folder @param {string[]} options */
const tool = (folder, ...options) =>
  outcomeOf([process.execPath, join(root, 'bin/azure-openai-entra.js'), 'librechat', folder, ...options])

/**
 * @param {string} copy
 * @returns {{ problems: string[], changed: number }}
 */
const tryTool = (copy) => {
  const before = snapshotOf(copy)
  const applied = tool(copy, '--with-tests')
  if (applied.code !== 0) return { problems: [`apply: ${applied.output.trim()}`], changed: 0 }
  const after = snapshotOf(copy)
  const changed = differences(before, after)
  if (changed.length === 0)
    return { problems: ['The change is there already. Pass a LibreChat without it.'], changed: 0 }

  const checked = tool(copy, '--check')
  const problems = checked.code === 0 ? [] : [`--check: ${checked.output.trim()}`]
  const sources = changed.filter((path) => /\.[jt]s$/.test(path))
  problems.push(...parseFailures(copy, sources))
  // The types of Jest are not there.
  const typed = sources.filter((path) => !path.includes('.spec.'))
  const inChange = typeErrors(copy, typed)
  const reverted = tool(copy, '--revert')
  if (reverted.code !== 0) problems.push(`--revert: ${reverted.output.trim()}`)
  problems.push(
    ...differences(before, snapshotOf(copy)).map((path) => `${path}: other bytes after --revert.`),
  )
  const inOriginal = typeErrors(
    copy,
    typed.filter((path) => before.has(path)),
  )
  problems.push(...inChange.filter((error) => !inOriginal.includes(error)))
  return { problems, changed: changed.length }
}

/**
 * @param {string} folder a checkout of LibreChat, or with `allTags` any git folder of it
 * @param {boolean} allTags
 * @returns {Result[]}
 */
export const tryCheckout = (folder, allTags) => {
  const tags = allTags ? releasesIn(folder) : [undefined]
  if (tags.length === 0) throw new StepFailed(`${folder} holds no tag of LibreChat v0.8.0 or newer.`)
  return tags.map((tag) => {
    const copy = realpathSync(mkdtempSync(join(tmpdir(), 'entra-librechat-')))
    const started = Date.now()
    try {
      mkdirSync(join(copy, 'packages'))
      copySources(folder, tag, copy)
      const { problems, changed } = tryTool(copy)
      const seconds = Math.round((Date.now() - started) / 1000)
      const result = { tree: tag ?? folder, problems, changed, seconds }
      const told = problems.length === 0 ? 'checked, parsed, type-checked and reverted to the byte' : 'failed'
      console.log(`${result.tree}: ${changed} files changed, ${told}, ${seconds} s`)
      for (const problem of problems) console.log(`  ✗ ${problem}`)
      return result
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  })
}
