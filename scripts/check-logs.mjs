/**
 * Searches everything that a test run logged for every secret and token that it used, and fails if it finds one, or
 * if the capture cannot have seen what there was to see.
 *
 *     ENTRA_TEST_LOG_DIR=<folder> node scripts/check-logs.mjs
 *
 * The folder holds `*.log`, the captured lines, and `*.secrets`, the ledger: one JSON string a line.
 */

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { loggingModules } from './support/logging-modules.mjs'
import { StepFailed, root, runIfMain } from './support/run.mjs'

/** Each test makes several; fewer mean that the ledger was not written. */
const FEWEST_SECRETS = 5
/** Anything shorter occurs by chance. */
const SHORTEST_SECRET = 8
/** How many characters of a form find it: no form of the shortest secret is shorter. */
const INDEXED = SHORTEST_SECRET
/** A secret cut short is a leak too. */
const HEAD = 24

const TARGET = /\bazure_openai_entra(?:::\w+)*/g

/** Only the proxy runs these. Its own tests read what it logs. */
const OF_THE_PROXY = new Set(['azure_openai_entra::allowed_hosts'])

/**
 * Fails with all that is wrong with a captured run, a line each, none of which repeats a secret.
 *
 * @param {string} folder
 * @param {string} [source] the core's `src` folder
 */
export function checkLogs(folder, source = join(root, 'core/src')) {
  const logs = read(folder, '.log')
  const ledger = readLedger(folder)
  const secrets = [...ledger.secrets].filter((secret) => secret.length >= SHORTEST_SECRET)
  const seen = new Set(logs.flatMap(({ text }) => text.match(TARGET) ?? []))
  const silent = loggingModules(source).filter((target) => !seen.has(target) && !OF_THE_PROXY.has(target))

  const problems = [...ledger.problems, ...findLeaks(logs, secrets)]
  if (seen.size === 0) problems.push(`no line of any module was captured in ${folder}`)
  else if (silent.length > 0)
    problems.push(`nothing was captured from ${silent.join(', ')}: no test makes it log`)
  if (secrets.length < FEWEST_SECRETS) problems.push(`the ledger holds only ${secrets.length} secrets`)
  if (problems.length > 0) throw new StepFailed(problems.join('\n'))
  return { lines: lines(logs).length, modules: seen.size, secrets: secrets.length }
}

/** @param {ReturnType<typeof checkLogs>} searched */
export function summary(searched) {
  return `${searched.lines} log lines of ${searched.modules} modules hold none of the ${searched.secrets} secrets and tokens.`
}

/**
 * Each form of a secret that occurs in `logs`, once.
 *
 * @param {{ name: string, text: string }[]} logs
 * @param {string[]} secrets
 */
function findLeaks(logs, secrets) {
  const index = indexForms(secrets)
  const leaks = new Map()
  for (const { name, text } of logs) {
    for (let at = 0; at < text.length; at++) {
      for (const [form, what] of index.get(text.slice(at, at + INDEXED)) ?? []) {
        if (leaks.has(form) || !text.startsWith(form, at)) continue
        leaks.set(form, `${name}:${text.slice(0, at).split('\n').length} holds a secret (${what})`)
      }
    }
  }
  return [...leaks.values()]
}

/**
 * By their first characters, the forms of all secrets with what to say of them. Looking each up in the logs would take
 * minutes: a run makes thousands of secrets and megabytes of logs.
 *
 * @param {string[]} secrets
 */
function indexForms(secrets) {
  /** @type {Map<string, Map<string, string>>} */
  const index = new Map()
  for (const secret of secrets) {
    const hash = createHash('sha256').update(secret).digest('hex').slice(0, 8)
    for (const [what, form] of formsOf(secret)) {
      const start = form.slice(0, INDEXED)
      const same = index.get(start) ?? new Map()
      // Most secrets need no escaping, and then several forms are one.
      if (!same.has(form)) same.set(form, `${what}; its SHA-256 begins with ${hash}`)
      index.set(start, same)
    }
  }
  return index
}

/**
 * How the beginning of a secret looks in a log, by what was done to it before.
 *
 * @param {string} secret
 */
function formsOf(secret) {
  const head = Array.from(secret).slice(0, HEAD).join('')
  const percent = encodeURIComponent(head)
  const forms = [
    ['as it is', head],
    ['JSON-escaped', JSON.stringify(head).slice(1, -1)],
    ['percent-encoded', percent],
    ['percent-encoded', percent.replace(/%../g, (code) => code.toLowerCase())],
    ['form-encoded', new URLSearchParams({ head }).toString().slice('head='.length)],
  ]
  // Three bytes become four characters, so what stands before a secret shifts it by 0, 1 or 2 bytes.
  for (const shift of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(head)])
    // The characters at either end also depend on the neighbours: they are left out.
    const base64 = bytes
      .toString('base64')
      .slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6))
    forms.push(['base64', base64], ['base64url', base64.replaceAll('+', '-').replaceAll('/', '_')])
  }
  return forms
}

/** @param {string} folder */
function readLedger(folder) {
  /** @type {Set<string>} */
  const secrets = new Set()
  const problems = []
  for (const { name, line } of lines(read(folder, '.secrets'))) {
    try {
      const secret = JSON.parse(line)
      if (typeof secret !== 'string') throw new TypeError('no string')
      if (secret.length < SHORTEST_SECRET) problems.push(`${name} holds a secret too short to search for`)
      secrets.add(secret)
    } catch {
      problems.push(`${name} holds a line that is not a JSON string`)
    }
  }
  return { secrets, problems }
}

/**
 * @param {string} folder
 * @param {string} extension
 */
function read(folder, extension) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
}

/** @param {{ name: string, text: string }[]} files */
function lines(files) {
  return files.flatMap(({ name, text }) =>
    text
      .split('\n')
      .filter((line) => line.length > 0)
      .map((line) => ({ name, line })),
  )
}

await runIfMain(import.meta.url, async () => {
  const folder = process.env.ENTRA_TEST_LOG_DIR
  if (!folder) throw new StepFailed('ENTRA_TEST_LOG_DIR must name the folder of a captured test run.')
  console.log(summary(checkLogs(folder)))
})
