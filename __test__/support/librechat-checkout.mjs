import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { inspect } from '../../cli/librechat/plan.mjs'
import { patches } from '../../cli/librechat/patches/index.mjs'
import { run } from '../../testkit/process.mjs'

const checkout = fileURLToPath(new URL('../librechat/checkout', import.meta.url))

/** All files below a folder, by their paths with `/`. @param {string} folder @returns {Record<string, string>} */
export const filesIn = (folder) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1).replaceAll(sep, '/'), readFileSync(file, 'utf8')]),
  )

/** A LibreChat of this repository's own writing, with every place that its source has. */
export const original = filesIn(checkout)

/**
 * Runs `act` with a copy of it on the disk.
 *
 * @template Result
 * @param {(folder: string) => Result | Promise<Result>} act
 */
export const withCheckout = async (act) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-librechat-'))
  try {
    cpSync(checkout, folder, { recursive: true })
    return await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The command-line tool, as it is published. @param {string[]} args */
export const tool = (...args) => toolOn()(...args)

/** The same, on a Node with these options. @param {string[]} options */
export const toolOn =
  (...options) =>
  (/** @type {string[]} */ ...args) =>
    run([process.execPath, ...options, 'bin/azure-openai-entra.js', ...args])

/**
 * What the tool makes of `files`: `apply` unless another mode is given.
 *
 * @param {Record<string, string>} files
 * @param {import('../../cli/librechat/plan.mjs').Mode} [mode]
 */
export const changed = (files, mode = 'apply') => {
  const checkout = {
    read: (/** @type {string} */ path) => files[path],
    has: (/** @type {string} */ path) => path in files,
  }
  const result = { ...files }
  for (const { patch, source, wanted } of inspect(patches, checkout, '^1.2.3', mode)) {
    if (source === wanted) continue
    result[patch.path] = /** @type {string} only a revert takes a file away */ (wanted)
    if (wanted === undefined) delete result[patch.path]
  }
  return result
}

/** What `--revert` makes of them. @param {Record<string, string>} files */
export const reverted = (files) => changed(files, 'revert')

/**
 * The problems of a refusal.
 *
 * @typedef {import('../../cli/librechat/refusal.mjs').Problem & { line: number }} Problem of a file
 * @param {Record<string, string>} files
 * @param {import('../../cli/librechat/plan.mjs').Mode} [mode]
 */
export const refused = (files, mode) => {
  /** @type {Problem[]} */
  let problems = []
  assert.throws(
    () => changed(files, mode),
    (/** @type {any} a refusal */ error) => {
      problems = error.problems
      return Array.isArray(problems)
    },
  )
  return problems
}
